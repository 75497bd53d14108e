"""The recipe of docs/strategies.md: a new strategy is one file and a look."""

import os

import pandas as pd
import yaml

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
LOOK = {"label": "Forgetful", "color": "#CC79A7", "linestyle": [2, 7]}


def test_a_new_strategy_of_one_short_file_comes_out_in_the_figure(
    make_tiny, snakemake, tmp_path, monkeypatch
):
    folder = make_tiny(tmp_path)
    plans = folder / "src" / "fedorbit" / "plans" / "strategies"
    assert len(STRATEGY.splitlines()) < 60
    (plans / "forgetful.py").write_text(STRATEGY)
    path = folder / "config" / "plotting.yaml"
    looks = yaml.safe_load(path.read_text())
    looks["strategies"]["forgetful"] = LOOK
    path.write_text(yaml.safe_dump(looks))
    path = folder / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    study["strategies"], study["sweeps"] = {"forgetful": {"rounds": 4}}, {}
    study["provenance"] = {
        key: source
        for key, source in study["provenance"].items()
        if "strategies." not in key and key != "sweeps"
    }
    path.write_text(yaml.safe_dump(study, sort_keys=False))

    monkeypatch.setenv("PYTHONPATH", f"{folder / 'src'}{os.pathsep}")
    figure = "results/tiny/figures/accuracy.svg"
    status, output = snakemake(folder, "--cores", "2", figure)
    assert status == 0, output
    assert LOOK["label"] in (folder / figure).read_text()
    rounds = pd.read_csv(folder / "results" / "tiny" / "rounds.csv")
    own = rounds[rounds["strategy"] == "forgetful"]
    # Evaluated every other round; four rounds are a cycle.
    assert set(own["round"]) >= {0, 2, 4, 6}
    assert own["bits_carried"].max() == own["bits_feeder"].max() == 0
    # It is an input of the rules, as the planners that the project has.
    forgetful = plans / "forgetful.py"
    forgetful.write_text(forgetful.read_text() + "# edited\n")
    pending = snakemake.pending(folder)
    assert "plans/default/forgetful/ops.parquet" in pending
