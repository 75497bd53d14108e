import pytest
import yaml

from fedorbit.data.published import SETS
from fedorbit.data.settings import load_dataset_settings, parse_dataset_settings

GAUSSIANS = {
    "source": "gaussians",
    "origin": "made for a test",
    "classes": 2,
    "features": 3,
    "train_samples": 10,
    "test_samples": 4,
    "separation": 1.0,
    "noise": 1,
    "seed": 0,
}
FOLDER = {"source": "imagefolder", "origin": "made", "path": "x.zip", "size_px": 32}


@pytest.fixture(scope="module")
def folder(project):
    return project / "config" / "datasets"


def test_every_shipped_dataset_is_valid(folder):
    names = {path.stem for path in folder.glob("*.yaml")}
    drawn = {"gaussians", "landcover", "landcover_unlabelled", "teachers"}
    turned = {"digits_domains", "mnist_domains", "landcover_domains"}
    given = {"cifar10_jpeg", "newsgroups"}
    assert names == {"digits", *given, *drawn, *turned, *SETS}
    for name in names:
        values = yaml.safe_load((folder / f"{name}.yaml").read_text())
        assert load_dataset_settings(folder, name).model_dump() == values


def test_a_published_set_stands_in_the_file_of_its_name(folder):
    for name in SETS:
        assert load_dataset_settings(folder, name).set == name


def test_settings_survive_the_way_to_a_job(folder):
    for name in ("digits", "mnist", "cifar10_jpeg", "gaussians", "landcover"):
        settings = load_dataset_settings(folder, name)
        assert parse_dataset_settings(settings.model_dump(), "a job") == settings


def test_an_unknown_dataset_is_named_with_those_that_there_are(refused, folder):
    sentence = refused(load_dataset_settings, folder, "letters")
    assert sentence.startswith(f"{folder / 'letters.yaml'}: there is no such file; ")
    assert (
        "choose one of cifar10, cifar100, cifar10_jpeg, digits, digits_domains, "
        in sentence
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"origin": "made"}, ["'source' is missing", "digits, torchvision, "]),
        ({"source": "torch", "origin": "x"}, ["source is 'torch'", "gaussians"]),
        ({"source": ["digits"], "origin": "x"}, ["source is ['digits']"]),
        ({"source": "digits"}, ["'origin' is missing"]),
        ({"source": "digits", "origin": ""}, ["origin is ''", "at least 1"]),
        (
            {"source": "torchvision", "origin": "x", "set": "kmnist"},
            ["set is 'kmnist'", "'mnist', 'fashion_mnist'"],
        ),
        (FOLDER | {"size": 3}, ["'size'", "did you mean 'size_px'?"]),
        (FOLDER | {"size_px": 0}, ["size_px is 0", "from 1 to 4,096"]),
        (GAUSSIANS | {"noise": 0.0}, ["noise is 0.0", "from 1e-09 to"]),
        (GAUSSIANS | {"test_samples": 1}, ["test_samples is 1", "2 classes"]),
        (GAUSSIANS | {"seed": -1}, ["seed is -1", "from 0 to"]),
    ],
)
def test_a_bad_value_is_named_with_its_file_and_remedy(refused, values, words):
    sentence = refused(parse_dataset_settings, values, "config/datasets/x.yaml")
    assert sentence.startswith("config/datasets/x.yaml: ")
    for word in words:
        assert word in sentence
