"""A kind of study in thirty lines: satellites that hold data and train around a ring.

Beside it stands a strategy in which the satellites of a plane gather the heads of all
of them, and take the mean. Both are files that the library does not have.
"""

import os

import pandas as pd
import yaml
from tests.tiny import SCENARIO, write_yaml

from fedorbit.data.homes import Homes

KIND = '''"""Satellites that hold data and train, with nobody on the ground."""

from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Aboard, Described, Learned, Planned


class OnboardStudy(Learned, Planned, Aboard, Described):
    """Strategies of satellites that learn."""


def results(values):
    """Return the tables and figures of a study."""
    figures = [f"figures/{name}.svg" for name in ("accuracy", *values["figures"])]
    rounds = ["rounds.parquet", "rounds.csv"]
    return [*rounds, "tables/summary.csv", "tables/cells.csv", *figures]


KIND = Kind(
    OnboardStudy,
    ("constellation", "contacts", "homes", "partition", "plan", "run"),
    results,
    group="plane",
)
'''
STRATEGY = '''"""Heads that go around a plane until every satellite has all of them."""

from pydantic import PositiveInt

from fedorbit.base.settings import Settings
from fedorbit.plans import names
from fedorbit.plans.plan import MODEL, PlanBuilder
from fedorbit.plans.strategy import Needs, Strategy

HEAD = ("head",)


class Gather(Settings):
    """The settings of the all-gather of heads."""

    rounds: PositiveInt
    """Rounds of training and gathering."""


def plan_gather(scene, settings):
    """Return the plan of some rounds in every plane."""
    plan = PlanBuilder()
    for orbit in scene.homes.groups:
        plan.mix(orbit, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
        plan.evaluate(orbit, 0.0, 0)
        now_s = 0.0
        for round_number in range(1, settings.rounds + 1):
            now_s = _add_round(scene, plan, orbit, now_s, round_number)
    return plan.build()


def _add_round(scene, plan, orbit, start_s, round_number):
    """Add a round of one plane, and return when all its satellites have the mean."""
    clients = scene.homes.clients(orbit)
    nodes = [scene.homes.node(client) for client in clients]
    ready_s = start_s + scene.seconds(scene.work(HEAD), names.client(clients[0]))
    for client in clients:
        own = names.client(client)
        plan.mix(own, {orbit: 1.0}, (start_s, start_s), round_number)
        times_s = (start_s, ready_s)
        plan.train(own, [client], scene.local_steps, times_s, round_number, scope=HEAD)
    hops, bits = [], scene.bits(HEAD)
    for _ in nodes[1:]:
        ahead = list(zip(nodes, [*nodes[1:], nodes[0]], strict=True))
        ends_s = [scene.isls.finish_s(*pair, ready_s, bits) for pair in ahead]
        hops += [(*p, (ready_s, end_s)) for p, end_s in zip(ahead, ends_s, strict=True)]
        ready_s = max(ends_s)
    weights = {names.client(client): 1 / len(clients) for client in clients}
    mean_s = (ready_s, ready_s)
    op = plan.mix(orbit, weights, mean_s, round_number, scope=HEAD)
    for sender, receiver, times_s in hops:
        plan.transfer(op, "isl", sender, receiver, times_s, bits, payload=MODEL)
    plan.evaluate(orbit, ready_s, round_number)
    return ready_s


STRATEGY = Strategy(Gather, plan_gather, lambda settings: Needs(isls="radio"))
'''
STUDY = """
kind: onboard
extends: fedmeld
description: Satellites that hold digits and train the head of a perceptron
scenario:
  hours: 1
  regions: null
  stations: null
clients:
  home: satellites
  compute_flop_s: 1.0e+9
  participants_per_round: null
partition: {scheme: iid, min_samples: 1, size_spread: 0}
strategies:
  gather: {rounds: 20}
sweeps:
  rounds:
    strategies: [gather]
    over: [{strategies.gather.rounds: [10, 20]}]
figures:
  rounds: {x: strategies.gather.rounds, y: [accuracy]}
provenance: "chosen: for a test"
"""
LOOK = {"label": "Gather", "color": "#CC79A7", "linestyle": [2, 7], "marker": "o"}
PLANES, ABOARD, HEAD = 12, 12, 32 * 10 + 10


def write_files(folder) -> None:
    """Write the kind, the strategy, its look and the study into a copy."""
    library = folder / "src" / "fedorbit"
    assert len(KIND.splitlines()) <= 30
    (library / "studies" / "kinds" / "onboard.py").write_text(KIND)
    (library / "plans" / "strategies" / "gather.py").write_text(STRATEGY)
    path = folder / "config" / "plotting.yaml"
    looks = yaml.safe_load(path.read_text())
    looks["strategies"]["gather"] = LOOK
    write_yaml(path, looks)
    study = yaml.safe_load(STUDY)
    study["scenario"] |= {"constellation": SCENARIO["constellation"]}
    write_yaml(folder / "config" / "studies" / "onboard.yaml", study)
    path = folder / "config" / "scales" / "quick.yaml"
    scale = yaml.safe_load(path.read_text())
    learned = {"model": {"name": "mlp", "hidden": 32}}
    write_yaml(path, scale | learned | {"training": {"learning_rate": 0.2}})
    path = folder / "config" / "cards" / "tiny.yaml"
    part = {"parameters": 330, "training_flop_per_sample": 2000.0}
    write_yaml(path, yaml.safe_load(path.read_text()) | {"parts": {"head": part}})


def test_satellites_that_train_are_a_kind_of_study_in_thirty_lines(
    make_tiny, snakemake, tmp_path, monkeypatch
):
    folder = make_tiny(tmp_path)
    write_files(folder)
    monkeypatch.setenv("PYTHONPATH", f"{folder / 'src'}{os.pathsep}")
    asked = ("--config", 'studies=["onboard"]')
    status, output = snakemake(folder, "--cores", "2", *asked, "--", "all_onboard")
    assert status == 0, output
    results = folder / "results" / "onboard"

    homes = Homes.read(results / "homes" / "default.parquet")
    assert homes.sizes == [ABOARD] * PLANES and homes.kind == "orbit"
    partition = pd.read_parquet(results / "partitions" / "default.parquet")
    assert partition["client"].nunique() == PLANES * ABOARD
    assert set(partition["orbit"]) == set(homes.names)

    plan = results / "plans" / "default" / "gather"
    ledger = pd.read_parquet(plan / "ledger.parquet")
    assert set(ledger["link"]) == {"isl"} and set(ledger["payload"]) == {"model"}
    # Each of 12 satellites sends 11 heads on, in twenty rounds of 12 planes.
    assert len(ledger) == 20 * PLANES * ABOARD * (ABOARD - 1)
    assert (ledger["bits"] == 32.0 * HEAD).all()
    ops = pd.read_parquet(plan / "ops.parquet")
    trained = ops[ops["op"] == "train"]
    assert {tuple(scope) for scope in trained["scope"]} == {("head",)}

    rounds = pd.read_csv(results / "rounds.csv")
    assert set(rounds["group"]) == {"orbit"}
    ends = rounds[rounds["setting"] == "default"].groupby("round")["accuracy"].mean()
    assert ends[20] > ends[0] + 0.1
    for figure in ("accuracy", "rounds"):
        assert "Gather" in (results / "figures" / f"{figure}.svg").read_text()
