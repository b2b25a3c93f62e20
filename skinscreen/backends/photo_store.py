"""The photo store: a folder, or an S3 bucket that all machines can reach."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from skinscreen.environment import env


def inner(*, has_keys: bool) -> dict[str, Any]:
    """Return the configuration of the storage that `EncryptedStorage` wraps: bucket or folder."""
    bucket = env.text("SKINSCREEN_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "diagnosis.photos.folder.PhotoFolderStorage"}
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
        # If the store does not answer, both attempts together take about 10 s. The limit for locks
        # in the database is the same.
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Stores other than Amazon's refuse Amazon's newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def check() -> None:
    """Raise ImproperlyConfigured if the bucket cannot be read."""
    if not env.text("SKINSCREEN_S3_BUCKET"):
        return
    from diagnosis.photos.encryption import StoreError

    try:
        default_storage.listdir("")
    except StoreError as error:
        raise ImproperlyConfigured(
            f"The bucket in SKINSCREEN_S3_BUCKET cannot be read ({error.__cause__}): check its "
            "name, SKINSCREEN_S3_ENDPOINT, SKINSCREEN_S3_ACCESS_KEY and SKINSCREEN_S3_SECRET_KEY."
        ) from error
