import copy
from itertools import product

import pytest
import yaml

from fedorbit.data.settings import load_dataset_settings
from fedorbit.plans.strategy import strategy_names
from fedorbit.report.figures.looks import load_plotting
from fedorbit.studies.cards import load_card
from fedorbit.studies.config import load_config
from fedorbit.studies.parameters import STATUSES, parameters
from fedorbit.studies.study import load_study as load


def load_study(folder, name, scale):
    return load(folder, name, scale).values


UNTOLD = ("provenance", "figures")
CONFIG = {
    "studies": ["fedmeld"],
    "scale": "quick",
    "seeds": [0, 1, 2],
    "engine": {"device": "cpu", "numerics": "fast", "checkpoint_operations": 200},
}
WEATHER = {"zenith_gas_db": 0.5, "zenith_rain_db": 2.0}
CLUTTER = {"environment": "suburban", "band": "ka", "seed": 0}


@pytest.fixture
def edit(folder):
    """Return a function that sets, or with ``...`` removes, a value of a file."""

    def change(name: str, key: str, value):
        path = folder / f"{name}.yaml"
        content = yaml.safe_load(path.read_text())
        part = content
        *above, last = key.split("/")
        for step in above:
            part = part[step]
        if value is ...:
            del part[last]
        else:
            part[last] = value
        if name.startswith("scales/") and key.split("/")[0] not in UNTOLD:
            # Each file tells where the numbers come from that it sets itself.
            content["provenance"].setdefault(key.replace("/", "."), "assumed: a test")
        path.write_text(yaml.safe_dump(content))
        return path

    return change


def leaves_of(values: dict, path: str = "") -> dict:
    found = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= leaves_of(value, f"{path}{key}.")
        else:
            found[path + key] = value
    return found


def test_a_study_may_add_weather_and_clutter_to_a_link(folder, edit):
    for name, block in (("weather", WEATHER), ("clutter", CLUTTER)):
        edit("studies/fedmeld", f"links/access_up/{name}", block)
    values = load_study(folder, "fedmeld", "quick")
    assert values["links"]["access_up"]["weather"] == WEATHER
    told = parameters(values).set_index("parameter")["value"]
    assert told["links.access_up.clutter.environment"] == "suburban"
    assert not any(key.startswith("links.access_down.clutter.") for key in told.index)


def names_in(folder) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


ROUND_INTERVAL = "strategies.fedmeld.round_interval"


def test_every_shipped_study_is_valid_at_every_shipped_scale(project):
    config = project / "config"
    pairs = list(product(names_in(config / "studies"), names_in(config / "scales")))
    assert ("fedmeld", "quick") in pairs
    for study, scale in pairs:
        values = load_study(config, study, scale)
        if values["kind"] == "learning":
            load_card(config / "cards", values["card"])
            load_dataset_settings(config / "datasets", values["dataset"])
            load_plotting(config / "plotting.yaml", list(values["strategies"]))
        for sites in {"regions", "stations"} & set(values.get("scenario", {})):
            assert (project / values["scenario"][sites]["file"]).is_file()


def test_every_strategy_has_a_look(project):
    load_plotting(project / "config" / "plotting.yaml", strategy_names())


def test_the_shipped_config_names_shipped_files(project):
    config = project / "config"
    path = config / "config.yaml"
    top = load_config(yaml.safe_load(path.read_text()), path)
    assert set(top.studies) <= set(names_in(config / "studies"))
    assert top.scale in names_in(config / "scales")


def test_every_shipped_card_is_valid(project):
    cards = project / "config" / "cards"
    for name in names_in(cards):
        card = load_card(cards, name)
        assert card.bits == card.parameters * card.bits_per_parameter


@pytest.fixture
def at_quick(edit):
    """Return a function that says what a study has at the scale quick alone."""

    def say(**values):
        own = {"quick": {**values, "provenance": "assumed: a test"}}
        return edit("studies/fedmeld", "at_scale", own)

    return say


