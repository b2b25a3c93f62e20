# `make run` and `make test` need Python 3.11 and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# The system certificates: many clinics stand behind a proxy with a certificate of its own.
UV := $(BIN)/uv pip install --system-certs --compile-bytecode --python $(BIN)/python

.PHONY: run test faults pages check audit lock bench

run: .venv/.installed
	@exec $(BIN)/python -m skinscreen.launch

# A process a core, four at most: each may hold TensorFlow. A file stays in one process, with its
# browser and its SkinScreen.
test: .venv/.installed-dev
	$(BIN)/python -m pytest -m "not faults and not pages" -n auto --maxprocesses 4 --dist loadfile

faults: .venv/.installed-dev
	$(BIN)/python -m pytest -m faults --no-cov

pages: .venv/.installed-dev
	$(BIN)/python -m pytest -m pages --no-cov

check: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djhtml --check templates
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	env $(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

# A production environment with throw-away values, for Django's deployment checks alone.
PRODUCTION := SKINSCREEN_ENV=production SKINSCREEN_ALLOWED_HOSTS=skin.example.org \
	SKINSCREEN_SMTP_HOST=smtp.example.org \
	SKINSCREEN_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')

audit: .venv/.installed-dev
	$(BIN)/pip-audit --strict -r requirements.txt

# Three minutes; the figures are worth something only if nothing else runs.
bench: .venv/.installed
	$(UV) -q --group bench -c requirements.txt
	$(BIN)/python -m ml bench --report docs/bench.json

# Pin what pyproject.toml asks for.
lock: .venv/.installed
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 -U pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 -U pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "SkinScreen needs Python 3.11: install it, or say where it is with make PYTHON=/path/to/python3.11.")'
	@echo "Installing into .venv: about 2 GB, a minute or two the first time ..."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/.installed: requirements.txt | .venv/bin/uv
	$(UV) -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(UV) -r requirements-dev.txt
	@touch $@
