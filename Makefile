# `make run` and `make test` need only make and Python 3.11, 3.12 or 3.13. They use the newest of the three on the PATH that
# runs and can make a virtual environment. A pyenv shim may not run, and Debian's Python needs python3-venv to make one.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& command -v $$python && break; done)
BIN := .venv/bin
# Containers often set this variable. With it, each process of a site or a test run would compile all code again.
unexport PYTHONDONTWRITEBYTECODE
# uv uses the system's certificates, because many clinics have a proxy with its own certificate.
UV := $(BIN)/uv pip install --system-certs --compile-bytecode --python $(BIN)/python

# `run` installs what serving needs; training and tests install the rest.
.DEFAULT_GOAL := run
.PHONY: help run install-training test coverage journeys training faults chaos fuzz fuzz-requests fuzz-nightly pages check audit schemas licences sbom lock bench \
	load soak docs docs-links screenshots

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s%s\n", $$1, $$2 }' Makefile

run: .venv/.installed-serve ## install what serving needs, start everything, print the address
	@exec $(BIN)/python -m skinscreen.launch

install-training: .venv/.installed ## install TensorFlow, Keras and all other packages for training: 3 GB

# One process per core, but at most four, since each may load TensorFlow. All tests of a file run in one process, because
# they share a browser and a running SkinScreen.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
QUICK := -m "not (journeys or training or pages or faults or chaos or fuzz)" $(PARALLEL)
test: .venv/.installed-dev ## run the quick tests, in a few minutes
	$(BIN)/python -m pytest $(QUICK)

coverage: .venv/.installed-dev ## run the quick tests and list the lines that they do not run; a third slower
	$(BIN)/python -m pytest $(QUICK) --cov --cov-report=term-missing:skip-covered

# Each group of tests names its folders. Otherwise each process would first import all tests, and with them TensorFlow.
journeys: .venv/.installed-dev ## test a whole SkinScreen in Chromium, on Redis and PostgreSQL
	$(BIN)/python -m pytest -m journeys $(PARALLEL) --no-loadscope-reorder tests/journeys tests/skinscreen/postgresql

training: .venv/.installed-dev ## test every step of training on a small scale, including killed runs
	$(BIN)/python -m pytest -m training --timeout=900 $(PARALLEL) tests/ml

faults: .venv/.installed-dev ## break real processes, disks and clocks, in several minutes; some of these tests need root
	$(BIN)/python -m pytest -m faults --timeout=1200 $(PARALLEL) tests/faults

# Uploads the test pictures in Pillow's source, and damaged versions of them. Takes a minute.
CORPUS = $(or $(SKINSCREEN_HOME),var)/corpus
fuzz: .venv/.installed-dev ## upload 2,400 damaged files to a running site; writes docs/fuzz.md
	$(BIN)/python -m pip download -q --no-deps --no-binary pillow -d $(CORPUS) \
		$$(sed -n 's/^\(pillow==[^ ]*\).*/\1/p' requirements.txt)
	SKINSCREEN_CORPUS=$(CORPUS) $(BIN)/python -m pytest -m fuzz -s tests/journeys

# Coverage-guided fuzzing of each request parser and of the decoder, for SECONDS each.
SECONDS ?= 60
fuzz-requests: .venv/.installed-dev ## look for bytes that crash a request parser or the decoder; SECONDS=60 each
	$(UV) -q --group fuzz -c requirements.txt -c requirements-dev.txt
	$(BIN)/python -m tests.fuzz $(SECONDS)

# Takes some hours: ten times as many files as `fuzz`, damaged differently each day, then `fuzz-requests`.
fuzz-nightly: ## run fuzz and fuzz-requests for hours, with new damage each day; for a scheduler
	SKINSCREEN_FUZZ_FILES=24000 SKINSCREEN_FUZZ_SEED=$$(date +%Y%m%d) $(MAKE) fuzz
	$(MAKE) fuzz-requests SECONDS=900

# SKINSCREEN_CHAOS_SEED repeats an earlier run.
chaos: .venv/.installed-dev ## kill random processes under load, 200 times, in a quarter of an hour
	$(BIN)/python -m pytest -m chaos -s tests/faults

# Without PARALLEL: these tests are in one file, which PARALLEL would run in one process.
pages: .venv/.installed-dev ## test every page with axe-core and at narrow widths, in Chromium
	$(BIN)/python -m pytest -m pages --timeout=900 -n auto --maxprocesses 4 tests/journeys

screenshots: .venv/.installed-dev ## take README's pictures again; writes docs/pictures
	SKINSCREEN_ARTEFACTS=docs $(BIN)/python -m pytest -m journeys tests/journeys/test_readme_pictures.py

check: .venv/.installed-dev ## check formatting, lint, import contracts, types, migrations, deployment, licences, vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djhtml --check templates
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	env $(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(LICENCES) --fail-on $(COPYLEFT) >/dev/null && echo "Licences: none requires this code to be under the GPL or AGPL."
	@$(MAKE) --no-print-directory audit

# A production environment with temporary values, only for Django's deployment checks.
PRODUCTION := SKINSCREEN_ENV=production SKINSCREEN_ALLOWED_HOSTS=skin.example.org \
	SKINSCREEN_SMTP_HOST=smtp.example.org SKINSCREEN_OPERATOR_NAME=Clinic SKINSCREEN_OPERATOR_CONTACT=clinic@example.org \
	SKINSCREEN_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	SKINSCREEN_ROOT_KEYS=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(32))')

# The packages for serving, and those for serving and training.
LOCKS := requirements-serve.txt requirements.txt

