"""`python -m tests.fuzz SECONDS [TARGET ...]`: fuzzes the parsers, guided by coverage.

Inputs that reached new code are stored in SkinScreen's home folder (`fuzz/TARGET`), where the next
run starts from them. Inputs that failed are stored beside that folder.
"""

import os
import subprocess
import sys
from pathlib import Path

import atheris

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")
OURS = ["skinscreen", "accounts", "diagnosis", "ml", "PIL"]
# An input that takes more time or memory counts as failing. A request may take 3 s (ADR 25). The
# limit here is 20 s, since the machine may be busy.
MOST_SECONDS, MOST_MEGABYTES = 20, 2048
# The first argument of a process that fuzzes one target.
ONLY = "only"


def main() -> None:
    first, *names = sys.argv[1:]
    if first == ONLY:
        run(*names)
    import django

    django.setup()
    from django.conf import settings

    from tests.fuzz import targets

    for name in names or targets.TARGETS:
        corpus = fill(settings.HOME / "fuzz" / name, targets.SEEDS[targets.TARGETS[name]])
        fuzz(name, corpus, int(first))


def fill(corpus: Path, seeds: list[bytes]) -> Path:
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    return corpus


def fuzz(name: str, corpus: Path, seconds: int) -> None:
    """Fuzz in a separate process, since libFuzzer ends the process that it runs in."""
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={MOST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-artifact_prefix={corpus.parent}/{name}-failed-",
    ]
    command = [sys.executable, "-m", "tests.fuzz", ONLY, name, str(corpus), *options]
    print(f"{name}: {seconds} s", flush=True)
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{name} failed: its input is in {corpus.parent}, and the error is above.")


def run(name: str, *options: str) -> None:
    # Of Django, instrument only what this import loads: the parser and the modules that it needs.
    # Instrumenting the rest would slow the search down.
    with atheris.instrument_imports(include=["django"]):
        import django.http.multipartparser
    with atheris.instrument_imports(include=OURS):
        django.setup()
        from tests.fuzz import targets

    def parse(data: bytes) -> None:
        targets.TARGETS[name](data)

    atheris.Setup([name, *options], parse)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
