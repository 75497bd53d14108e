from dataclasses import replace

import pytest
from tests.plans.scenes import LINKS, MODEL_BITS, PASSES, contacts, isls, scene

from fedorbit.base.settings import parse
from fedorbit.data.homes import region_homes
from fedorbit.plans.check import check_plan
from fedorbit.plans.scene import Clients, Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

PER_REGION = {"per_region": 2, "compute_flop_s": 4.0}
MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)


def made(clients: Clients, links=None) -> Scene:
    return Scene.of(
        contacts(PASSES),
        region_homes(["A", "B"], 2),
        ["G"],
        SceneSettings(
            hours=0.5,
            links=LINKS,
            clients=clients,
            model_bits=MODEL_BITS,
            flop_per_sample=6.0,
            local_steps=5,
            batch_size=4,
            evaluation_interval=2,
        ),
        isls=links,
    )


def test_a_scene_of_a_study_by_hand():
    world = made(Clients(**PER_REGION))
    assert world.horizon_s == 1800
    assert world.compute_s == 30  # 5 steps of 4 samples of 6 operations, at 4 a second
    assert world.weights == {"A": 0.5, "B": 0.5}
    assert world.participants("B", 7) == world.clients("B") == [2, 3]


def test_with_links_between_satellites_only_those_that_have_any_take_part():
    clients = Clients(**PER_REGION)
    assert set(made(clients).sky.satellite) == {"S1", "S2", "S3"}
    world = made(clients, isls({"S1-S3": 1000.0}))
    assert set(world.sky.satellite) == {"S1", "S3"}


def test_weights_are_shares_of_their_sum():
    world = made(Clients(**PER_REGION, region_weights={"B": 3.0, "A": 1.0}))
    assert world.weights == {"A": 0.25, "B": 0.75}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"participants_per_round": 3}, ["is 3", "2 clients", "lower it"]),
        ({"participants_per_round": 0}, ["participants_per_round is 0"]),
        ({"participation_seed": -1}, ["participation_seed is -1"]),
        ({"region_weights": {"A": 0.0}}, ["region_weights.A is 0.0"]),
    ],
)
def test_clients_that_cannot_be_are_refused(more, words, refused):
    sentence = refused(parse, Clients, PER_REGION | more, "study.yaml")
    assert all(word in sentence for word in words)


def test_weights_of_other_regions_are_refused(refused):
    clients = Clients(**PER_REGION, region_weights={"A": 1.0, "C": 1.0})
    sentence = refused(made, clients)
    assert "names A, C, but the regions are A, B" in sentence


def test_participants_are_drawn_by_seed_region_and_round():
    world = replace(scene(PASSES, ["A", "B"], clients=10), participants_per_round=4)
    drawn = [tuple(world.participants("B", number)) for number in range(1, 201)]
    assert drawn == [tuple(world.participants("B", n)) for n in range(1, 201)]
    for clients in drawn:
        assert sorted(set(clients)) == list(clients)
        assert len(clients) == 4 and set(clients) <= set(range(10, 20))
    # Each client takes part in 80 of 200 rounds in the mean; the standard deviation
    # of the count is the root of 200 x 0.4 x 0.6, about 7.
    counts = [sum(client in d for d in drawn) for client in range(10, 20)]
    assert all(80 - 28 < count < 80 + 28 for count in counts)
    other = replace(world, participation_seed=1)
    in_a = [tuple(c + 10 for c in world.participants("A", n)) for n in range(1, 201)]
    in_other = [tuple(other.participants("B", n)) for n in range(1, 201)]
    assert drawn != in_a and drawn != in_other


@pytest.mark.parametrize(
    ("planner", "settings"), [(plan_fedmeld, MELD), (plan_hfl, Hfl(regional_rounds=1))]
)
def test_only_participants_upload_and_share_the_band(planner, settings):
    world = replace(
        scene(PASSES, ["A", "B"], ["G"], clients=4), participants_per_round=2
    )
    plan = planner(world, settings)
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert (trains["clients"].map(len) == 2).all()
    up = plan.ledger[plan.ledger["sender"].str.startswith("client/")]
    up = up[up["op"].isin(trains.index)]
    assert (up["share"] == 0.5).all()
    assert len(up) == 2 * len(trains)


def test_weights_of_regions_count_in_averages_and_in_the_ring():
    world = replace(
        scene(PASSES, ["A", "B"], ["G"]), region_weights={"A": 1.0, "B": 3.0}
    )
    ops = plan_hfl(world, Hfl(regional_rounds=1)).ops
    for target in ("ground", "average"):
        mix = ops[(ops["op"] == "mix") & (ops["target"] == target)].iloc[-1]
        assert list(mix["weights"]) == [0.25, 0.75]
    ops = plan_fedmeld(world, MELD).ops
    mixings = ops[ops["staleness"] == 2].set_index("target")
    # alpha P_min / P_i: 0.25 for A, a third of it for B.
    assert mixings["weights"]["region/A"] == [0.75, 0.25]
    assert mixings["weights"]["region/B"] == pytest.approx([1 - 0.25 / 3, 0.25 / 3])
