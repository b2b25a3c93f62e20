"""The photo store: a folder, or an S3 bucket that all machines can reach."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from skinscreen.environment import env


def inner(*, has_keys: bool) -> dict[str, Any]:
    """Return Django's storage configuration, for a folder if no bucket is set."""
    bucket = env.text("SKINSCREEN_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if not has_keys:
        raise ImproperlyConfigured(
            "SKINSCREEN_PHOTO_KEYS is missing, so photos in the bucket would not be encrypted: "
            "set it to a key from manage.py make_photo_key."
        )
    options = {
        "bucket_name": bucket,
        # None: Amazon's own store.
        "endpoint_url": env.web_address("SKINSCREEN_S3_ENDPOINT", "https://store.example.org")
        or None,
        "region_name": env.text("SKINSCREEN_S3_REGION", "us-east-1"),
        "access_key": env.needed("SKINSCREEN_S3_ACCESS_KEY", beside="SKINSCREEN_S3_BUCKET"),
        "secret_key": env.needed("SKINSCREEN_S3_SECRET_KEY", beside="SKINSCREEN_S3_BUCKET"),
        "client_config": _client(),
        # None: use the system's certificates.
        "verify": env.text("SKINSCREEN_S3_CA") or None,
    }
    return {"BACKEND": "diagnosis.photos.bucket.PhotoS3Storage", "OPTIONS": options}


def _client() -> Any:
    from botocore.config import Config

    return Config(
        # The bucket's name is in the path, since small stores have no host name for each bucket.
        s3={"addressing_style": "path"},
        signature_version="s3v4",
        # Both attempts together take at most 10 s, the longest time that a request waits for locks.
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Stores other than Amazon's refuse Amazon's newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def check() -> None:
    """Raise ImproperlyConfigured if the bucket cannot be reached."""
    if not env.text("SKINSCREEN_S3_BUCKET"):
        return
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        default_storage.listdir("")
    except (BotoCoreError, ClientError) as error:
        raise ImproperlyConfigured(
            f"SKINSCREEN_S3_BUCKET cannot be read ({error}): check it, SKINSCREEN_S3_ENDPOINT, "
            "and the two keys."
        ) from error
