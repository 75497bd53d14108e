import pytest

from fedorbit.studies.axes import Sweep
from fedorbit.studies.stages import STAGES
from fedorbit.studies.sweeps import expand as expand_by_stages

BASE = {
    "scenario": {
        "hours": 24,
        "constellation": {"source": "walker"},
        "regions": {"file": "data/regions/ring.csv"},
        "stations": {"file": "data/stations/one.csv"},
    },
    "clients": {"per_region": 10},
    "partition": {"scheme": "dirichlet", "region_concentration": 0.5},
    "strategies": {
        "fedmeld": {"variant": "interval", "round_interval": 8, "mixing_ratio": 0.5},
        "hfl": {"regional_rounds": 8},
    },
}
RATIO = "strategies.fedmeld.mixing_ratio"
CONCENTRATION = "partition.region_concentration"
HOURS = "scenario.hours"
STATIONS = "scenario.stations.file"


OPTIMAL = {
    "variant": "interval",
    "rounds": None,
    "strong_convexity": 0.1,
    "smoothness": 1.0,
    "pilot": {
        "rounds": 2,
        "cells": [{"round_interval": 1, "mixing_ratio": 0.1}] * 3,
    },
}


def expand(base, sweeps):
    stages = ("constellation", "contacts", "homes", "partition", "plan", "run")
    assert set(stages) < set(STAGES)
    return expand_by_stages(base, sweeps, stages)


def sweep(*over, strategies=("fedmeld",)):
    return Sweep(strategies=list(strategies), over=list(over))


def runs_of(expansion, name):
    cells = expansion.cells[expansion.cells["sweep"] == name]
    return list(zip(cells["strategy"], cells["setting"], strict=True))


def test_axes_are_multiplied_and_what_is_the_study_s_own_is_default():
    made = expand(BASE, {"a": sweep({CONCENTRATION: [0.5, 1.0]}, {RATIO: [0.1, 0.5]})})
    assert runs_of(made, "a") == [
        ("fedmeld", "mixing_ratio=0.1"),
        ("fedmeld", "default"),
        ("fedmeld", "region_concentration=1,mixing_ratio=0.1"),
        ("fedmeld", "region_concentration=1"),
    ]
    assert made.cells["cell"].tolist() == [0, 1, 2, 3]
    assert made.cells[RATIO].tolist() == [0.1, 0.5, 0.1, 0.5]
    values = made.values("region_concentration=1,mixing_ratio=0.1")
    assert values["partition"] == {"scheme": "dirichlet", "region_concentration": 1.0}
    assert values["strategies"]["fedmeld"] == {
        "variant": "interval",
        "round_interval": 8,
        "mixing_ratio": 0.1,
    }
    assert BASE["strategies"]["fedmeld"]["mixing_ratio"] == 0.5


def test_keys_of_one_axis_vary_together():
    both = {HOURS: [6, 12], RATIO: [0.1, 0.9]}
    made = expand(BASE, {"a": sweep(both)})
    assert runs_of(made, "a") == [
        ("fedmeld", "hours=6,mixing_ratio=0.1"),
        ("fedmeld", "hours=12,mixing_ratio=0.9"),
    ]


def test_what_two_sweeps_name_is_run_once():
    sweeps = {
        "a": sweep({RATIO: [0.1, 0.5]}),
        "b": sweep({RATIO: [0.1]}, {CONCENTRATION: [0.5, 1.0]}),
    }
    made = expand(BASE, sweeps)
    assert made.runs == [
        ("fedmeld", "default"),
        ("hfl", "default"),
        ("fedmeld", "mixing_ratio=0.1"),
        ("fedmeld", "region_concentration=1,mixing_ratio=0.1"),
    ]
    assert runs_of(made, "b")[0] == runs_of(made, "a")[0]


def test_results_depend_on_no_more_than_they_need():
    """HFL knows no mixing ratio, FedMeld no station, a plan no partition."""
    over = {RATIO: [0.1]}, {STATIONS: ["data/stations/two.csv"]}, {CONCENTRATION: [1.0]}
    made = expand(BASE, {"a": sweep(*over, strategies=["fedmeld", "hfl"])})
    meld, hfl = made.cells["setting"]
    assert meld == "region_concentration=1,mixing_ratio=0.1"
    assert hfl == "region_concentration=1,stations=two"
    assert made.at(meld, "plan", "fedmeld") == "mixing_ratio=0.1"
    assert made.at(hfl, "plan", "hfl") == "stations=two"
    assert made.at(meld, "contacts") == "default"
    assert made.at(hfl, "contacts") == "stations=two"
    assert made.at(hfl, "constellation") == "default"
    assert made.at(meld, "partition") == "region_concentration=1"


def test_keys_with_the_same_last_part_are_told_in_full():
    keys = {"scenario.hours": [1], "clients.hours": [2]}
    base = BASE | {"clients": {"per_region": 10, "hours": 5}}
    made = expand(base, {"a": sweep(keys)})
    assert runs_of(made, "a") == [("fedmeld", "clients.hours=2,scenario.hours=1")]


def test_values_that_are_sections_and_none_have_names():
    keys = {"scenario.constellation": [{"source": "file", "path": "a"}]}
    none = {"clients.participants_per_round": [None, 2]}
    made = expand(BASE, {"a": sweep(keys, none)})
    assert [setting for _, setting in runs_of(made, "a")] == [
        "constellation=file-a",
        "participants_per_round=2,constellation=file-a",
    ]
    assert made.cells["scenario.constellation"].tolist() == ["file-a", "file-a"]


@pytest.mark.parametrize(
    ("swept", "words"),
    [
        (sweep({"clients.number.deep": [1]}), "'clients.number.deep'"),
        (sweep({RATIO: [0.1]}, strategies=["pfl"]), "'pfl'"),
        (sweep({RATIO: [0.1234567, 0.1234568]}), "two settings of the name"),
        (sweep({"partition.scheme": ["a b"]}), "no folder"),
        (sweep({"partition": [{"scheme": "iid"}]}), "'partition' as a whole"),
        (sweep({"provenance": [{}]}), "'provenance'"),
        (sweep({"strategies.hfl.regional_rounds": [2]}), "hfl is not among"),
    ],
)
def test_what_the_study_does_not_have_is_said(swept, words, refused):
    assert words in refused(expand, BASE, {"a": swept})


def test_a_plan_that_learns_first_depends_on_all_that_a_run_does():
    base = BASE | {"strategies": {"fedmeld_optimal": OPTIMAL}}
    over = sweep({CONCENTRATION: [1.0]}, strategies=["fedmeld_optimal"])
    made = expand(base, {"a": over})
    (setting,) = made.cells["setting"]
    assert made.at(setting, "plan", "fedmeld_optimal") == setting != "default"


def test_axes_must_be_rectangular():
    with pytest.raises(ValueError, match="as many values"):
        sweep({RATIO: [0.1, 0.2], HOURS: [1]})
    with pytest.raises(ValueError, match="two axes"):
        sweep({RATIO: [0.1]}, {RATIO: [0.2]})
