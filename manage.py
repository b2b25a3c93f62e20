#!/usr/bin/env python
"""Django's command line, for this project's settings."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError

from skinscreen.environment import env_file

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")
    try:
        env_file.load()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except DatabaseError as error:
        if "--traceback" in sys.argv:
            raise
        cause = str(error).strip().splitlines()[0]
        # SQLite's "database is locked", and PostgreSQL's "lock timeout" and "deadlock detected".
        if any(words in cause for words in ("is locked", "lock timeout", "deadlock")):
            sys.exit(f"The database is busy: {cause}. Try again in a minute.")
        sys.exit(
            f"The database cannot be used: {cause}. Set SKINSCREEN_HOME and DATABASE_URL to the "
            "values that the site runs with. If the database is new, run `manage.py migrate`."
        )
