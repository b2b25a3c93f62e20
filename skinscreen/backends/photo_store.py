"""The photo store: a folder, or a bucket that all machines reach."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage

from skinscreen.environment import env


def inner(*, has_keys: bool) -> dict[str, Any]:
    """Describe the storage of encrypted files: the bucket, or a folder if there is none."""
    bucket = env.text("SKINSCREEN_S3_BUCKET")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if not has_keys:
        raise ImproperlyConfigured(
            "SKINSCREEN_PHOTO_KEYS is missing: photos in the bucket would be readable; "
            "set it to what manage.py make_photo_key prints."
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
        # The bucket's name is in the path, so that small stores need no host name for each bucket.
        s3={"addressing_style": "path"},
        signature_version="s3v4",
        # A request waits for servers no longer than for locks: both attempts take at most 10 s.
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Other stores than Amazon's refuse its newer checksums.
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