def test_a_scale_fills_what_a_study_leaves_open(folder, edit):
    before = load_study(folder, "fedmeld", "quick")
    edit("scales/quick", "training", {"learning_rate": 0.125, "batch_size": 7})
    edit("scales/quick", "provenance", "assumed: a test")
    after = load_study(folder, "fedmeld", "quick")
    # The study's own batch size wins.
    assert after["training"] == before["training"] | {"learning_rate": 0.125}
    told = after.pop("provenance"), before.pop("provenance")
    after["training"]["learning_rate"] = before["training"]["learning_rate"]
    assert after == before
    assert told[0]["training.learning_rate"] == "assumed: a test"
    assert told[0]["training.batch_size"] == told[1]["training.batch_size"]


@pytest.mark.parametrize(
    ("key", "own"),
    [("dataset", "mnist"), ("model", {"name": "softmax"}), ("target_accuracy", 0.5)],
)
def test_the_own_value_of_a_study_wins_over_that_of_the_scale(folder, edit, key, own):
    filled = load_study(folder, "fedmeld", "quick")
    assert filled[key] != own
    edit("studies/fedmeld", key, own)
    edit("studies/fedmeld", f"provenance/{key}", "chosen: my own")
    values = load_study(folder, "fedmeld", "quick")
    assert values[key] == own
    told = {k: v for k, v in values["provenance"].items() if k.split(".")[0] == key}
    assert set(told.values()) == {"chosen: my own"}


REAL = {
    "source": "file",
    "path": "$FEDORBIT_DATA/satellites.tle",
    "select": {"name_pattern": "^STARLINK-", "altitude_km": [530, 560]},
}


def test_a_study_can_take_satellites_from_elsewhere_at_a_scale(folder, at_quick):
    # The study's provenance of the pattern's phasing then stands for nothing.
    shells = {"shells": None}
    at_quick(scenario={"constellation": REAL}, sweeps=shells, figures=shells)
    values = load_study(folder, "fedmeld", "quick")
    assert values["scenario"]["constellation"] == REAL
    assert values["scenario"]["hours"] == 12
    table = parameters(values)
    assert "scenario.constellation.select.altitude_km" in set(table["parameter"])


def test_a_sweep_must_suit_the_study_at_every_value(edit, refused, folder):
    wrong = [{ROUND_INTERVAL: [4, 0]}]
    where = "sweeps.staleness: where strategies.fedmeld.round_interval: 0"
    edit("studies/fedmeld", "sweeps/staleness/over", wrong)
    assert f"fedmeld.yaml: {where}" in refused(load_study, folder, "fedmeld", "quick")
    edit("studies/fedmeld", "sweeps/staleness/strategies", ["nobody"])
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert "fedmeld.yaml: sweeps.staleness names 'nobody'" in sentence


def test_a_study_can_deal_samples_by_another_scheme_at_a_scale(folder, at_quick):
    shards = {"scheme": "shards", "shards_per_client": 2, "min_samples": 5}
    by_speed = ("stations_and_speed", "all_by_stations_and_speed")
    swept = dict.fromkeys(
        ("mixing_region", "mixing_client", "ratios_by_region", *by_speed)
    )
    drawn = dict.fromkeys([*swept, "wins", "wins_without_isls"])
    for sweep in by_speed:
        del drawn[sweep]
    at_quick(partition=shards, sweeps=swept, figures=drawn, answer="accuracy")
    values = load_study(folder, "fedmeld", "quick")
    assert values["partition"] == shards
    assert "wins" not in values["figures"] and "topology" in values["figures"]
    at_quick(partition={"size_spread": 0.5})
    values = load_study(folder, "fedmeld", "quick")
    assert values["partition"]["scheme"] == "dirichlet"
    assert values["partition"]["size_spread"] == 0.5
    assert values["partition"]["region_concentration"] == 0.5


