"""The contract of a photo store, tested with a folder and with an S3 server over HTTP."""

import tarfile
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.utils import timezone
from moto.server import ThreadedMotoServer

from diagnosis.classification import active_model, inference
from diagnosis.operations import health
from diagnosis.operations.backup import archive, restoring, writing
from diagnosis.photos import orphans
from diagnosis.photos.bucket import store_errors
from diagnosis.photos.encryption import EncryptedStorage, StoreError
from skinscreen.backends import photo_store
from tests.diagnosis.classification.test_inference import FakeClassifier

OLD, NEW = b"o" * 32, b"n" * 32
NAME, PHOTO = "ab/abc.jpg", b"\xff\xd8 what a person sent"
ACCESS = {"aws_access_key_id": "ann", "aws_secret_access_key": "a-secret"}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch, request):
    """An empty bucket, and the environment that names it."""
    resource = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **ACCESS)
    new_bucket = resource.create_bucket(Bucket=f"photos-{abs(hash(request.node.name))}")
    monkeypatch.setenv("SKINSCREEN_S3_BUCKET", new_bucket.name)
    monkeypatch.setenv("SKINSCREEN_S3_ENDPOINT", endpoint)
    monkeypatch.setenv("SKINSCREEN_S3_ACCESS_KEY", "ann")
    monkeypatch.setenv("SKINSCREEN_S3_SECRET_KEY", "a-secret")
    return new_bucket


@pytest.fixture(params=["folder", "bucket"])
def storage_with(request):
    if request.param == "bucket":
        request.getfixturevalue("bucket")
    return lambda *keys: EncryptedStorage(inner=photo_store.inner(has_keys=True), keys=keys)


@pytest.fixture
def storage(storage_with):
    return storage_with(NEW)


def test_a_stored_file_is_encrypted_and_read_back(storage):
    assert storage.save(NAME, ContentFile(PHOTO)) == NAME
    assert storage.open(NAME).read() == PHOTO
    assert storage.size(NAME) == len(PHOTO)
    with storage.inner.open(NAME) as file:
        assert b"person" not in file.read()


def test_a_missing_file_raises_file_not_found(storage):
    storage.save("ab/other.jpg", ContentFile(PHOTO))
    assert not storage.exists(NAME)
    with pytest.raises(FileNotFoundError):
        storage.open(NAME)


def test_deleting_a_file_twice_is_allowed(storage):
    storage.save(NAME, ContentFile(PHOTO))
    storage.delete(NAME)
    storage.delete(NAME)
    assert not storage.exists(NAME)


def test_files_are_listed_by_folder_with_their_age(storage):
    storage.save(NAME, ContentFile(PHOTO))
    assert storage.listdir("") == (["ab"], [])
    assert storage.listdir("ab") == ([], ["abc.jpg"])
    assert abs((timezone.now() - storage.get_modified_time(NAME)).total_seconds()) < 60


def test_a_new_key_encrypts_the_file_in_place(storage_with):
    storage_with(OLD).save(NAME, ContentFile(PHOTO))
    assert storage_with(NEW, OLD).reencrypt(NAME)
    assert not storage_with(NEW, OLD).reencrypt(NAME)
    assert storage_with(NEW).open(NAME).read() == PHOTO


@pytest.mark.django_db
def test_orphans_are_removed_from_a_bucket(storage, use_store, monkeypatch):
    use_store(photo_store.inner(has_keys=True), keys=[NEW])
    orphans.remove()
    storage.save(NAME, ContentFile(PHOTO))
    monkeypatch.setattr(orphans, "SAFE_AGE", timedelta(days=-1))
    orphans.remove()
    assert not storage.exists(NAME)


@pytest.fixture
def unreachable(bucket, monkeypatch):
    monkeypatch.setenv("SKINSCREEN_S3_ENDPOINT", "http://127.0.0.1:1")
    return EncryptedStorage(inner=photo_store.inner(has_keys=True), keys=[NEW])


@pytest.mark.parametrize(
    "act",
    [
        lambda storage: storage.open(NAME),
        lambda storage: storage.save(NAME, ContentFile(PHOTO)),
        lambda storage: storage.delete(NAME),
        lambda storage: storage.get_modified_time(NAME),
        lambda storage: storage.listdir(""),
        lambda storage: storage.inner.size(NAME),
    ],
)
def test_an_unavailable_store_is_not_a_missing_file(unreachable, act):
    with pytest.raises(StoreError, match="EndpointConnectionError"):
        act(unreachable)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "NoSuchKey", FileNotFoundError),
        (404, "NoSuchBucket", StoreError),
        (503, "SlowDown", StoreError),
    ],
)
def test_a_missing_file_is_distinguished_from_a_failing_store(status, code, expected):
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(expected), store_errors():
        raise ClientError(answer, "GetObject")


