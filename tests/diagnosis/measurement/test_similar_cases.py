import numpy as np
import pytest
from django.urls import reverse

from diagnosis.measurement import analysis
from diagnosis.review import claims
from diagnosis.review import services as reviewing
from ml.preprocessing.views import Views
from ml.serving import similar_lesions
from ml.serving.classifier import DEFAULT_MODEL, Classifier
from tests.factories import make_measurement

EMBEDDING = np.array([1, 0, 0, 0], np.float16)


@pytest.fixture
def installed(settings, tmp_path):
    """Three training lesions: a melanoma near the photo's embedding, and two far away."""
    folder = tmp_path / "index"
    (folder / similar_lesions.THUMBNAILS).mkdir(parents=True)
    for name in ("a", "b", "c"):
        (folder / similar_lesions.THUMBNAILS / f"{name}.jpg").write_bytes(name.encode())
    np.savez(
        folder / similar_lesions.INDEX,
        version=np.array("test-1"),
        image_ids=np.array(["a", "b", "c"]),
        diagnoses=np.array(["nv", "mel", "bcc"]),
        directions=np.eye(4, dtype=np.float16)[[1, 0, 2]],
    )
    settings.SIMILAR_DIR = str(folder)
    return folder


@pytest.fixture
def case(make, reviewer, client):
    """A case that the reviewer has claimed, without an impression yet."""
    case = make("done", tier="urgent", readings_due=1)
    make_measurement(case, embedding=EMBEDDING.tobytes())
    claims.claim(case, by=reviewer)
    client.force_login(reviewer)
    return case


def enter_impression(case, reviewer):
    reviewing.form_impression(case, by=reviewer, finding="unsure")


def case_page(client, case):
    return client.get(reverse("diagnosis:case", args=[case.pk])).text


def picture_at(client, case, place="0"):
    return client.get(reverse("diagnosis:similar", args=[case.pk]), {"place": place})


def test_a_clinician_sees_similar_lesions_with_label_and_licence(client, installed, case, reviewer):
    enter_impression(case, reviewer)
    page = case_page(client, case)
    assert page.index("<small>melanoma</small>") < page.index("<small>basal cell carcinoma</small>")
    assert "CC BY-NC 4.0" in page
    assert picture_at(client, case).content == b"b"


def test_no_similar_cases_are_shown_before_the_clinicians_impression(client, installed, case):
    assert "Similar training lesions" not in case_page(client, case)
    assert picture_at(client, case).status_code == 404


def test_similar_cases_are_off_by_default(client, case, reviewer):
    enter_impression(case, reviewer)
    assert "Similar training lesions" not in case_page(client, case)
    assert picture_at(client, case).status_code == 404


def test_the_person_sees_no_similar_cases(client, installed, case):
    client.force_login(case.owner)
    page = client.get(case.get_absolute_url()).text
    assert "Similar training lesions" not in page
    assert picture_at(client, case).status_code == 404


@pytest.mark.parametrize("place", ["3", "-1", "", "../a"])
def test_only_the_nearest_lesions_can_be_requested(client, installed, case, reviewer, place):
    enter_impression(case, reviewer)
    assert picture_at(client, case, place).status_code == 404


def test_an_index_of_another_model_is_logged(client, installed, case, reviewer, caplog):
    enter_impression(case, reviewer)
    case.measurements.update(map_version="test-2")
    assert "Similar training lesions" not in case_page(client, case)
    assert "run `python -m ml index` again" in caplog.text


def test_embeddings_are_stored_only_if_similar_cases_are_shown(picture, settings):
    served, views = Classifier.load(DEFAULT_MODEL), Views.of(picture)
    assert analysis.examine(views, served)[0].embedding is None
    settings.SIMILAR_DIR = "index"
    kept = np.frombuffer(analysis.examine(views, served)[0].embedding, np.float16)
    assert np.allclose(kept, served.embedding(picture), atol=0.01)


def test_an_index_of_an_earlier_release_is_not_shown(client, installed, case, reviewer, caplog):
    """Its diagnoses are numbers, in a different order from today's."""
    with np.load(installed / similar_lesions.INDEX) as stored:
        old = {**stored, "diagnoses": np.array([5, 4, 1], np.int8)}
    np.savez(installed / similar_lesions.INDEX, **old)
    enter_impression(case, reviewer)
    assert "Similar training lesions" not in case_page(client, case)
    assert "comes from an earlier release: run `python -m ml index` again." in caplog.text