def test_a_study_can_change_a_part_of_the_same_source_at_a_scale(folder, at_quick):
    change = {"source": "walker", "planes": 36}
    at_quick(scenario={"constellation": change})
    constellation = load_study(folder, "fedmeld", "quick")["scenario"]["constellation"]
    assert constellation["planes"] == 36 and constellation["satellites_per_plane"] == 22


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "walkr"}, ["source is 'walkr'", "'walker', 'file' or 'celestrak'"]),
        ({"source": ...}, ["constellation.source' is missing", "'celestrak'"]),
        ({"path": ...}, ["'scenario.constellation.path' is missing; add it"]),
        ({"pth": "x"}, ["'scenario.constellation.pth'", "did you mean 'path'?"]),
        ({"planes": 3}, ["constellation.planes' is not known; known are path, select"]),
        ({"select": {"altitude": 3}}, ["select.altitude'", "mean 'altitude_km'?"]),
        ({"select": {"altitude_km": 550}}, ["select.altitude_km is 550", "list"]),
        (
            {"select": {"altitude_km": [550]}},
            ["altitude_km is [550]", "at least 2"],
        ),
        ({"select": {"altitude_km": [5, 4]}}, ["altitude_km: the band [5.0, 4.0]"]),
        ({"select": {"name_pattern": "("}}, ["name_pattern: '(' is no regular"]),
        ({"select": {"max_epoch_age_days": 0}}, ["max_epoch_age_days is 0"]),
        (
            {"source": "celestrak", "path": ..., "group": "../x"},
            ["constellation.group is '../x'"],
        ),
        (
            {"source": "celestrak", "path": ..., "group": "x", "snapshot": "new"},
            ["constellation.snapshot is 'new'"],
        ),
        (
            {"source": "celestrak", "path": ..., "group": "x", "url": "file:///x"},
            ["constellation.url is 'file:///x'"],
        ),
    ],
)
def test_a_bad_source_of_satellites_is_named(refused, folder, edit, change, words):
    source = {key: v for key, v in (REAL | change).items() if v is not ...}
    path = edit("studies/fedmeld", "scenario/constellation", source)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"mnits": {}}, ["at_scale names 'mnits'", "mnist, paper, quick"]),
        ("quick", ["at_scale is 'quick'", "name of a scale"]),
        ({"quick": 3}, ["at_scale.quick is 3", "keys that differ"]),
        ({"quick": {"kind": "orbits"}}, ["at_scale.quick has 'kind'", "at the top"]),
    ],
)
def test_what_a_study_says_of_scales_is_checked(refused, folder, edit, told, words):
    path = edit("studies/fedmeld", "at_scale", told)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


def test_a_bad_source_at_a_scale_is_blamed_on_the_study(refused, folder, at_quick):
    bad = REAL | {"select": {"altitude_km": [5, 4]}}
    path = at_quick(scenario={"constellation": bad})
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: scenario.constellation.select.altitude_km: ")


def test_the_table_of_parameters_has_a_row_for_every_value(project):
    values = load_study(project / "config", "fedmeld", "quick")
    table = parameters(values)
    wanted = copy.deepcopy(values)
    said = ("kind", "description", "method", "answer", "claims", "figures", "seeds")
    for key in ("provenance", "convex_bound", *said):
        del wanted[key]
    wanted = leaves_of(wanted)
    found = dict(zip(table["parameter"], table["value"], strict=True))
    assert found.keys() == wanted.keys()
    for key, text in found.items():
        assert text == str(wanted[key]) or yaml.safe_load(text) == wanted[key]
    assert table["parameter"].is_unique
    assert set(table["status"]) <= set(STATUSES)
    assert (table["source"].str.len() > 0).all()


def test_a_value_has_the_provenance_of_the_nearest_key_above_it(folder, edit):
    edit("studies/fedmeld", "provenance/links", "assumed: all links")
    edit("studies/fedmeld", "provenance/links.access_up", "derived: this link")
    edit("studies/fedmeld", "provenance/links.access_up.power_w", "seen: Table 2: W")
    table = parameters(load_study(folder, "fedmeld", "quick")).set_index("parameter")
    expected = {
        "links.access_up.power_w": ("seen", "Table 2: W"),
        "links.access_up.bandwidth_hz": ("derived", "this link"),
        "links.access_down.power_w": ("assumed", "all links"),
    }
    for parameter, found in expected.items():
        assert tuple(table.loc[parameter, ["status", "source"]]) == found


