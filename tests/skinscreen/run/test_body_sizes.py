from django.urls import reverse

from ml.preprocessing.file_size import MAX_BYTES
from skinscreen.run import body_sizes

UPLOADS = {reverse("diagnosis:upload"), reverse("diagnosis:send")}


def test_photos_are_accepted_only_at_the_two_upload_addresses():
    assert UPLOADS == body_sizes.PHOTO_PATHS
    assert {body_sizes.most(path) for path in UPLOADS} == {MAX_BYTES + 1_000_000}
    for path in ("/", "/account/login/", "/screenings/new", "/screenings/new/x", ""):
        assert body_sizes.most(path) == 1_000_000
