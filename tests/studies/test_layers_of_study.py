"""What a study takes from what it extends, and where its numbers come from."""

import pytest
import yaml

from fedorbit.studies.study import load_study

MINE = """
extends: fedmeld
description: Two regions of my own
scenario:
  hours: 3
  constellation: {source: walker, pattern: star, planes: 18, satellites_per_plane: 36,
    phasing: 1, altitude_km: 1200, inclination_deg: 88}
strategies:
  fedmeld: {round_interval: 2}
  pfl: {}
sweeps:
  ratio:
    strategies: [fedmeld]
    over: [{strategies.fedmeld.mixing_ratio: [0.1, 0.5]}]
provenance: "chosen: my own study"
"""


@pytest.fixture
def write(folder):
    """Return a function that writes a study and loads it at the scale quick."""

    def study(text: str, name: str = "mine"):
        (folder / "studies" / f"{name}.yaml").write_text(text)
        return load_study(folder, "mine", "quick")

    return study


def test_a_study_says_what_differs_and_nothing_else(write, folder):
    values = write(MINE).values
    base = load_study(folder, "fedmeld", "quick").values
    assert values["kind"] == "learning" and values["description"] != base["description"]
    # The strategies that it names take part, with the settings that it does not name.
    own = base["strategies"]["fedmeld"] | {"round_interval": 2}
    assert values["strategies"] == {"fedmeld": own, "pfl": base["strategies"]["pfl"]}
    # Sweeps, figures and claims of the other study are that study's alone.
    assert list(values["sweeps"]) == ["ratio"]
    assert not values.get("figures") and "claims" not in values
    # Another pattern of the same source keeps what it does not say.
    assert values["scenario"]["constellation"]["altitude_km"] == 1200
    assert values["scenario"]["regions"] == base["scenario"]["regions"]
    for part in ("links", "clients", "partition", "training", "evaluation"):
        assert values[part] == base[part]


def test_each_file_tells_of_its_own_values(write, folder):
    told = write(MINE).values["provenance"]
    base = load_study(folder, "fedmeld", "quick").values["provenance"]
    assert told["scenario.hours"] == "chosen: my own study" != base["scenario.hours"]
    assert told["strategies.fedmeld.round_interval"] == "chosen: my own study"
    for key in ("strategies.fedmeld.mixing_ratio", "links.isl_radio.power_w", "card"):
        assert told[key] == base[key]


def test_a_study_is_asked_for_provenance_of_what_it_sets(write, folder, refused):
    without = MINE.replace('provenance: "chosen: my own study"', "")
    path = folder / "studies" / "mine.yaml"
    sentence = refused(write, without)
    assert sentence.startswith(f"{path}: scenario.hours, ")
    assert "have no provenance; add it" in sentence
    assert "chosen" in sentence
    sentence = refused(write, MINE.replace("chosen: my", "mine: my"))
    assert sentence.startswith(f"{path}: provenance of all is 'mine: my own study'")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("extends: fedmelt\n", ["extends is 'fedmelt'", "fedmeld"]),
        ("extends: ../studies/fedmeld\n", ["extends is '../studies/fedmeld'"]),
        ("extends: [fedmeld]\n", ["extends is ['fedmeld']"]),
        ("extends: other\n", ["extends leads back to"]),
    ],
)
def test_what_cannot_be_extended_is_named(write, folder, refused, text, words):
    (folder / "studies" / "other.yaml").write_text("extends: mine\n")
    sentence = refused(write, text)
    for word in words:
        assert word in sentence


def test_what_no_study_takes_from_another_is_missing_in_its_own_file(
    write, folder, refused
):
    sentence = refused(write, "extends: fedmeld\n")
    path = folder / "studies" / "mine.yaml"
    assert sentence == f"{path}: the key 'description' is missing; add it."


def test_a_study_of_plans_drops_what_only_learning_needs(write):
    study = write(MINE.replace("extends", "kind: planning\nextends"))
    assert set(study.values["training"]) == {"local_steps", "batch_size"}
    assert "model" not in study.values and "dataset" not in study.values
    assert ("fedmeld", "mixing_ratio=0.1") in study.runs
    lasting = study.lasting()
    assert "plans/mixing_ratio=0.1/fedmeld/ops.parquet" in lasting
    assert not any(path.startswith("runs/") for path in lasting)
    assert "tables/metrics.csv" in lasting and "rounds.csv" not in lasting


def test_a_key_that_no_kind_knows_is_refused(write, refused):
    sentence = refused(write, MINE.replace("extends", "sede: 3\nextends"))
    assert "'sede'" in sentence


def test_a_strategy_that_needs_stations_asks_for_them(write, refused, folder):
    base = yaml.safe_load((folder / "studies" / "fedmeld.yaml").read_text())
    del base["scenario"]["stations"], base["provenance"]["scenario.stations"]
    base["sweeps"] = {}
    (folder / "studies" / "fedmeld.yaml").write_text(yaml.safe_dump(base))
    assert write(MINE).values["scenario"].get("stations") is None
    sentence = refused(write, MINE.replace("pfl: {}", "hfl: {}"))
    assert "'scenario.stations' is missing, but hfl needs ground stations" in sentence
    # Parallel FL needs one only for an average at the end.
    sentence = refused(write, MINE.replace("pfl: {}", "pfl: {average: last}"))
    assert "pfl needs ground stations" in sentence