def test_a_study_of_orbits_has_its_own_keys_and_no_scale(folder, edit):
    before = load_study(folder, "orbits", "quick")
    assert before["kind"] == "orbits"
    assert "training" not in before
    edit("scales/quick", "target_accuracy", 0.5)
    assert load_study(folder, "orbits", "quick") == before


def test_the_ladder_stands_in_the_scenario_of_fedmeld(project):
    config = project / "config"
    orbits, fedmeld = (
        load_study(config, name, "quick")["scenario"] for name in ("orbits", "fedmeld")
    )
    # A day shows more of motion than learning needs.
    assert orbits == {key: fedmeld[key] for key in orbits} | {"hours": 24}


@pytest.mark.parametrize(
    ("study", "key", "value", "words"),
    [
        ("fedmeld", "kind", ..., ["'kind' is missing"]),
        ("fedmeld", "kind", "orbit", ["kind is 'orbit'", "learning, orbits"]),
        ("fedmeld", "kind", ["orbits"], ["kind is ['orbits']", "learning, orbits"]),
        ("fedmeld", "kind", "orbits", ["'scenario.stations' is not known"]),
        ("orbits", "kind", "learning", ["'ageing' is not known"]),
        ("orbits", "training", {}, ["'training' is not known"]),
        ("orbits", "ageing/snapshots", ["x.tle"], ["snapshots", "at least 2"]),
        ("orbits", "ageing/snapshots", ["../x", "y"], ["'../x' leads upwards"]),
        ("orbits", "ageing/altitude_km", [560, 530], ["altitude_km", "begins above"]),
        ("orbits", "coverage/masks_deg", [], ["coverage.masks_deg", "at least 1"]),
        ("orbits", "coverage/latitude_step_deg", 0, ["latitude_step_deg is 0"]),
        ("orbits", "coverage/time_step_s", 0.5, ["is 0.5", "from 1 to 31,557,600"]),
        # 86,400 / 1.0 s times 180 / 1.0 degrees
        (
            "orbits",
            "coverage",
            {"masks_deg": [10], "latitude_step_deg": 1.0, "time_step_s": 1},
            ["coverage counts satellites 15,552,000 times", "longer steps"],
        ),
        ("orbits", "comparison/give_up_s", -1, ["comparison.give_up_s is -1"]),
        ("orbits", "provenance/ageing", ..., ["ageing.hours has no provenance"]),
    ],
)
def test_a_study_is_checked_by_its_kind(
    refused, folder, edit, study, key, value, words
):
    path = edit(f"studies/{study}", key, value)
    sentence = refused(load_study, folder, study, "quick")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("scenario/hour", 24, ["'scenario.hour'", "'hours'"]),
        ("senario", {}, ["'senario'", "'scenario'"]),
        ("links/acess_up", {}, ["'links.acess_up'", "'access_up'"]),
        (
            "strategies/fedmeld/mixing_rato",
            0.5,
            ["'strategies.fedmeld.mixing_rato'", "'mixing_ratio'"],
        ),
        ("scenario/hours", ..., ["'scenario.hours' is missing"]),
        (
            "strategies/hfl/regional_rounds",
            ...,
            ["'strategies.hfl.regional_rounds'", "add"],
        ),
        ("scenario/hours", "24", ["scenario.hours is '24'", "number"]),
        ("scenario/hours", 0, ["scenario.hours is 0", "from 0.001 to 8,766"]),
        ("scenario/hours", float("inf"), ["scenario.hours is inf", "finite"]),
        ("scenario/start", "soon", ["scenario.start", "'soon' is no time"]),
        ("scenario/start", "2026-01-01T00:00:00", ["scenario.start", "no time zone"]),
        ("scenario/start", 2026, ["scenario.start", "2026 is no text"]),
        ("scenario/start", "2070-01-01T00:00:00Z", ["scenario.start", "1957 to 2056"]),
        ("scenario/constellation/altitude_km", 1, ["altitude_km is 1", "from 160 to"]),
        ("scenario/constellation/planes", 72.0, ["planes is 72.0", "whole number"]),
        ("scenario/constellation/phasing", 72, ["phasing is 72", "planes, 72"]),
        ("scenario/constellation/inclination_deg", 181, ["is 181", "from 0 to 180"]),
        ("scenario/constellation/pattern", "rose", ["'rose'", "'delta' or 'star'"]),
        ("scenario/regions/file", "é" * 128, ["regions.file: 'é", "255 bytes"]),
        ("scenario/regions/min_elevation_deg", 90, ["is 90", "from 0 to 89.9"]),
        ("scenario/regions/min_elevation_deg", -1, ["is -1", "from 0 to 89.9"]),
        ("links/access_up/carrier_hz", "12 GHz", ["is '12 GHz'", "a number"]),
        (
            "links/access_up/attenuation_db",
            5,
            ["attenuation_db is 5", "from -300 to 0"],
        ),
        ("links/access_up/weather", {"zenith_gas_db": 0}, ["zenith_rain_db' is miss"]),
        (
            "links/access_up/weather",
            WEATHER | {"zenith_rain_db": -1},
            ["links.access_up.weather.zenith_rain_db is -1", "from 0 to 300"],
        ),
        (
            "links/access_up/weather",
            WEATHER | {"zenith_rain": 2},
            ["'links.access_up.weather.zenith_rain'", "'zenith_rain_db'"],
        ),
        (
            "links/access_up/clutter",
            CLUTTER | {"environment": "forest"},
            ["'forest'", "'suburban' or 'rural'"],
        ),
        (
            "links/feeder_up/clutter",
            CLUTTER | {"band": "ku"},
            ["links.feeder_up.clutter.band is 'ku'", "'s' or 'ka'"],
        ),
        ("links/isl_optical/efficiency", 1.5, ["efficiency is 1.5", "to 1"]),
        ("links/isl_radio", ..., ["'links.isl_radio' is missing"]),
        ("links/access_up/gain_db", float("nan"), ["gain_db is nan", "finite"]),
        ("clients/per_region", 0, ["per_region is 0", "from 1 to 100,000"]),
        ("training/batch_size", 1.5, ["batch_size is 1.5", "whole number"]),
        ("training/learning_rate", -1, ["learning_rate is -1", "from 1e-12 to"]),
        ("partition/min_samples", 0, ["min_samples is 0", "from 1 to"]),
        (
            "partition/scheme",
            "pathological",
            ["scheme is 'pathological'", "'shards', 'geography' or 'domains'"],
        ),
        ("partition/scheme", ..., ["'partition.scheme' is missing", "'geography'"]),
        ("partition/scheme", "shards", ["'partition.", "is not known; known are"]),
        ("partition/shards_per_client", 2, ["'partition.shards_per_client'", "known"]),
        ("partition/size_spread", -0.5, ["size_spread is -0.5", "from 0 to 10"]),
        ("partition/region_concentration", 0, ["region_concentration is 0", "1e-06"]),
        (
            "evaluation/interval_rounds",
            "7",
            ["evaluation.interval_rounds is '7'", "whole number"],
        ),
        ("training/momentum", 1, ["training.momentum is 1", "less than 1"]),
        ("training/schedule/name", "linear", ["'linear'", "'inverse' or 'cosine'"]),
        ("training/precision", "half", ["precision is 'half'", "'bfloat16'"]),
        ("strategies/fedmeld/mixing_ratio", 1.5, ["mixing_ratio is 1.5", "0 to 1"]),
        ("strategies/fedmeld/variant", "odd", ["variant is 'odd'", "'interval'"]),
        ("strategies/fedmeld/topology", "tree", ["topology is 'tree'", "'chain'"]),
        ("strategies/fedmeld/topology", "grid", ["is 'grid'", "needs grid_columns"]),
        ("strategies/fedmeld/grid_columns", 3, ["is 3", "'ring'", "others have none"]),
        ("strategies/fedmeld/grid_columns", 0, ["grid_columns is 0", "from 1 to"]),
        ("strategies/hfl/regional_rounds", 0, ["regional_rounds is 0", "from 1 to"]),
        ("strategies/fedmelt", {}, ["'strategies.fedmelt'", "mean 'fedmeld'?"]),
        (
            "strategies/mine",
            {},
            ["'strategies.mine' is not", "onboard, oracle_sync"],
        ),
        ("perturbation/ages_days", [], ["ages_days is []", "at least 1"]),
        ("perturbation/ages_days", [7, 7], ["ages_days are [7", "name each once"]),
        ("perturbation/drift/seed", ..., ["'perturbation.drift.seed' is missing"]),
        ("strategies/fedmeld", ..., ["flies plans of fedmeld", "leave perturbation"]),
        ("strategies/hfl", ..., ["are stations of hfl", "leave candidate_stations"]),
        ("draws/strategies", ["none"], ["draws names none", "strategies.none"]),
        ("candidate_stations", ..., ["which is not given", "leave draws out"]),
        ("draws/skies", 1, ["draws.skies is 1", "from 2 to"]),
        ("availability/strategies", ["none"], ["names none", "strategies.none"]),
        ("availability/step_deg", 1, ["availability.step_deg is 1", "from 5 to 60"]),
        ("strategies", {}, ["strategies is {}", "at least 1"]),
        ("strategies", [], ["strategies is []", "keys with values"]),
    ],
)
def test_a_bad_value_of_a_study_is_named_with_its_file_and_remedy(
    refused, folder, edit, key, value, words
):
    path = edit("studies/fedmeld", key, value)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("mdel", {}, ["'mdel'", "'model'"]),
        ("model/hiden", 3, ["'model.hiden'", "'hidden'"]),
        ("model/hidden", 0, ["model.hidden is 0", "from 1 to"]),
        ("model/name", "lstm", ["model.name is 'lstm'", "'mlp'", "'softmax'"]),
        ("model/name", "softmax", ["'model.hidden'", "not known"]),
        (
            "model",
            {"name": "quadratic", "strong_convexity": 1.0, "smoothness": 2.0},
            ["model.name is 'quadratic'", "no accuracy"],
        ),
        ("card", 18, ["card is 18", "a text"]),
        ("dataset", "../digits", ["dataset is '../digits'", "a name of"]),
        ("provenance/modl", "assumed: it", ["'modl'", "correct or remove"]),
        ("provenance/model", "guessed: it", ["'guessed: it'", "assumed"]),
        ("strategies", {}, ["no 'strategies'", "below at_scale.quick"]),
        ("sweeps", None, ["no 'sweeps'", "below at_scale.quick"]),
    ],
)
def test_a_bad_value_of_a_scale_is_blamed_on_the_scale(
    refused, folder, edit, key, value, words
):
    path = edit("scales/quick", key, value)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


