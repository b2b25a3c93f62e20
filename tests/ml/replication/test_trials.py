import json

import pytest

from ml.errors import OperatorError
from ml.replication import trials


@pytest.fixture
def search(tmp_path):
    folder = tmp_path / "bayesian_12"
    for name in ("oracle.json", "tuner0.json", "trial_03/trial.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps({"trial_id": "03"}))
    return folder


def test_a_complete_search_and_a_search_not_yet_begun_are_accepted(search):
    for folder in (search, search / "none"):
        assert trials.refuse_damaged(folder) is None


@pytest.mark.parametrize("name", ["oracle.json", "tuner0.json", "trial_03/trial.json"])
@pytest.mark.parametrize("content", [b"", b'{"trial_id": "0', b"\xff\xfe\x00", b"null"])
def test_the_error_names_a_truncated_file_and_the_folder_to_delete(search, name, content):
    (search / name).write_bytes(content)
    with pytest.raises(OperatorError) as error:
        trials.refuse_damaged(search)
    assert str(search / name) in str(error.value)
    assert f"delete {search}" in str(error.value)
