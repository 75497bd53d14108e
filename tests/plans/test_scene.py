from dataclasses import replace

import pytest
from tests.plans.aboard import ABOARD
from tests.plans.clustered import CLUSTERED
from tests.plans.scenes import LINKS, MODEL_BITS, PASSES, contacts, isls, scene
from tests.plans.test_random_skies import SETTINGS

from fedorbit.base.settings import parse
from fedorbit.data.homes import Homes, orbit_homes, region_homes
from fedorbit.plans.check import check_plan
from fedorbit.plans.costs import Part, Speeds
from fedorbit.plans.scene import Clients, Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.plans.strategy import find_strategy, strategy_names

HOMES = region_homes(["A", "B"], 2)
PER_REGION = {"per_region": 2, "compute_flop_s": 4.0}
MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)


def made(clients: Clients, links=None, homes=HOMES, **more) -> Scene:
    return Scene.of(
        contacts(PASSES),
        homes,
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
            **more,
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


CLIENTS = Clients(**PER_REGION)
PARTS = {
    "body": Part(bits=9e6, flop_per_sample=5.0),
    "head": Part(bits=1e6, flop_per_sample=0.5),
}


def test_bits_and_work_of_parts_by_hand():
    world = made(CLIENTS, parts=PARTS)
    assert world.bits() == world.bits(("all",)) == world.model_bits == 10e6
    assert world.bits(["head"]) == 1e6
    assert world.bits(["head", "body"]) == 10e6
    # 5 steps of 4 samples of 6 operations, or of 0.5.
    assert world.work() == 120
    assert world.work(["head"]) == 10
    assert world.seconds(world.work(), "client/0") == world.compute_s == 30


def test_satellites_and_stations_have_speeds_of_their_own():
    world = made(CLIENTS, speeds=Speeds(satellite_flop_s=10.0, station_flop_s=1e3))
    assert world.seconds(120.0, "client/3") == 30
    assert world.seconds(120.0, "S1") == 12
    assert world.seconds(120.0, "G") == 0.12


def test_a_client_on_a_satellite_has_the_speed_of_clients():
    world = made(CLIENTS, homes=orbit_homes({0: ["S1", "S2"]}))
    assert world.seconds(120.0, "client/1") == 30
    assert (world.node("client/1"), world.node("S1")) == ("S2", "S1")


def test_parts_and_speeds_that_are_not_given_are_told(refused):
    world = made(CLIENTS, parts=PARTS)
    assert "no part 'expert/3', its parts are body, head" in refused(
        world.bits, ["head", "expert/3"]
    )
    assert "its parts are none" in refused(made(CLIENTS).work, ["head"])
    assert "'S1' is to compute, but speeds.satellite_flop_s is not given" in refused(
        world.seconds, 1.0, "S1"
    )
    assert "speeds.station_flop_s" in refused(world.seconds, 1.0, "G")


def test_groups_may_have_different_numbers_of_clients():
    homes = Homes.of({"region/A": ["A"], "region/B": ["B"] * 3})
    world = made(CLIENTS, homes=homes)
    assert (world.clients("A"), world.clients("B")) == ([0], [1, 2, 3])
    assert (world.uploaders("A"), world.uploaders("B")) == (1, 3)
    plan = plan_hfl(replace(world, horizon_s=400.0), Hfl(regional_rounds=1))
    check_plan(plan, world)
    trains = plan.ops[plan.ops["op"] == "train"]
    assert sorted(trains["clients"].map(list)) == [[0], [1, 2, 3]]
    up = plan.ledger[plan.ledger["sender"].str.startswith("client/")]
    assert up.groupby("sender")["share"].first().to_dict() == pytest.approx(
        {"client/0": 1, "client/1": 1 / 3, "client/2": 1 / 3, "client/3": 1 / 3}
    )


def test_more_participants_than_the_smallest_group_has_are_refused(refused):
    homes = Homes.of({"region/A": ["A"], "region/B": ["B"] * 3})
    clients = Clients(**PER_REGION, participants_per_round=2)
    assert "is 2, but a region has 1 clients" in refused(made, clients, homes=homes)


def test_satellites_as_clients_leave_no_regions():
    world = made(CLIENTS, homes=orbit_homes({0: ["S1", "S2"], 1: ["S3"]}))
    assert world.regions == []
    assert world.group_weights == {"orbit/0": 0.5, "orbit/1": 0.5}
    assert world.satellites == {"S1", "S2", "S3"}


@pytest.mark.parametrize(
    "name",
    sorted(
        set(strategy_names()) - {"fedmeld_optimal", "fedmeld_law", *ABOARD, *CLUSTERED}
    ),
)
def test_strategies_of_regions_refuse_satellites_as_clients(name, refused):
    homes = orbit_homes({0: ["S1", "S2"], 1: ["S3"]})
    world = replace(scene(PASSES, [], ["G"], homes=homes), isls=isls({"S1-S2": 1e3}))
    strategy = find_strategy(name)
    sentence = refused(strategy.plan, world, strategy.settings(**SETTINGS[name]))
    assert "regions" in sentence