def test_a_bad_value_that_a_scale_leaves_alone_is_blamed_on_the_study(
    refused, folder, edit
):
    edit("scales/quick", "training", {"learning_rate": 0.1})
    path = edit("studies/fedmeld", "training/batch_size", 0)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: training.batch_size is 0")


def test_a_value_without_provenance_is_named(refused, folder, edit):
    path = edit("studies/fedmeld", "provenance/evaluation", ...)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    without = "evaluation.interval_rounds, evaluation.samples have no provenance"
    assert sentence.startswith(f"{path}: {without}; add it")
    for status in STATUSES:
        assert status in sentence


@pytest.mark.parametrize("text", ["guessed: it", "assumed", "seen in Table 2", ""])
def test_provenance_begins_with_a_known_status(refused, folder, edit, text):
    path = edit("studies/fedmeld", "provenance/clients", text)
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: provenance of clients is {text!r}; ")
    for status in STATUSES:
        assert status in sentence


def test_provenance_of_no_key_is_named(refused, folder, edit):
    path = edit("studies/fedmeld", "provenance/client", "assumed: it")
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: provenance names 'client'")


@pytest.mark.parametrize(
    ("study", "scale", "missing"),
    [
        ("fedmelt", "quick", "studies/fedmelt.yaml"),
        ("fedmeld", "qick", "scales/qick.yaml"),
    ],
)
def test_a_missing_study_or_scale_is_named_with_those_that_there_are(
    refused, folder, study, scale, missing
):
    sentence = refused(load_study, folder, study, scale)
    assert sentence.startswith(f"{folder / missing}: there is no such file; ")
    for name in names_in((folder / missing).parent):
        assert name in sentence


