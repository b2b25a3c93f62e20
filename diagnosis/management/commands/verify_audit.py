from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.audit import heads, timestamps, verification
from diagnosis.audit.heads import KeptHead
from diagnosis.audit.verification import Report

KEY_MISSING = 3


class Command(BaseCommand):
    help = (
        "Check the audit trail. Exit 1 if entries are missing or changed, and name them. "
        f"Exit {KEY_MISSING} if entries cannot be checked, because their key is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="HEAD_OR_FILE",
            help="compare with a kept head (NUMBER:HASH), or with all heads in a file or log",
        )

    def handle(self, *, head: list[str], **_: Any) -> None:
        kept_heads = [item for source in head for item in self._heads_in(source)]
        report = verification.check()
        for folder, kept in kept_heads:
            for fault in filter(None, (heads.fault(kept.head), self._stamp_fault(kept, folder))):
                report.add(fault)
        self._report(report, len(kept_heads))

    def _heads_in(self, source: str) -> list[tuple[Path, KeptHead]]:
        path = Path(source)
        try:
            kept = heads.read(path.read_text() if path.is_file() else source)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"--head {source} contains no head: give NUMBER:HASH as verify_audit prints it, "
                f"or a file with heads, such as {heads.folder() / heads.FILE}."
            ) from error
        return [(path.parent, head) for head in kept]

    def _stamp_fault(self, kept: KeptHead, folder: Path) -> str:
        return timestamps.fault(kept, folder) if settings.TIMESTAMP_ROOT else ""

    def _report(self, report: Report, compared: int) -> None:
        for fault in report.faults:
            self.stderr.write(fault)
        for key_id, (first, last, count) in report.unchecked.items():
            self.stderr.write(
                f"entries {first} to {last}: {count} cannot be checked, "
                f"because their key {key_id} is missing"
            )
        if report.faults:
            raise CommandError("The audit trail has faults: see the lines above.")
        if report.unchecked:
            raise CommandError(
                "Nothing else is wrong, but keys are missing: add the earlier root keys to "
                "SKINSCREEN_ROOT_KEYS after the first key. If there never were other keys, "
                "somebody without a key wrote these entries.",
                returncode=KEY_MISSING,
            )
        self._report_success(report, compared)

    def _report_success(self, report: Report, compared: int) -> None:
        self.stdout.write(f"Entries checked: {report.entries}. Nothing is missing or changed.")
        if report.of_old_kind:
            self.stdout.write(
                f"Entries of an earlier release, without a key: {report.of_old_kind}. "
                "Changes made to them before the first entry with a key cannot be detected."
            )
        if compared:
            self.stdout.write(f"Kept heads that agree with the trail: {compared}.")
        if last := heads.last():
            self.stdout.write(f"Head, to be kept elsewhere: {last}")