def test_results_of_a_scale_have_a_folder_of_their_own(folder):
    assert load_study(folder, "fedmeld", "quick").name == "fedmeld"
    assert load_study(folder, "fedmeld", "mnist").name == "fedmeld-mnist"
    assert load_study(folder, "orbits", "mnist").name == "orbits"


def test_the_studies_of_the_documents_are_short_and_right(project, folder):
    text = (project / "docs" / "studies.md").read_text()
    blocks = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    study, planning = (block for block in blocks if block.startswith("extends: "))
    at_scale = next(block for block in blocks if block.startswith("at_scale:"))
    assert len(study.splitlines()) <= 40
    (folder / "studies" / "mine.yaml").write_text(study)
    mine = load_study(folder, "mine", "quick")
    assert len(mine.values["strategies"]) == 3
    assert mine.values["scenario"]["constellation"]["pattern"] == "star"
    assert mine.values["scenario"]["regions"]["file"] == "data/regions/mine.csv"
    assert ("fedmeld", "mixing_ratio=0.1") in mine.runs
    (folder / "studies" / "mine.yaml").write_text(planning)
    mine = load_study(folder, "mine", "quick")
    base = load_study(folder, "fedmeld", "quick").values
    assert mine.values["strategies"] == {
        name: base["strategies"][name] for name in ("fedmeld", "hfl")
    }
    assert ("hfl", "min_elevation_deg=30") in mine.runs
    (folder / "studies" / "mine.yaml").write_text(study + at_scale)
    mine = load_study(folder, "mine", "mnist").values
    assert mine["scenario"]["hours"] == 6 and "sweeps" not in mine


def test_what_learns_before_it_plans_has_no_place_among_plans(write, refused):
    sentence = refused(
        write, "kind: planning\nextends: fedmeld\ndescription: all\nprovenance: {}"
    )
    assert "strategies.fedmeld_optimal plans with pilots that learn" in sentence
    assert "mine.yaml: " in sentence
    assert sentence.endswith("name other strategies under 'strategies'.")


@pytest.mark.parametrize("given", ["[chosen]", "3", "null"])
def test_a_provenance_that_is_no_sentence_is_refused(write, refused, given):
    sentence = refused(write, MINE.replace('"chosen: my own study"', given))
    assert "provenance is " in sentence and "one sentence" in sentence


def test_a_misspelt_extends_is_named(write, refused):
    sentence = refused(write, MINE.replace("extends", "extend"))
    assert sentence.endswith("the key 'extend' is unknown; did you mean 'extends'?")


def test_what_a_study_says_of_itself_wins_at_every_scale(write, folder):
    write(MINE)
    mine = load_study(folder, "mine", "mnist").values
    # Not the real satellites that the extended study has at this scale.
    assert mine["scenario"]["constellation"]["altitude_km"] == 1200
    assert mine["scenario"]["hours"] == 3
    assert list(mine["sweeps"]) == ["ratio"]
    # What both leave open is filled by the scale.
    assert mine["dataset"] == "mnist" and mine["training"]["learning_rate"] == 0.05
    assert mine["clients"]["participants_per_round"] == 5


def test_a_study_may_say_itself_what_differs_at_a_scale(write, folder):
    write(f"{MINE}\nat_scale: {{mnist: {{scenario: {{hours: 1}}, sweeps: null}}}}")
    quick, mnist = (load_study(folder, "mine", s).values for s in ("quick", "mnist"))
    assert quick["scenario"]["hours"] == 3 and mnist["scenario"]["hours"] == 1
    assert list(quick["sweeps"]) == ["ratio"] and "sweeps" not in mnist


def test_what_is_left_out_at_a_scale_is_there_for_who_names_it(write, folder):
    base = load_study(folder, "fedmeld", "quick").values
    write(MINE.replace("  ratio:\n", "  staleness: {}\n  ratio:\n"))
    mine = load_study(folder, "mine", "mnist").values
    assert mine["sweeps"]["staleness"] == base["sweeps"]["staleness"]


def test_a_pattern_is_filled_from_the_pattern_and_not_from_a_file(write, folder):
    write("""
extends: fedmeld
description: Fewer planes
scenario: {constellation: {source: walker, planes: 36}}
provenance: "chosen: my own study"
""")
    mine = load_study(folder, "mine", "mnist").values["scenario"]["constellation"]
    assert (mine["planes"], mine["satellites_per_plane"]) == (36, 22)


def test_a_strategy_can_be_left_out_at_a_scale(write, folder):
    write(f"{MINE}\nat_scale: {{mnist: {{strategies: {{pfl: null}}}}}}")
    quick, mnist = (load_study(folder, "mine", s).values for s in ("quick", "mnist"))
    assert set(quick["strategies"]) == {"fedmeld", "pfl"}
    assert set(mnist["strategies"]) == {"fedmeld"}


def test_a_misspelt_key_of_another_scale_is_told(write, refused):
    text = f"{MINE}\nat_scale: {{mnist: {{scenari: {{hours: 1}}}}}}"
    sentence = refused(write, text)
    assert "mine.yaml: at_scale.mnist has 'scenari', which no study has" in sentence