def test_a_missing_card_is_named_with_those_that_there_are(refused, folder):
    sentence = refused(load_card, folder / "cards", "resnet19")
    assert sentence.startswith(f"{folder / 'cards' / 'resnet19.yaml'}: ")
    assert "resnet18" in sentence


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("parameters", -1, ["parameters is -1", "from 1 to"]),
        ("bits_per_parameter", 32.5, ["bits_per_parameter is 32.5", "whole number"]),
        ("paramters", 1, ["'paramters'", "'parameters'"]),
        ("model", ..., ["'model' is missing"]),
        (
            "parts",
            {"head": {"parameters": 10**9, "training_flop_per_sample": 1.0}},
            ["parts have 1000000000 parameters", "correct them"],
        ),
        ("parts", {"head": {"parameters": 5}}, ["'parts.head.training_flop_per"]),
    ],
)
def test_a_bad_card_is_named_with_its_file_and_remedy(
    refused, folder, edit, key, value, words
):
    path = edit("cards/resnet18", key, value)
    sentence = refused(load_card, folder / "cards", "resnet18")
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


def test_the_bits_of_a_card_are_those_of_all_parameters(folder, edit):
    edit("cards/resnet18", "parameters", 1000)
    edit("cards/resnet18", "bits_per_parameter", 16)
    assert load_card(folder / "cards", "resnet18").bits == 16000.0