# Fails if a package has a known vulnerability, or if the database of vulnerabilities cannot be reached. pip-audit has
# the same exit status in both cases, so its output is searched. OFFLINE=1 skips the check, and the output says so.
AUDIT = $(or $(SKINSCREEN_HOME),var)/audit.txt
audit: .venv/.installed-dev ## look for known vulnerabilities in pinned packages; OFFLINE=1 without a network
	@mkdir -p $(dir $(AUDIT))
	@if [ "$(OFFLINE)" = 1 ]; then echo "Known vulnerabilities: NOT CHECKED, because of OFFLINE=1."; \
	elif timeout 120 $(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
		$(addprefix -r ,$(LOCKS)) >$(AUDIT) 2>&1; then tail -n 1 $(AUDIT); \
	elif grep -q "^Found [0-9]* known vulnerabilit" $(AUDIT); then cat $(AUDIT); exit 1; \
	else echo "Known vulnerabilities: the database cannot be reached ($(AUDIT)). Without a network, use OFFLINE=1."; exit 1; fi

# The licences of packages that run in production or training, not of packages that only tests use.
LICENCES = $(BIN)/pip-licenses --from=mixed --python=$(BIN)/python \
	--packages $$(sed -n 's/^\([a-zA-Z0-9._-]*\).*==.*/\1/p' $(LOCKS) | sort -u)
COPYLEFT = "GPL-2.0-only;GPL-2.0-or-later;GPL-3.0-only;GPL-3.0-or-later;AGPL-3.0-only;AGPL-3.0-or-later;$\
	GNU General Public License v2 (GPLv2);GNU General Public License v2 or later (GPLv2+);$\
	GNU General Public License v3 (GPLv3);GNU General Public License v3 or later (GPLv3+);$\
	GNU Affero General Public License v3;GNU Affero General Public License v3 or later (AGPLv3+)"
licences: .venv/.installed-dev ## list the licences of packages, except those that only tests use
	$(LICENCES) --format=markdown --with-urls

# Two bills of materials in CycloneDX format: for serving, and for serving and training.
SBOM = $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible
sbom: .venv/.installed-dev ## write bills of materials (CycloneDX) to SKINSCREEN_HOME
	$(SBOM) requirements-serve.txt -o $(or $(SKINSCREEN_HOME),var)/sbom-serve.json
	$(SBOM) requirements.txt -o $(or $(SKINSCREEN_HOME),var)/sbom.json

# A broken link between documents is an error.
SITE = $(or $(SKINSCREEN_HOME),var)/docs
docs: .venv/bin/uv ## build the documents as a site, in SKINSCREEN_HOME
	$(UV) -q --group docs -c requirements.txt -c requirements-dev.txt
	$(BIN)/python -m sphinx -q -W --keep-going -n -b html docs $(SITE)
	@echo "Open $(SITE)/index.html"

schemas: .venv/bin/uv ## validate compose.yaml and docs/kubernetes.yaml against the schemas of Compose and Kubernetes
	$(BIN)/uv tool run check-jsonschema==0.39.0 --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/uv tool run --from kubernetes-validate==1.37.0 kubernetes-validate --strict docs/kubernetes.yaml

docs-links: docs ## check the documents' links to other sites
	$(BIN)/python -m sphinx -q -b linkcheck docs $(SITE)-links

# Takes three minutes. The figures are valid only if nothing else runs.
bench: .venv/.installed ## measure the speed of training input and serving; writes docs/bench.md
	$(UV) -q --group bench -c requirements.txt
	$(BIN)/python -m ml bench --report docs/bench.json

# `soak` takes ten minutes, and `load` considerably longer. The figures are most reliable if nothing else runs.
load: .venv/.installed-dev ## measure the highest load, and that of a naive design; writes docs/performance.md and docs/capacity.md
	$(UV) -q --group load -c requirements.txt -c requirements-dev.txt
	$(BIN)/python -m tests.load budget costs peers floors against workers pages rows slow_line memory

soak: .venv/.installed-dev ## measure memory over 10,000 photos; writes the same documents as load
	$(UV) -q --group load -c requirements.txt -c requirements-dev.txt
	$(BIN)/python -m tests.load soak

# Pins `dependencies`, `train` and `dev` of pyproject.toml with the hashes of their files. Versions change only with UPGRADE=-U.
# requirements-dev.txt has only packages that requirements.txt lacks.
LOCK := $(BIN)/uv pip compile -q --system-certs --no-header --no-annotate --generate-hashes \
	--universal --python-version 3.11
UPGRADE ?=
lock: .venv/bin/uv ## pin the packages in pyproject.toml; UPGRADE=-U updates them
	$(LOCK) $(UPGRADE) pyproject.toml --group train -o requirements.txt
	$(LOCK) $(UPGRADE) pyproject.toml -c requirements.txt -o requirements-serve.txt
	$(LOCK) $(UPGRADE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt \
		$$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.txt)

# Removes pip, which is not needed once uv is installed.
.venv/bin/uv:
	@$(or $(PYTHON),false) -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	echo "SkinScreen needs Python 3.11, 3.12 or 3.13 with venv (Debian: python3-venv): install one, or name it with make PYTHON=/path/to/python3.13." >&2; exit 1; }
	@echo "Installing into .venv: 0.7 GB to serve, 3 GB to train; a minute or two the first time ..."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip uninstall --quiet --python $(BIN)/python pip setuptools

.venv/.installed-serve: requirements-serve.txt | .venv/bin/uv
	$(UV) --require-hashes -r requirements-serve.txt
	@touch $@

.venv/.installed: requirements.txt .venv/.installed-serve
	$(UV) --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(UV) --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@
