from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection, transaction

from diagnosis.models import AuditEntry

# The site's role reads and writes rows. It cannot change tables, or entries of the audit trail.
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE ON {trail} FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


class Command(BaseCommand):
    help = (
        "Grant a PostgreSQL role the rights that web, worker and beat need. Run this as the "
        "tables' owner."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role that is in DATABASE_URL of web, worker and beat")

    def handle(self, *, role: str, **_: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite has no roles: set DATABASE_URL to a PostgreSQL database.")
        quote = connection.ops.quote_name
        names = {"role": quote(role), "trail": quote(AuditEntry._meta.db_table)}
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for grant in GRANTS:
                    cursor.execute(grant.format(**names))
        except ProgrammingError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"Nothing was granted ({reason}): create the role, and run this as the tables' "
                "owner."
            ) from error
        self.stdout.write(f"{role} may read and write rows, and add to the audit trail.")
