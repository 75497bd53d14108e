"""Recipes of docs/: a strategy is a file and a look, a model a file, a sweep a line."""

import os

import pandas as pd
import yaml
from tests.tiny import write_yaml

# Regions learn alone and get a fresh start from the first model at every cycle's end.
STRATEGY = '''"""Forgetful learning: every few rounds all regions start anew."""

from functools import partial

from pydantic import PositiveInt

from fedorbit.plans import names
from fedorbit.plans.moves.cycles import plan_cycles
from fedorbit.plans.moves.regional import add_evaluations, add_ordinary_rounds
from fedorbit.base.settings import Settings
from fedorbit.plans.strategy import Strategy


class Forgetful(Settings):
    """The settings of forgetful learning."""

    rounds: PositiveInt
    """Rounds from one start to the next."""


def plan_forgetful(scene, settings):
    """Return the plan of forgetful learning."""
    return plan_cycles(
        scene, settings.rounds, partial(_add_cycle, scene), "forgetful: no cycle fits."
    )


def _add_cycle(scene, plan, holders, numbers):
    after, ready_s = {}, {}
    for region, holder in holders.items():
        after[region], ready_s[region] = add_ordinary_rounds(
            scene, plan, region, holder, numbers
        )
        if after[region] is None:
            return None
    add_evaluations(scene, plan, ready_s)
    for region, holder in after.items():
        now_s = (holder.ready_s, holder.ready_s)
        plan.mix(names.region(region), {names.INITIAL: 1.0}, now_s, numbers[-1])
    return after


STRATEGY = Strategy(Forgetful, plan_forgetful)
'''
LOOK = {"label": "Forgetful", "color": "#CC79A7", "linestyle": [2, 7], "marker": "o"}


MODEL = '''"""A perceptron with eight hidden units."""

import math
from typing import Literal

from fedorbit.base.settings import Settings
from fedorbit.learn.model import Model


class Narrow(Settings):
    """It has no numbers of its own."""

    name: Literal["narrow"]
    """Which model."""


def build(settings, shape, classes):
    """Return the network."""
    from fedorbit.learn.networks.layers import Layers

    return Layers([math.prod(shape), 8, classes])


MODEL = Model(Narrow, build)
'''
ROUNDS = "strategies.forgetful.rounds"


def test_a_new_strategy_model_and_sweep_come_out_in_figures(
    copied, snakemake, monkeypatch
):
    library = copied / "src" / "fedorbit"
    assert len(STRATEGY.splitlines()) < 60 and len(MODEL.splitlines()) < 30
    forgetful = library / "plans" / "strategies" / "forgetful.py"
    forgetful.write_text(STRATEGY)
    narrow = library / "learn" / "models" / "narrow.py"
    narrow.write_text(MODEL)
    path = copied / "config" / "plotting.yaml"
    looks = yaml.safe_load(path.read_text())
    looks["strategies"]["forgetful"] = LOOK
    write_yaml(path, looks)
    path = copied / "config" / "scales" / "quick.yaml"
    write_yaml(path, yaml.safe_load(path.read_text()) | {"model": {"name": "narrow"}})
    path = copied / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    study["strategies"] = {"forgetful": {"rounds": 4}}
    over = [{ROUNDS: [2, 4]}]
    study["sweeps"] = {"often": {"strategies": ["forgetful"], "over": over}}
    study["figures"] = {"often": {"x": ROUNDS, "y": ["accuracy", "idle_share"]}}
    study["provenance"] = "chosen: for a test"
    write_yaml(path, study)

    monkeypatch.setenv("PYTHONPATH", f"{copied / 'src'}{os.pathsep}")
    figures = [f"results/tiny/figures/{name}.svg" for name in ("accuracy", "often")]
    status, output = snakemake(copied, "--cores", "2", *figures)
    assert status == 0, output
    for figure in figures:
        assert LOOK["label"] in (copied / figure).read_text()
    assert "narrow on digits" in (copied / figures[0]).read_text()
    rounds = pd.read_csv(copied / "results" / "tiny" / "rounds.csv")
    own = rounds[rounds["strategy"] == "forgetful"]
    assert set(own["setting"]) == {"default", "rounds=2"}
    # Evaluated every other round; four rounds are a cycle.
    assert set(own["round"]) >= {0, 2, 4, 6}
    assert own["bits_carried"].max() == own["bits_feeder"].max() == 0
    # Both are inputs of the rules that use them, as those that the project has.
    narrow.write_text(MODEL + "# edited\n")
    pending = snakemake.pending(copied)
    assert "runs/default/forgetful.parquet" in pending
    assert not any(path.startswith("plans/") for path in pending)
    forgetful.write_text(STRATEGY + "# edited\n")
    assert "plans/default/forgetful/ops.parquet" in snakemake.pending(copied)