@pytest.fixture
def missing(bucket):
    """A store whose bucket has been deleted."""
    store = EncryptedStorage(inner=photo_store.inner(has_keys=True), keys=[NEW])
    bucket.delete()
    return store


@pytest.mark.parametrize(
    "act",
    [
        lambda storage: storage.open(NAME),
        lambda storage: storage.get_modified_time(NAME),
        lambda storage: storage.inner.size(NAME),
        lambda storage: storage.inner.check(),
    ],
)
def test_a_missing_bucket_is_not_a_missing_file(missing, act):
    with pytest.raises(StoreError, match="NoSuchBucket"):
        act(missing)


def test_a_photo_waits_while_the_bucket_is_missing(bucket, use_store, make, monkeypatch):
    use_store(photo_store.inner(has_keys=True), keys=[NEW])
    monkeypatch.setattr(active_model, "classifier", FakeClassifier)
    screening = make()
    bucket.objects.delete()
    bucket.delete()
    inference.run(screening.pk)
    screening.refresh_from_db()
    assert (screening.status, screening.attempts) == ("pending", 0)


@pytest.fixture
def ready(use_store, monkeypatch):
    """Return a function that checks the readiness of the store in the environment."""
    check = health.check_store
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 20)

    def response():
        use_store(photo_store.inner(has_keys=True))
        return health.Readiness({check: health.CHECKS[check]}).words()

    return response


def test_a_store_that_answers_is_ready(bucket, ready):
    assert ready() == {"store": "ok"}


def test_an_unavailable_store_is_not_ready(unreachable, ready):
    assert ready() == {"store": "down"}


def test_readiness_omits_the_store_without_a_bucket():
    assert health.check_store() == {}


def test_a_bucket_that_answers_passes_the_check(bucket, use_store, monkeypatch):
    use_store(photo_store.inner(has_keys=True))
    listdir, answers = EncryptedStorage.listdir, []
    monkeypatch.setattr(EncryptedStorage, "listdir", lambda *args: answers.append(listdir(*args)))
    photo_store.check()
    assert answers == [([], [])]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKINSCREEN_S3_BUCKET", "nobody-made-this"),
        ("SKINSCREEN_S3_ENDPOINT", "http://127.0.0.1:1"),
    ],
)
def test_a_bucket_that_does_not_answer_is_reported_in_one_sentence(
    bucket, use_store, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    use_store(photo_store.inner(has_keys=True))
    with pytest.raises(
        ImproperlyConfigured, match="check its name, SKINSCREEN_S3_ENDPOINT"
    ) as caught:
        photo_store.check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKINSCREEN_S3_ENDPOINT", "store.example.org"),
        ("SKINSCREEN_S3_ACCESS_KEY", ""),
        ("SKINSCREEN_S3_SECRET_KEY", ""),
    ],
)
def test_a_mistake_in_a_variable_is_reported_in_one_sentence_that_names_it(
    bucket, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} [^\n]+: set [^\n]+\.$"):
        photo_store.inner(has_keys=True)


def test_a_bucket_requires_encryption(bucket):
    with pytest.raises(ImproperlyConfigured, match="SKINSCREEN_PHOTO_KEYS"):
        photo_store.inner(has_keys=False)


def test_a_backup_copies_and_restores_encrypted_files_unchanged(storage, monkeypatch, tmp_path):
    for module in (writing, restoring):
        monkeypatch.setattr(module, "site_storage", lambda: storage)
    assert not restoring.has_photos()
    storage.save(NAME, ContentFile(PHOTO))
    assert restoring.has_photos()
    keys, file = set(), tmp_path / "backup.tar"
    with tarfile.open(file, "w") as tar:
        writer = archive.Writer(tar)
        writing.add_photo(writer, NAME, keys)
        writing.add_photo(writer, "ab/deleted.jpg", keys)
    assert [*writer.files] == [f"photos/{NAME}"]
    assert keys == {storage.newest.hex()}
    storage.delete(NAME)
    restored = []
    with archive.opened(file) as opened:
        restoring.write_files(opened, tmp_path / "database", restored)
    assert storage.open(NAME).read() == PHOTO
    restoring.remove_photos(restored)
    assert not restoring.has_photos()
