"""Django's database cache, except that a failed write raises an error.

Django's cache returns False instead, which would count as a reached limit or as a used code.
"""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone

# Each operation is a single statement, so that concurrent requests cannot race.
TOUCH: Final = "UPDATE {} SET expires = %s WHERE cache_key = %s"
SET: Final = """
    INSERT INTO {0} (expires, cache_key, value) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
"""
# An expired entry counts as missing.
ADD: Final = f"{SET} WHERE {{0}}.expires < %s"
FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)


class StrictCache(DatabaseCache):
    # Attributes of Django's class that its type stubs lack.
    _table: str
    _cull: Any

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        connection = connections[router.db_for_write(self.cache_model_class)]
        now = timezone.now().replace(microsecond=0)
        as_stored = connection.ops.adapt_datetimefield_value
        expires = as_stored(self._end(timeout))
        entry = [expires, key, base64.b64encode(pickle.dumps(value)).decode()]
        statement, values = {
            "touch": (TOUCH, [expires, key]),
            "set": (SET, entry),
            "add": (ADD, [*entry, as_stored(now)]),
        }[mode]
        table = connection.ops.quote_name(self._table)
        with connection.cursor() as cursor:
            self._make_room(cursor, table, now)
            cursor.execute(statement.format(table), values)
            return bool(cursor.rowcount)

    def _make_room(self, cursor: Any, table: str, now: datetime) -> None:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - the name is a setting
        (number,) = cursor.fetchone()
        if number > self._max_entries:
            self._cull(router.db_for_write(self.cache_model_class), cursor, now, number)

    def _end(self, timeout: Any) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        return FAR if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)