def test_keys_that_are_missing_anywhere_in_a_study_are_named_together(
    refused, folder, edit
):
    for key in ("scenario/hours", "partition/scheme", "strategies/hfl/regional_rounds"):
        path = edit("studies/fedmeld", key, ...)
    assert refused(load_study, folder, "fedmeld", "quick") == (
        f"{path}: the keys 'scenario.hours', 'strategies.hfl.regional_rounds' and "
        "'partition.scheme' ('iid', 'dirichlet', 'shards', 'geography' or 'domains') "
        "are missing; add them."
    )


@pytest.mark.parametrize(
    ("sweeps", "side", "cells"), [(1, 1000, "1,000,000"), (2, 60, "7,200")]
)
def test_sweeps_of_very_many_cells_are_refused_before_any_is_tried(
    refused, folder, edit, sweeps, side, cells
):
    axes = [
        {"scenario.hours": list(range(1, side + 1))},
        {"training.batch_size": list(range(1, side + 1))},
    ]
    sweep = {"strategies": ["hfl"], "over": axes}
    path = edit("studies/fedmeld", "sweeps", {f"x{n}": sweep for n in range(sweeps)})
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}: sweeps: the axes multiply to {cells} cells")


@pytest.mark.parametrize("name", ["studies/fedmeld", "scales/quick"])
def test_bad_yaml_is_blamed_on_its_file_and_line(refused, folder, name):
    path = folder / f"{name}.yaml"
    text = path.read_text()
    path.write_text(text + "]\n")
    line = text.count("\n") + 1
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert sentence.startswith(f"{path}, line {line}: not valid YAML")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"scal": "quick"}, ["'scal'", "'scale'"]),
        ({"scale": 1}, ["scale is 1", "a text"]),
        ({"seeds": [True]}, ["seeds.0 is True", "whole number"]),
        ({"seeds": ["1"]}, ["seeds.0 is '1'", "whole number"]),
        ({"studies": "fedmeld"}, ["studies is 'fedmeld'", "list"]),
        ({"studies": []}, ["studies is []", "at least 1"]),
        ({"studies": ["fedmeld", "fedmeld"]}, ["studies", "twice"]),
        ({"seeds": []}, ["seeds is []", "at least 1"]),
        ({"seeds": [0, 1, -1]}, ["seeds.2 is -1", "from 0 to 4,294,967,295"]),
        ({"seeds": [0, 1, 0.5]}, ["seeds.2 is 0.5", "whole number"]),
        ({"seeds": 3}, ["seeds is 3", "list"]),
        ({"seeds": [0, 1, 1]}, ["seeds", "twice"]),
    ],
)
def test_a_bad_top_level_value_is_named_with_its_remedy(refused, values, words):
    sentence = refused(load_config, CONFIG | values, "config.yaml")
    assert sentence.startswith("config.yaml: ")
    for word in words:
        assert word in sentence


