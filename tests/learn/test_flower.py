"""Clients with one number for a model, whose learning is worked out by hand."""

import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.base.errors import RunError
from fedorbit.base.files import write_table
from fedorbit.learn.flower import run_clients
from fedorbit.plans.scmr.pilot_plans import pilot_ops
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld


class Halfway:
    """A client whose ``fit`` goes half the way to a centre."""

    def __init__(self, centre, samples):
        self.centre, self.samples, self.told = centre, samples, []

    def get_parameters(self, config):
        return [np.zeros(1)]

    def fit(self, parameters, config):
        self.told.append(config)
        parameters[0] += (self.centre - parameters[0]) / 2
        return parameters, self.samples, {}

    def evaluate(self, parameters, config):
        away = float(parameters[0][0]) - self.centre
        return away**2, self.samples, {"distance": abs(away)}


def clients():
    """Return clients of A around 0 and 4, of B around 8 both.

    By samples, a round of A makes w / 2 + 1 / 2 of w, and one of B w / 2 + 4.
    """
    centres = [(0.0, 3), (4.0, 1), (8.0, 2), (8.0, 2)]
    return {n: Halfway(*own) for n, own in enumerate(centres)}


def test_two_mixings_with_stale_models_by_hand():
    """Half of a mixing is the other's model after the mixing before.

    Round 1: A 1/2, B 4, mixed with zeros 1/4 and 2. Round 2: A 1/8 + 1/2 = 5/8, B 5;
    A takes half of B's 2, and B half of A's 1/4.
    """
    learned = run_clients(pilot_ops(scene([], "AB"), 1, 0.5, 2), clients())
    assert learned.models["region/A"][0][0] == pytest.approx(5 / 16 + 1)
    assert learned.models["region/B"][0][0] == pytest.approx(5 / 2 + 1 / 8)
    # Of eight samples 3 are around 0, 1 around 4 and 4 around 8.
    w = 5 / 16 + 1
    row = learned.record.set_index("model").loc["region/A"]
    expected = (3 * w**2 + (w - 4) ** 2 + 4 * (w - 8) ** 2) / 8
    assert row["loss"] == pytest.approx(expected)
    assert row["distance"] == pytest.approx((3 * w + (4 - w) + 4 * (8 - w)) / 8)
    assert (row["round"], row["examples"], row["group"]) == (2, 8, "region")


def test_a_plan_of_fedmeld_asks_clients_at_its_times():
    """The plan of tests/plans/test_by_hand.py: two rounds, then the only mixing.

    A: 1/2, then 3/4, of which 3/4 stay, with a quarter of B's first model, 0.
    """
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    ops = plan_fedmeld(scene(PASSES, ["A", "B"]), meld).ops
    own = clients()
    learned = run_clients(ops, own, evaluators=[0])
    a = learned.record[learned.record["model"] == "region/A"]
    assert a["time_s"].tolist() == pytest.approx([0, 50, 130])
    np.testing.assert_allclose(a["distance"], [0, 1 / 2, 9 / 16])
    told = {"server_round": 2, "local_steps": 5, "proximal_mu": 0.0}
    assert own[0].told[-1] == told | {"model": "region/A"}
    assert [len(client.told) for client in own.values()] == [2, 2, 2, 2]
    assert not any(slot.startswith(("kept", "carrier")) for slot in learned.models)


def test_what_clients_must_not_do_is_told():
    ops = pilot_ops(scene([], "AB"), 1, 0.5, 1)
    with pytest.raises(RunError, match="client 3, which is not among the 3"):
        run_clients(ops, {n: c for n, c in clients().items() if n < 3})
    bad = clients()
    bad[1].fit = lambda parameters, config: ([np.zeros(2)], 1, {})
    with pytest.raises(RunError, match=r"client 1 returns arrays .*\[\(2,\)\]"):
        run_clients(ops, bad)
    with pytest.raises(RunError, match="client 2 returns 0 samples"):
        run_clients(ops, clients() | {2: Halfway(1.0, 0)})
    with pytest.raises(RunError, match="region/A is not finite after round 1"):
        run_clients(ops, clients() | {0: Halfway(np.inf, 3)})
    parts = ops.assign(scope=[["head"]] * len(ops))
    with pytest.raises(RunError, match="the part 'head'"):
        run_clients(parts, clients())
    with pytest.raises(RunError, match="evaluates on 'region/A'"):
        run_clients(ops.assign(part="region/A"), clients())


def test_the_example_of_the_documents_runs_as_written(project, tmp_path, monkeypatch):
    """With Flower's own class where it is installed, else with a class like it."""
    try:
        import flwr.client  # noqa: F401
    except ImportError:
        stub = ModuleType("flwr.client")
        stub.NumPyClient = object
        monkeypatch.setitem(sys.modules, "flwr", ModuleType("flwr"))
        monkeypatch.setitem(sys.modules, "flwr.client", stub)
    meld = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)
    world = scene(PASSES, ["A", "B"])
    folder = tmp_path / "results" / "fedmeld"
    write_table(
        plan_fedmeld(world, meld).ops, folder / "plans/default/fedmeld/ops.parquet"
    )
    (folder / "homes").mkdir()
    world.homes.write(folder / "homes/default.parquet")
    monkeypatch.chdir(tmp_path)
    text = (project / "docs" / "flower.md").read_text()
    names = {}
    exec(text.split("```python\n")[1].split("```")[0], names)
    record = names["learned"].record
    regional = record[record["group"] == "region"]
    assert isinstance(record, pd.DataFrame) and len(regional) == 6
    losses = regional.groupby("round")["loss"].mean()
    assert losses[1] < losses[0]
