import pandas as pd
from tests.plans.scenes import PASSES, scene

from fedorbit.plans.strategies.fedavg_ground import FedAvgGround, plan_fedavg_ground
from fedorbit.plans.strategies.fedprox import FedProx, plan_fedprox

WORLD = scene(PASSES, ["A", "B"], ["G"])


def test_fedprox_is_fedavg_with_a_term_in_every_training():
    prox = plan_fedprox(WORLD, FedProx(proximal=0.1))
    average = plan_fedavg_ground(WORLD, FedAvgGround())
    trains = prox.ops["op"] == "train"
    assert trains.sum() == 2
    assert (prox.ops["proximal"] == trains * 0.1).all()
    assert (average.ops["proximal"] == 0).all()
    other = [column for column in prox.ops if column != "proximal"]
    pd.testing.assert_frame_equal(prox.ops[other], average.ops[other])
    pd.testing.assert_frame_equal(prox.ledger, average.ledger)


def test_complaints_are_in_the_name_of_fedprox(refused):
    nowhere = scene(PASSES, ["A", "B"])
    assert refused(plan_fedprox, nowhere, FedProx(proximal=0.1)).startswith("fedprox")
