"""Database, cache and files."""

from django.core.exceptions import ImproperlyConfigured

from diagnosis.decoder import confinement
from skinscreen import keepalive
from skinscreen.backends import photo_store
from skinscreen.environment import env, key_settings
from skinscreen.run import body_sizes
from skinscreen.settings.core import BASE_DIR, HOME, IS_PRODUCTION

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The longest time that a request waits for locks of the database, in total.
WAIT_SECONDS = keepalive.LOCK_SECONDS
DATABASES = {"default": env.database("DATABASE_URL", HOME / "skinscreen.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Without these options, half of the transactions of 8 concurrent writers fail with "database is
    # locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": WAIT_SECONDS,
        # With memory mapping, SQLite reads pages from the system's cache. Counting 100,000 photos
        # takes half the time, and no process needs a large cache of its own.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456;"
            # Deleted rows are overwritten with zeros.
            "PRAGMA secure_delete=ON;"
        ),
    }
# The PostgreSQL database that `manage.py restore_drill` restores into.
DRILL_DATABASE_URL = env.text("SKINSCREEN_DRILL_DATABASE_URL")
DRILL_DATABASE = env.database("SKINSCREEN_DRILL_DATABASE_URL", HOME / "none")
# The unparsed value, which the restore drill passes to its own processes.
PHOTO_KEYS = env.text("SKINSCREEN_PHOTO_KEYS")
# The cache is in the database, since signing in must work while the broker is down.
CACHES = {
    "default": {
        "BACKEND": "skinscreen.backends.strict_cache.StrictCache",
        "LOCATION": "cache",
        "KEY_FUNCTION": "skinscreen.backends.cache_keys.hidden",
        # Beyond this number Django deletes random entries, which may be counts of rate limits.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MEDIA_ROOT = HOME / "photos"
# With less free space, /readyz says that the disk is full.
LEAST_FREE_BYTES = 1_000_000 * env.integer("SKINSCREEN_LEAST_FREE_MB", 500, least=1, most=10**6)
# Uploads stay in memory, so that the original bytes, with place and time, never reach a disk.
FILE_UPLOAD_HANDLERS = ["diagnosis.photos.uploads.CappedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = body_sizes.MEGABYTE
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
ACCEPTS_OPEN_DECODER = env.flag("SKINSCREEN_ACCEPT_OPEN_DECODER", default=not IS_PRODUCTION)
if not ACCEPTS_OPEN_DECODER and (_missing := confinement.lacking()):
    raise ImproperlyConfigured(
        f"SKINSCREEN_ACCEPT_OPEN_DECODER is 0, and this kernel has no {' and no '.join(_missing)} "
        "to confine the process that decodes photos: use Linux 5.13 or newer with Landlock and "
        "seccomp, or set SKINSCREEN_ACCEPT_OPEN_DECODER to 1 to decode with less confinement."
    )
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_PHOTO_KEYS = key_settings.photo_keys("SKINSCREEN_PHOTO_KEYS")
STORAGES = {
    "default": {
        "BACKEND": "diagnosis.photos.encryption.EncryptedStorage",
        "OPTIONS": {"inner": photo_store.inner(has_keys=bool(_PHOTO_KEYS)), "keys": _PHOTO_KEYS},
    },
    "staticfiles": {"BACKEND": "skinscreen.backends.static_files.StaticFiles"},
}
