import pytest
import yaml

from fedorbit.studies.catalogue import load_catalogue


@pytest.fixture
def values(project, monkeypatch):
    monkeypatch.chdir(project)
    values = yaml.safe_load((project / "config" / "config.yaml").read_text())
    return values | {"studies": ["orbits"]}


def test_the_shipped_study_of_orbits_needs_no_environment(values, folder, monkeypatch):
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    assert set(load_catalogue(folder, values).studies) == {"orbits"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/tle/none.tle", "'data/tle/none.tle', but there is no file data/tle/"),
        ("$NOWHERE/x.tle", "the environment variable NOWHERE is not set; set it"),
    ],
)
def test_a_snapshot_that_is_missing_is_named(values, folder, path, words, refused):
    study = folder / "studies" / "orbits.yaml"
    content = yaml.safe_load(study.read_text())
    content["ageing"]["snapshots"][1] = path
    study.write_text(yaml.safe_dump(content))
    sentence = refused(load_catalogue, folder, values)
    assert sentence.startswith(f"{study}: ageing.snapshots is ") and words in sentence
