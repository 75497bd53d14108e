import pytest
import yaml

from fedorbit.studies.catalogue import load_catalogue, read_config


@pytest.fixture
def values(project, monkeypatch):
    monkeypatch.chdir(project)
    values = yaml.safe_load((project / "config" / "config.yaml").read_text())
    return values | {"studies": ["orbits"]}


def test_the_shipped_study_of_orbits_needs_no_environment(values, folder, monkeypatch):
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    assert set(load_catalogue(folder, values).studies) == {"orbits"}


def test_a_scale_that_is_not_there_is_refused_though_no_study_asks_for_one(
    values, folder, refused
):
    sentence = refused(load_catalogue, folder, values | {"scale": "nope"})
    assert sentence.startswith(f"{folder / 'scales' / 'nope.yaml'}: ")
    assert "choose one of" in sentence and "quick" in sentence


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/tle/none.tle", "'data/tle/none.tle', but there is no such file"),
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


TOGETHER = ["together_ground", "together_orbit", "together"]


def test_studies_may_be_joined_that_are_asked_for(values, project):
    asked = values | {"studies": TOGETHER}
    joined = load_catalogue(project / "config", asked).studies["together"]
    assert joined.results() == [
        "tables/together.csv",
        "tables/parameters.csv",
        "figures/together.svg",
    ]
    assert [row["study"] for row in joined.values["rows"]] == TOGETHER[:2]


@pytest.mark.parametrize(
    ("asked", "row", "words"),
    [
        (TOGETHER[1:], {}, "rows[0].study is 'together_ground', which"),
        ([*TOGETHER, "orbits"], {"study": "orbits"}, "in which nothing learns"),
        (TOGETHER, {"bound": "split"}, "rows[0].bound is 'split', which takes no part"),
    ],
)
def test_a_row_that_cannot_be_drawn_is_named(
    values, folder, asked, row, words, refused
):
    study = folder / "studies" / "together.yaml"
    content = yaml.safe_load(study.read_text())
    content["rows"][0] |= row
    study.write_text(yaml.safe_dump(content))
    sentence = refused(load_catalogue, folder, values | {"studies": asked})
    assert sentence.startswith(f"{study}: rows[0].") and words in sentence


def test_lists_of_the_command_line_are_read_as_a_file(project):
    given = {"seeds": ["0", "1"], "studies": ["orbits"], "scale": "quick"}
    found = read_config(project / "config", given)
    assert (found["seeds"], found["studies"]) == ([0, 1], ["orbits"])