def test_a_missing_top_level_key_is_named(refused):
    values = {key: value for key, value in CONFIG.items() if key != "scale"}
    sentence = refused(load_config, values, "config.yaml")
    assert sentence == "config.yaml: the key 'scale' is missing; add it."


def test_a_strategy_without_a_colour_is_named(refused, folder, edit):
    path = edit("plotting", "strategies/hfl", ...)
    sentence = refused(load_plotting, path, ["fedmeld", "hfl"])
    assert sentence.startswith(f"{path}: strategy 'hfl' has no colour; add it")
    assert load_plotting(path, ["fedmeld"])


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("timeline_hour", 3, ["'timeline_hour'", "'timeline_hours'"]),
        ("timeline_hours", 0, ["timeline_hours is 0", "from 0.01 to"]),
        ("strategies/hfl/color", "red", ["strategies.hfl.color is 'red'", "#"]),
        ("strategies/hfl/color", ..., ["'strategies.hfl.color' is missing"]),
        ("strategies/hfl/colr", "#000000", ["'strategies.hfl.colr'", "'color'"]),
        ("strategies/hfl/linestyle", "wavy", ["hfl.linestyle", "'wavy'"]),
        ("strategies/hfl/linestyle", 5, ["strategies.hfl.linestyle", "is 5"]),
        ("strategies/hfl/marker", ..., ["'strategies.hfl.marker' is missing"]),
        ("strategies/hfl/marker", "x", ["strategies.hfl.marker is 'x'"]),
    ],
)
def test_a_bad_look_is_named_with_its_remedy(refused, edit, key, value, words):
    path = edit("plotting", key, value)
    sentence = refused(load_plotting, path, ["fedmeld", "hfl"])
    assert sentence.startswith(f"{path}: ")
    for word in words:
        assert word in sentence


def test_the_figure_with_the_answer_comes_first(project):
    study = load(project / "config", "fedmeld", "quick")
    assert study.figures()[:2] == ["wins", "accuracy"]
    assert {"printed/wins.pdf", "printed/wins.png"} < set(study.lasting())
    assert "printed/claims.tex" in study.lasting()
    orbits = load(project / "config", "orbits", "quick")
    assert orbits.figures()[0] == "ladder"


def test_an_answer_that_is_not_drawn_is_refused(folder, edit, refused):
    edit("studies/fedmeld", "answer", "winners")
    sentence = refused(load_study, folder, "fedmeld", "quick")
    assert "fedmeld.yaml: answer is 'winners'" in sentence
    assert "accuracy, costs" in sentence


def test_parameters_that_hold_keys_are_yaml_and_no_python():
    values = {
        "rows": [{"study": "a", "bound": None}, {"study": "b", "bound": "c"}],
        "seeds_of": [0, 1],
        "provenance": {"rows": "chosen: by hand", "seeds_of": "chosen: by hand"},
    }
    found = parameters(values).set_index("parameter")["value"]
    assert found["rows"] == "[{study: a, bound: null}, {study: b, bound: c}]"
    assert found["seeds_of"] == "[0, 1]"
