import json

import pytest
import yaml


@pytest.fixture
def tiny(make_tiny, tmp_path):
    return make_tiny(tmp_path)


def files_in(folder) -> set:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file()
        and path.relative_to(folder).parts[0] != ".snakemake"
        and "__pycache__" not in path.parts
    }


def sentences(output: str, *words: str) -> list[str]:
    """Return the lines of an output that hold all words."""
    return [line for line in output.splitlines() if all(w in line for w in words)]


def misspell_a_key(tiny, edit):
    edit(tiny / "config/studies/tiny.yaml", "mixing_ratio: 0", "mixing_rato: 0")
    return (
        "config/studies/tiny.yaml",
        "fedmeld.mixing_rato'",
        "did you mean 'mixing_ratio'?",
    )


def misspell_a_key_at_the_top(tiny, edit):
    edit(tiny / "config/config.yaml", "seeds:", "seds:")
    return "config/config.yaml", "'seds'", "did you mean 'seeds'?"


def name_a_missing_study(tiny, edit):
    edit(tiny / "config/config.yaml", "- tiny", "- tyni")
    choice = "choose one of design, experts, experts_vit, fedmeld, finetune"
    return "config/studies/tyni.yaml", "no such file", choice


def name_a_missing_dataset(tiny, edit):
    edit(tiny / "config/scales/quick.yaml", "dataset: digits", "dataset: letters")
    return "config/datasets/letters.yaml", "no such file", "choose one of cifar10, "


def give_a_wrong_type(tiny, edit):
    edit(tiny / "config/studies/tiny.yaml", "hours: 1", "hours: one")
    return "config/studies/tiny.yaml", "scenario.hours is 'one'", "number"


def take_a_colour_away(tiny, edit):
    path = tiny / "config/plotting.yaml"
    looks = yaml.safe_load(path.read_text())
    del looks["strategies"]["hfl"]
    path.write_text(yaml.safe_dump(looks))
    return "config/plotting.yaml", "'hfl' has no colour", "add it"


def break_the_yaml(tiny, edit):
    edit(tiny / "config/studies/tiny.yaml", "hours: 1", "hours: [1")
    return "config/studies/tiny.yaml, line ", "not valid YAML", "mend"


def break_the_top_level_yaml(tiny, edit):
    edit(tiny / "config/config.yaml", "scale: quick", "scale: [quick")
    return "config/config.yaml, line ", "not valid YAML", "mend"


def name_the_scale_twice(tiny, edit):
    edit(tiny / "config/config.yaml", "scale: quick", "scale: quick\nscale: mnist")
    return "config/config.yaml, line 4", "the key 'scale' stands twice", "mend"


def take_the_top_level_away(tiny, edit):
    (tiny / "config/config.yaml").unlink()
    return "config/config.yaml", "no such file", "restore it"


def name_missing_regions(tiny, edit):
    edit(tiny / "config/studies/tiny.yaml", "regions/tiny.csv", "regions/tyni.csv")
    return "config/studies/tiny.yaml", "data/regions/tyni.csv", "correct it"


@pytest.mark.parametrize(
    "spoil",
    [
        name_missing_regions,
        break_the_top_level_yaml,
        name_the_scale_twice,
        take_the_top_level_away,
        misspell_a_key,
        misspell_a_key_at_the_top,
        name_a_missing_study,
        name_a_missing_dataset,
        give_a_wrong_type,
        take_a_colour_away,
        break_the_yaml,
    ],
)
def test_a_bad_config_ends_with_one_sentence_and_makes_nothing(
    tiny, snakemake, edit, spoil
):
    words = spoil(tiny, edit)
    before = files_in(tiny)
    status, output = snakemake(tiny, "--cores", "1")
    assert status != 0
    assert len(sentences(output, *words)) == 1, output
    assert "Traceback" not in output
    assert files_in(tiny) == before


def assert_refused(snakemake, folder, target: str, *words: str) -> None:
    """Check that a target ends with one sentence and without an output."""
    before = files_in(folder)
    status, output = snakemake(folder, "--cores", "1", target)
    assert status != 0
    assert len(sentences(output, *words)) == 1, output
    assert "Traceback" not in output
    assert not (folder / target).exists()
    assert list(folder.rglob(".unfinished-*")) == []
    made = {path for path in files_in(folder) - before if path.parts[0] == "results"}
    assert made == set()


def assert_told(snakemake, folder, target: str, *words: str) -> dict:
    """Check that a JSON is made, and that words are told; return what is in it."""
    status, output = snakemake(folder, "--cores", "1", target)
    assert status == 0, output
    for word in words:
        assert word in output
    return json.loads((folder / target).read_text())


def test_a_damaged_satellite_is_named_with_its_line(copied, snakemake):
    path = copied / "results/tiny/skies/default/constellation.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[4] = lines[4].replace(",87.0,", ",87_0,")
    path.write_text("".join(lines))
    assert_refused(
        snakemake,
        copied,
        "results/tiny/skies/default/contacts.parquet",
        "results/tiny/skies/default/constellation.csv, line 5: INCLINATION of ",
        "'87_0', which is no number",
    )


def test_a_region_that_no_satellite_sees_is_told(copied, snakemake, edit):
    edit(
        copied / "config/studies/tiny.yaml",
        "min_elevation_deg: 25",
        "min_elevation_deg: 89.9",
    )
    told = assert_told(
        snakemake,
        copied,
        "results/tiny/plans/default/fedmeld/verdict.json",
        "data/regions/tiny.csv: Dakar",
        "no satellite above 89.9 degrees in 1 h",
        "lower the mask",
    )
    assert told["feasible"] is False
    assert "no satellite passes above its mask" in told["reason"]


def test_more_least_samples_than_there_are_is_named(copied, snakemake, edit):
    # 1347 training samples for 4 clients are 336 each.
    edit(copied / "config/studies/tiny.yaml", "min_samples: 5", "min_samples: 337")
    assert_refused(
        snakemake,
        copied,
        "results/tiny/partitions/default.parquet",
        "partition.min_samples is 337",
        "lower it",
    )


def test_a_scenario_too_short_for_an_exchange_is_told(copied, snakemake, edit):
    edit(copied / "config/studies/tiny.yaml", "round_interval: 2", "round_interval: 99")
    told = assert_told(
        snakemake,
        copied,
        "results/tiny/plans/default/fedmeld/verdict.json",
        "fedmeld is infeasible. FedMeld: no exchange around the ring fits into 1 h",
        "lengthen scenario.hours",
        "It would fit into",
    )
    assert told["feasible"] is False


def test_a_learning_rate_that_breaks_the_model_is_named(copied, snakemake, edit):
    edit(copied / "config/studies/tiny.yaml", "ing_rate: 0.2", "ing_rate: 1e6")
    edit(copied / "config/studies/tiny.yaml", "decay: 0.0", "decay: 1e6")
    assert_refused(
        snakemake,
        copied,
        "results/tiny/runs/default/fedmeld.parquet",
        "not finite",
        "lower training.learning_rate",
    )
