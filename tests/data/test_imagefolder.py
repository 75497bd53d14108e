import numpy as np
import pytest
from PIL import Image
from tests.data.made_sets import picture, tar_of, zip_of

from fedorbit.data.imagefolder import read_imagefolder
from fedorbit.data.settings import ImageFolder

# PNG is exact. Class cat is red, class dog is blue; sorted, cat comes first.
RED, BLUE = (255, 0, 0), (0, 0, 255)
TWO_PARTS = {
    "train/dog/1.png": picture(BLUE, 8, "PNG"),
    "train/cat/1.png": picture(RED, 8, "PNG"),
    "train/cat/0.png": picture((100, 0, 0), 8, "PNG"),
    "test/cat/0.png": picture(RED, 8, "PNG"),
    "test/dog/0.png": picture(BLUE, 8, "PNG"),
    "README.md": b"two classes",
}
ONE_PART = {
    f"{label}/{i}.png": picture(colour, 8, "PNG")
    for label, colour in (("cat", RED), ("dog", BLUE))
    for i in range(8)
}


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch, tmp_path):
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def given(tmp_path):
    """Return a function that writes files into the folder ``given``, and its path."""

    def write(files: dict[str, bytes]):
        for name, content in files.items():
            path = tmp_path / "given" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "given"

    return write


def settings(path, size_px: int = 8) -> ImageFolder:
    return ImageFolder(
        source="imagefolder", origin="made", path=str(path), size_px=size_px
    )


def check_two_parts(dataset) -> None:
    assert dataset.train_x.shape == (3, 3, 8, 8) and dataset.train_x.dtype == np.uint8
    assert dataset.train_y.tolist() == [0, 0, 1] and dataset.test_y.tolist() == [0, 1]
    assert dataset.train_x[:, :, 3, 5].tolist() == [
        [100, 0, 0],
        [255, 0, 0],
        [0, 0, 255],
    ]
    assert dataset.test_x[:, :, 0, 0].tolist() == [list(RED), list(BLUE)]


def test_a_folder_with_two_parts_is_read(given):
    check_two_parts(read_imagefolder(settings(given(TWO_PARTS))))


@pytest.mark.parametrize(
    ("name", "pack"),
    [("pets.tar.gz", tar_of), ("pets.tgz", tar_of), ("pets.zip", zip_of)],
)
def test_an_archive_is_read_without_writing_files(given, name, pack):
    folder = given({name: pack(TWO_PARTS)})
    check_two_parts(read_imagefolder(settings(folder / name)))
    assert [path.name for path in folder.rglob("*")] == [name]


def test_classes_may_be_linked_into_a_folder(given, tmp_path):
    folder = given(TWO_PARTS)
    (tmp_path / "linked").mkdir()
    for part in ("train", "test"):
        (tmp_path / "linked" / part).symlink_to(folder / part)
    check_two_parts(read_imagefolder(settings(tmp_path / "linked")))


def test_without_two_parts_a_quarter_of_each_class_is_for_tests(given):
    folder = given(ONE_PART)
    dataset = read_imagefolder(settings(folder))
    assert np.bincount(dataset.train_y).tolist() == [6, 6]
    assert np.bincount(dataset.test_y).tolist() == [2, 2]
    assert (dataset.test_x[dataset.test_y == 1, 2] == 255).all()
    again = read_imagefolder(settings(folder))
    np.testing.assert_array_equal(again.test_y, dataset.test_y)


def test_a_path_is_looked_for_in_the_given_folder_and_then_in_the_project(
    given, tmp_path, monkeypatch
):
    folder = given({"pets.zip": zip_of(TWO_PARTS)})
    (tmp_path / "pets.zip").write_bytes(b"another file, which is not read")
    monkeypatch.setenv("FEDORBIT_DATA", str(folder))
    check_two_parts(read_imagefolder(settings("pets.zip")))
    (tmp_path / "pets.zip").write_bytes(zip_of(TWO_PARTS))
    (folder / "pets.zip").unlink()
    check_two_parts(read_imagefolder(settings("pets.zip")))


def test_images_of_other_sizes_and_colours_are_made_alike(given):
    folder = given(TWO_PARTS)
    Image.new("L", (20, 10), 77).save(folder / "train/cat/0.png")
    dataset = read_imagefolder(settings(folder, size_px=8))
    assert dataset.shape == (3, 8, 8)
    assert (dataset.train_x[0] == 77).all()


def test_rows_and_columns_keep_their_place(given):
    folder = given(TWO_PARTS)
    image = Image.new("RGB", (8, 8))
    image.putpixel((6, 2), (10, 20, 30))  # column 6, row 2
    image.save(folder / "train/cat/0.png")
    pixels = read_imagefolder(settings(folder)).train_x[0]
    assert pixels[:, 2, 6].tolist() == [10, 20, 30]
    assert np.count_nonzero(pixels) == 3


@pytest.mark.parametrize("content", [picture(RED, 8)[:200], b"", b"no image"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_broken_image_is_named(given, refused, content, is_packed):
    files = TWO_PARTS | {"train/dog/1.png": content}
    if is_packed:
        path = given({"pets.zip": zip_of(files)}) / "pets.zip"
    else:
        path = given(files)
    sentence = refused(read_imagefolder, settings(path))
    assert sentence.startswith(f"{path}/train/dog/1.png: cannot be read as an image")


def test_a_missing_path_is_named_with_the_places(refused, monkeypatch):
    sentence = refused(read_imagefolder, settings("pets.zip"))
    assert sentence.startswith("path is 'pets.zip', but there is no pets.zip; put ")
    assert "set FEDORBIT_DATA" in sentence
    monkeypatch.setenv("FEDORBIT_DATA", "/somewhere")
    sentence = refused(read_imagefolder, settings("pets.zip"))
    assert "there is no /somewhere/pets.zip and no pets.zip; put" in sentence
    sentence = refused(read_imagefolder, settings("/elsewhere"))
    assert "there is no /elsewhere; put" in sentence


def test_a_file_that_is_no_archive_is_refused(given, refused):
    path = given({"pets.rar": b"rar"}) / "pets.rar"
    sentence = refused(read_imagefolder, settings(path))
    assert str(path) in sentence and ".tar.gz, .tgz, .zip" in sentence


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"cat/0.txt": b"no image"}, "holds 0 folders with images"),
        ({f"cat/{i}.png": picture(RED, 8) for i in range(4)}, "holds 1 folders"),
        (
            ONE_PART | {"eel/0.png": picture(RED, 8)},
            "too few images of the class 'eel' (1)",
        ),
        (
            TWO_PARTS | {"train/eel/0.png": picture(RED, 8)},
            "do not have the same classes (eel)",
        ),
    ],
)
def test_folders_that_make_no_dataset_are_refused(given, refused, files, words):
    folder = given(files)
    sentence = refused(read_imagefolder, settings(folder))
    assert sentence.startswith(f"{folder}: ") and words in sentence
