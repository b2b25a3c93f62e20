import csv
import io
import shutil

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from ml.__main__ import main
from ml.data import cache
from ml.data.leakage import (
    CLASS_FOLDERS,
    find_leaks,
    from_cache,
    from_class_folders,
    perceptual_hash,
)
from ml.errors import OperatorError
from tests.pictures import dermoscopy_like

SIZE = (300, 225)


def encoded_again(picture):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=50)
    return Image.open(stream)


CHANGES = {
    "copied": lambda picture: picture,
    "encoded again": encoded_again,
    "resized": lambda picture: picture.resize((160, 120)),
    "squashed": lambda picture: picture.resize((224, 224)),
    "brightened": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
} | {
    f"turned, {turn.name}": lambda picture, turn=turn: picture.transpose(turn)
    for turn in Image.Transpose
}


@pytest.fixture(scope="module")
def originals():
    """Twelve different pictures."""
    return [dermoscopy_like(seed, SIZE) for seed in range(12)]


@pytest.fixture
def folders(originals, tmp_path):
    """Class folders with two pictures each, all different."""
    for name, start in zip(CLASS_FOLDERS, range(0, 12, 2), strict=True):
        (tmp_path / name).mkdir(parents=True)
        for number in (start, start + 1):
            originals[number].save(tmp_path / name / f"{number}.png")
    return tmp_path


@pytest.fixture
def greys():
    return np.random.default_rng(0).uniform(0, 255, (20, 32, 32)).astype(np.float32)


def leaks(folders):
    return [str(leak) for leak in find_leaks(from_class_folders(folders))]


def test_different_pictures_pass(folders, capsys):
    assert main(["audit", "--class-folders", str(folders)]) == 0
    assert capsys.readouterr().out == "Clean: no picture among 12 is in two splits.\n"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_copy_in_another_split_is_named(change, originals, folders):
    change(originals[0]).save(folders / "test" / "NotMelanoma" / "copy.png")
    first, second = "train_sep/Melanoma/0.png", "test/NotMelanoma/copy.png"
    assert leaks(folders) == [f"{first} (train_sep) and {second} (test): the same picture"]


def test_a_copy_in_the_same_split_is_not_a_leak(originals, folders):
    originals[0].save(folders / "train_sep" / "NotMelanoma" / "copy.png")
    assert leaks(folders) == []


def test_all_pairs_of_splits_are_compared(originals, folders):
    originals[4].save(folders / "train_sep" / "Melanoma" / "copy.png")
    originals[6].save(folders / "test" / "Melanoma" / "copy.png")
    assert len(leaks(folders)) == 2


def test_a_leak_gives_exit_code_1(originals, folders, capsys):
    originals[0].save(folders / "valid" / "Melanoma" / "copy.png")
    assert main(["audit", "--class-folders", str(folders)]) == 1
    assert "valid/Melanoma/copy.png (valid): the same picture" in capsys.readouterr().out


def test_an_augmented_copy_is_recognised_by_its_identifier(originals, folders):
    (folders / "train_sep/Melanoma/0.png").rename(folders / "train_sep/Melanoma/ISIC_0000007.png")
    originals[0].rotate(33).save(folders / "test" / "Melanoma" / "turned_ISIC_0000007_2.png")
    (leak,) = leaks(folders)
    assert leak.endswith("test/Melanoma/turned_ISIC_0000007_2.png (test): the same lesion")


def test_plain_areas_are_not_duplicates(folders):
    Image.new("RGB", SIZE, "pink").save(folders / "train_sep" / "Melanoma" / "plain.png")
    Image.new("RGB", SIZE, "brown").save(folders / "test" / "Melanoma" / "plain.png")
    assert leaks(folders) == []


def test_two_pictures_with_black_borders_are_not_duplicates(originals, folders):
    for original, name in zip(originals[:2], ("train_sep", "test"), strict=True):
        original.rotate(15).save(folders / name / "Melanoma" / "turned.png")
    assert leaks(folders) == []


def test_class_folders_must_be_complete(folders):
    shutil.rmtree(folders / "valid" / "NotMelanoma")
    with pytest.raises(OperatorError, match=r"valid/NotMelanoma is not there: give a folder with"):
        from_class_folders(folders)


def test_a_file_that_is_not_a_picture_is_named(folders):
    (folders / "valid" / "Melanoma" / "notes.txt").write_text("nothing")
    with pytest.raises(OperatorError, match=r"notes in .*valid/Melanoma cannot be decoded"):
        from_class_folders(folders)


def test_a_cache_that_is_split_by_lesion_is_clean(cache_folder, capsys):
    assert main(["audit", "--cache", str(cache_folder)]) == 0
    assert capsys.readouterr().out.startswith("Clean: no lesion and no picture among 56")


@pytest.fixture
def leaky_cache(cache_folder, tmp_path):
    """A cache with a lesion of the `train` split that also has a picture in the `test` split."""
    folder = tmp_path / "leaky"
    shutil.copytree(cache_folder, folder)
    with (folder / cache.INDEX).open(newline="") as file:
        table = list(csv.DictReader(file))
    next(row for row in table if row["image_id"] == "ISIC_0000100")["split"] = "test"
    with (folder / cache.INDEX).open("w", newline="") as file:
        writer = csv.DictWriter(file, cache.COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    return folder


def test_a_shared_lesion_is_named(leaky_cache):
    (leak,) = find_leaks(from_cache(cache.read(leaky_cache)))
    assert str(leak) == "ISIC_0000000 (train) and ISIC_0000100 (test): the same lesion"


def test_training_refuses_a_leaky_split(leaky_cache, tmp_path, capsys):
    assert main(["train", "--cache", str(leaky_cache), "--run", str(tmp_path / "run")]) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert "ISIC_0000000 (train) and ISIC_0000100 (test): the same lesion" in message
    assert "--leaky-protocol" in message
    assert not (tmp_path / "run").exists()


def test_a_black_picture_is_named(cache_folder, tmp_path, capsys):
    folder = shutil.copytree(cache_folder, tmp_path / "black")
    pixels = np.load(folder / cache.IMAGES)
    pixels[3] = 0
    np.save(folder / cache.IMAGES, pixels)
    assert main(["audit", "--cache", str(folder)]) == 1
    assert capsys.readouterr().out == f"{cache.read(folder).image_ids[3]}: all black\n"


@pytest.mark.usefixtures("tiny")
def test_a_leaky_split_can_be_used_deliberately(leaky_cache, tmp_path):
    options = ["--cache", str(leaky_cache), "--run", str(tmp_path / "run"), "--smoke"]
    assert main(["train", *options, "--leaky-protocol"]) == 0


def test_different_pictures_have_different_hashes(greys):
    hashes = perceptual_hash(np.concatenate([greys, greys[:, ::-1]]))
    assert len(set(hashes.tolist())) == 40


def test_brightness_and_contrast_do_not_change_a_hash(greys):
    changed = np.bitwise_count(perceptual_hash(greys) ^ perceptual_hash(greys * 0.5 + 60))
    assert changed.max() <= 1
