import zipfile

import pytest

from ml.data.picture_files import containers, image_id, list_names, locate_images, read_pictures
from ml.errors import OperatorError
from ml.preprocessing.file_size import MAX_BYTES


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read_all(path):
    return {p.image_id: p.stream.read() for p in read_pictures(path, list_names(path))}


def test_an_image_id_is_the_name_without_folder_and_extension():
    assert image_id("part_1/ISIC_0024306.v2.jpg") == "ISIC_0024306.v2"


def test_a_folder_and_a_zip_give_the_same_pictures(tmp_path):
    files = {"b.jpg": b"two", "deep/a.png": b"one"}
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "folder" / name).write_bytes(content)
    archive = zipped(tmp_path / "pictures.zip", files)
    assert read_all(tmp_path / "folder") == read_all(archive) == {"a": b"one", "b": b"two"}


def test_a_single_picture_can_be_given(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"one")
    (tmp_path / "b.jpg").write_bytes(b"two")
    assert list_names(tmp_path / "a.jpg") == ["a.jpg"]
    assert read_all(tmp_path / "a.jpg") == {"a": b"one"}


def test_a_damaged_file_in_a_zip_is_an_empty_stream(tmp_path):
    path = zipped(tmp_path / "pictures.zip", {"a.jpg": b"first", "b.jpg": b"second"})
    path.write_bytes(path.read_bytes().replace(b"first", b"fjrst"))
    assert read_all(path) == {"a": b"", "b": b"second"}


def test_at_most_one_byte_more_than_the_decoder_accepts_is_read(tmp_path):
    path = zipped(tmp_path / "pictures.zip", {"huge.jpg": bytes(MAX_BYTES + 1000)})
    assert len(read_all(path)["huge"]) == MAX_BYTES + 1


@pytest.mark.parametrize(
    "make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_bytes(b"x")]
)
def test_a_path_without_pictures_is_reported(tmp_path, make):
    path = tmp_path / "pictures"
    make(path)
    with pytest.raises(OperatorError, match="give a folder or a zip"):
        list_names(path)


def test_containers_are_a_folder_and_the_zips_in_it(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"a": b""})
    (tmp_path / "inside").mkdir()
    assert containers(tmp_path) == [tmp_path, archive]


LEFT_BEHIND = [
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "deep/.DS_Store",
    "deep/Thumbs.db",
    "._a.jpg",
    "__MACOSX/._a.jpg",
    "__MACOSX/deep/a.jpg",
    "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
]


def test_hidden_files_of_operating_systems_are_skipped(tmp_path):
    files = {"deep/a.jpg": b"one"} | dict.fromkeys(LEFT_BEHIND, b"x")
    archive = zipped(tmp_path / "pictures.zip", files)
    for name, content in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert list_names(archive) == list_names(tmp_path / "folder") == ["deep/a.jpg"]


def test_a_folder_below_a_hidden_folder_is_read(tmp_path):
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.jpg").write_bytes(b"one")
    assert list_names(tmp_path / ".cache") == ["a.jpg"]


def test_an_image_in_two_places_is_found_once(tmp_path):
    archive = zipped(tmp_path / "one.zip", {"a.jpg": b"one", "a.json": b"{}", "deep/a.jpg": b"one"})
    two = zipped(tmp_path / "two.zip", {"a.png": b"one", "b.jpg": b"two"})
    assert locate_images([archive, two], image_id, {"a", "b"}) == {
        archive: ["a.jpg"],
        two: ["b.jpg"],
    }


def test_different_pictures_with_the_same_name_are_both_reported(tmp_path):
    archive = zipped(tmp_path / "one.zip", {"a.jpg": b"one"})
    two = zipped(tmp_path / "two.zip", {"a.jpg": b"two"})
    with pytest.raises(OperatorError, match=r"one.zip/a.jpg and .*two.zip/a.jpg are different"):
        locate_images([archive, two], image_id, {"a"})
