"""Models that change satellites at clients of regions, on the small sky."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from tests.plans.scenes import (
    LIGHT_S,
    MODEL_BITS,
    PICKUP_S,
    isls,
    scene,
)
from tests.plans.test_by_hand import approximately, moves, rows

from fedorbit.plans.check import PlanError, check_plan
from fedorbit.plans.moves.ground import averaged_on_board, from_ground, to_ground
from fedorbit.plans.moves.relays import Message, Network, soonest_route
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.carries import destination, origin
from fedorbit.plans.sky import NEVER
from fedorbit.plans.strategies.fedasync import FedAsync, plan_fedasync
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl
from fedorbit.plans.strategies.pfl import Pfl, plan_pfl
from fedorbit.plans.strategy import find_strategy

HFL = Hfl(regional_rounds=1)
# S1 brings A's model to C, S2 takes it from there to G. S2 brings the average to B, S4
# takes it from there to A.
RELAYED = [
    ("S1", "A", 0, 60),
    ("S1", "C", 100, 130),
    ("S1", "G", 350, 380),
    ("S2", "C", 0, 60),
    ("S2", "C", 100, 150),
    ("S2", "G", 160, 200),
    ("S2", "B", 210, 230),
    ("S2", "C", 300, 330),
    ("S3", "B", 0, 60),
    ("S3", "G", 90, 120),
    ("S4", "B", 215, 240),
    ("S4", "A", 260, 290),
    ("S5", "G", 240, 260),
    ("S5", "A", 330, 350),
]
REGIONS = ["A", "B", "C"]
WORLD = scene(RELAYED, REGIONS, ["G"])
AT_C, AT_B = 110 + PICKUP_S, 220 + PICKUP_S  # when a client has handed a model on


def test_hfl_with_relays_by_hand():
    """All regions: broadcast 0-10, steps 10-40, uploads 40-50.

    A's model is with S1, which is over G at 350 only. But over C it sends it down
    100-110, and a client there has sent it up to S2 after PICKUP_S. S2 sends it down to
    G 160-165 and then C's own, 165-170. B's comes with S3 90-95. So the average is
    there at 170, and not at 355.

    Up again 170-175 to S2. Over B it broadcasts 210-220, and a client there has sent
    the average up to S4 after PICKUP_S, which is over A at 260; S5 would be at 330.
    S2 is over C at 300.
    """
    plan = plan_hfl(WORLD, HFL)
    check_plan(plan, WORLD)
    ledger = plan.ledger
    assert moves(ledger[ledger["link"] == "feeder"]) == approximately(
        [
            ("G", "S2", 170.0, 175.0),
            ("S2", "G", 160.0, 165.0),
            ("S2", "G", 165.0, 170.0),
            ("S3", "G", 90.0, 95.0),
        ]
    )
    assert moves(ledger[ledger["link"] == "carry"]) == approximately(
        [
            ("S1", "S1", 50.0, 100.0),
            ("S2", "S2", 50.0, 160.0),
            ("S2", "S2", AT_C, 160.0),
            ("S2", "S2", 175.0, 210.0),
            ("S2", "S2", 175.0, 300.0),
            ("S3", "S3", 50.0, 90.0),
            ("S4", "S4", AT_B, 260.0),
        ]
    )
    late = ledger[(ledger["link"] == "access") & (ledger["start_s"] > 50)]
    assert moves(late) == approximately(
        [
            ("S1", "C", 100.0, 110.0),
            ("S2", "B", 210.0, 220.0),
            ("client/2", "S4", 220.0, AT_B),
            ("client/4", "S2", 110.0, AT_C),
        ]
    )
    # Three broadcasts and six uploads before.
    bits = ledger.groupby("link")["bits"].sum()
    assert bits.to_dict() == {
        "access": 13 * MODEL_BITS,
        "carry": 7 * MODEL_BITS,
        "feeder": 4 * MODEL_BITS,
    }
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["end_s"] > 0)]
    mixes = mixes[~mixes["target"].eq("average")]
    assert rows(mixes, "target", "end_s") == approximately(
        [
            ("carrier/S1/A/1", 50.0),
            ("carrier/S3/B/1", 50.0),
            ("carrier/S2/C/1", 50.0),
            ("relay/C/A/1", 110.0),
            ("carrier/S2/A/1", AT_C),
            ("ground", 170.0),
            ("carrier/S2/ground/1", 175.0),
            ("region/B", 210.0),
            ("relay/B/ground/1", 220.0),
            ("carrier/S4/ground/1", AT_B),
            ("region/A", 260.0),
            ("region/C", 300.0),
        ]
    )


def test_without_relays_the_same_sky_is_too_short(refused):
    direct = Hfl(regional_rounds=1, relays=False)
    assert "no global average fits" in refused(plan_hfl, WORLD, direct)


def test_a_broadcast_that_is_handed_on_is_charged_once():
    """With more time B's second round begins with the broadcast that it hands on."""
    longer = [*RELAYED, *[(f"T{s}", s, 300, 1000) for s in REGIONS]]
    longer += [(f"T{s}", "G", 300, 1000) for s in REGIONS]
    world = scene(longer, REGIONS, ["G"], horizon_s=500.0)
    plan = plan_hfl(world, HFL)
    check_plan(plan, world)
    assert plan.ops["round"].max() >= 2
    broadcast = plan.ledger[plan.ledger["receiver"].eq("B")]
    times = rows(broadcast[broadcast["start_s"].between(200, 299)], "sender", "start_s")
    assert times == approximately([("S2", 210.0)])


def test_pfl_averages_over_relays_at_the_end():
    plan = plan_pfl(WORLD, Pfl(average="last"))
    check_plan(plan, WORLD)
    same = plan_hfl(WORLD, HFL)
    for table, other in ((plan.ops, same.ops), (plan.ledger, same.ledger)):
        assert table.equals(other)


def test_the_answer_of_a_server_is_handed_on():
    """B's answer leaves G at 95 with S3, which is over A, and not over B, again."""
    passes = [
        ("S1", "A", 0, 40),
        ("S3", "B", 0, 60),
        ("S3", "G", 90, 120),
        ("S3", "A", 140, 160),
        ("S4", "A", 145, 180),
        ("S4", "B", 200, 240),
    ]
    world = scene(passes, ["A", "B"], ["G"])
    settings = FedAsync(regional_rounds=1, mixing_ratio=0.5, staleness_exponent=0.5)
    plan = plan_fedasync(world, settings)
    check_plan(plan, world)
    on_the_way = plan.ledger[plan.ledger["start_s"].between(94, 399)]
    assert moves(on_the_way) == approximately(
        [
            ("G", "S3", 95.0, 100.0),
            ("S3", "A", 140.0, 150.0),
            ("S3", "S3", 100.0, 140.0),
            ("S4", "S4", 150 + PICKUP_S, 200.0),
            ("client/0", "S4", 150.0, 150 + PICKUP_S),
        ]
    )
    back = plan.ops[(plan.ops["target"] == "region/B") & (plan.ops["op"] == "mix")]
    assert rows(back, "end_s") == approximately([(0.0,), (200.0,)])


def test_with_links_between_satellites_models_need_no_flight():
    """Both regions upload 40-50; a hop takes 5 s and light.

    S2 sees G, so that it sends B's model down at once and S1 sends A's across. The
    average goes up 60-65 and across again, and S2 broadcasts it at once.
    """
    passes = [("S1", "A", 0, 400), ("S2", "B", 0, 400), ("S2", "G", 0, 400)]
    world = scene(passes, ["B", "A"], ["G"], horizon_s=100.0)
    linked = Hfl(regional_rounds=1, isl="radio")
    world = scene_with_isls(world)
    plan = plan_hfl(world, linked)
    check_plan(plan, world)
    there_s = 55 + LIGHT_S
    assert moves(plan.ledger[plan.ledger["link"] == "isl"]) == approximately(
        [
            ("S1", "S2", 50.0, there_s),
            ("S2", "S1", there_s + 10, there_s + 15 + LIGHT_S),
        ]
    )
    assert moves(plan.ledger[plan.ledger["link"] == "feeder"]) == approximately(
        [
            ("G", "S2", there_s + 5, there_s + 10),
            ("S2", "G", 50.0, 55.0),
            ("S2", "G", there_s, there_s + 5),
        ]
    )


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_satellite_may_hand_a_model_to_several(lost):
    """S2 is over G alone, and has the average of S1 and S3 for both of them."""
    passes = [("S1", "A", 0, 400), ("S2", "G", 0, 400), ("S3", "C", 0, 400)]
    world = scene(passes, ["A", "C"], ["G"], horizon_s=100.0)
    world = replace(world, isls=isls({"S1-S2": 1000.0, "S2-S3": 1000.0}))
    plan = plan_hfl(world, Hfl(regional_rounds=1, isl="radio"))
    check_plan(plan, world)
    hops = plan.ledger[plan.ledger["link"] == "isl"]
    ways = [("S1", "S2"), ("S2", "S1"), ("S2", "S3"), ("S3", "S2")]
    assert sorted(rows(hops, "sender", "receiver")) == ways
    without = plan.ledger.drop(hops.index[lost]).reset_index(drop=True)
    with pytest.raises(PlanError, match="not sent there|not yet received"):
        check_plan(Plan(plan.ops, without), world)


def scene_with_isls(world):
    return replace(world, isls=isls({"S1-S2": 1000.0}))


def test_links_are_not_used_unless_that_is_said(refused):
    passes = [("S1", "A", 0, 400), ("S2", "B", 0, 400), ("S2", "G", 0, 400)]
    world = scene_with_isls(scene(passes, ["A", "B"], ["G"], horizon_s=100.0))
    assert "no global average fits" in refused(plan_hfl, world, HFL)


def test_flights_end_where_models_are_handed_on():
    plan = plan_hfl(WORLD, HFL)
    carries = plan.ledger[plan.ledger["link"] == "carry"].sort_values("end_s")
    ends = [
        (origin(plan, carry, WORLD.homes), destination(plan, carry))
        for carry in carries.itertuples()
    ]
    assert ends[:2] == [("B", "G"), ("A", "C")]
    assert sorted(ends[2:4]) == [("C", "G"), ("C", "G")]
    assert ends[4:] == [("G", "B"), ("B", "A"), ("G", "C")]


RELAYS = [("S1", "C"), ("client/4", "S2"), ("S2", "B"), ("client/2", "S4")]


@pytest.mark.parametrize("ends", RELAYS)
def test_what_was_not_handed_on_is_refused(ends):
    plan = plan_hfl(WORLD, HFL)
    ledger = plan.ledger
    sent = ledger[["sender", "receiver"]].apply(tuple, axis=1) == ends
    lost = ledger[~(sent & (ledger["start_s"] > 60))].reset_index(drop=True)
    assert len(lost) == len(ledger) - 1
    with pytest.raises(PlanError):
        check_plan(Plan(plan.ops, lost), WORLD)


def test_what_is_handed_on_before_it_came_is_refused():
    """C's client sends A's model up to S2 from 105 on, and has it at 110."""
    plan = plan_hfl(WORLD, HFL)
    early = (plan.ledger["sender"] == "client/4") & (plan.ledger["start_s"] > 100)
    plan.ledger.loc[early, "start_s"] -= 5
    with pytest.raises(PlanError, match="carrier/S2/A/1.*was not sent there"):
        check_plan(plan, WORLD)


def random_passes(seed, satellites=4, sites="ABCG", most=3, horizon_s=600):
    """Return passes in which no satellite is over one site twice at once."""
    rng = np.random.default_rng(seed)
    passes = []
    for satellite in range(satellites):
        for site in sites:
            time_s = rng.uniform(0, horizon_s / 2)
            for _ in range(rng.integers(0, most + 1)):
                length_s = rng.uniform(5, 60)
                passes.append((f"S{satellite}", site, time_s, time_s + length_s))
                time_s += length_s + rng.uniform(20, horizon_s / 2)
    return passes


PERIOD_S = 2000.0  # longer than any of those skies


def one_after_another(count, **values):
    """Return random skies of satellites of their own, and a scene of all of them."""
    skies = [
        [
            (f"{satellite}/{seed}", site, rise_s + start_s, set_s + start_s)
            for satellite, site, rise_s, set_s in random_passes(seed, **values)
        ]
        for seed, start_s in enumerate(np.arange(count) * PERIOD_S)
    ]
    return skies, scene(sum(skies, []), REGIONS, ["G"])


def exhaustive(passes, origin, from_s, target):
    """Return the soonest arrival and the fewest transfers, by trying all ways.

    The origin's two clients upload in 10 s, a client takes PICKUP_S, a satellite 10 s
    to a client and 5 s to a station. Nodes get a message once.
    """
    best = (NEVER, 0)

    def visit(node, now_s, seen, count):
        nonlocal best
        if node == target:
            best = min(best, (now_s, count))
            return
        for satellite, site, rise_s, set_s in passes:
            ends = (satellite, site) if node == satellite else (site, satellite)
            if node != ends[0] or ends[1] in seen:
                continue
            if node == satellite:
                takes_s = 5 if site == "G" else 10
            elif node == "G":
                takes_s = 5
            else:
                takes_s = PICKUP_S
            end_s = max(now_s, rise_s) + takes_s
            if end_s <= set_s:
                visit(ends[1], end_s, {*seen, ends[1]}, count + 1)

    if origin == "G":
        visit("G", from_s, {"G"}, 0)
        return best
    for satellite, site, rise_s, set_s in passes:
        end_s = max(from_s, rise_s) + 10
        if site == origin and end_s <= set_s:
            visit(satellite, end_s, {satellite}, 1)
    return best


def test_the_soonest_way_equals_all_ways_tried():
    found, relayed = 0, 0
    skies, world = one_after_another(300)
    message, cargo = Message(MODEL_BITS), averaged_on_board(world, "A")
    for number, passes in enumerate(skies):
        from_s = number * PERIOD_S + 50
        down = to_ground(world, "A", from_s, Network(relays=True), cargo)
        up = soonest_route(world, Network(relays=True), message, {"G": from_s}, {"A"})
        for route, ends in ((down and down.route, "AG"), (up, "GA")):
            expected = exhaustive(passes, ends[0], from_s, ends[1])
            if expected[0] == NEVER:
                assert route is None or route[-1].end_s > (number + 1) * PERIOD_S
                continue
            arrival = route[-1].end_s, len(route)
            assert arrival == pytest.approx(expected, rel=0, abs=1e-6)
            found += 1
            relayed += len(route) > 2
    assert found > 200 and relayed > 60


def answers(world, region, from_s):
    """Return when an answer that is at G at a time is there with relays and without."""

    def load(row, start_s):
        link = world.links.feeder_up
        return world.sky.finish_s(row, link, start_s, world.model_bits)

    ends = Message(world.model_bits), {"G": from_s}, {region}
    route = soonest_route(world, Network(relays=True), *ends)
    carry = from_ground(world, region, from_s, load)
    return route[-1].end_s if route else NEVER, carry.done_s if carry else NEVER


def test_relays_are_never_later():
    sooner = 0
    skies, world = one_after_another(1000, satellites=5, most=2)
    for number in range(len(skies)):
        region, from_s = REGIONS[number % 3], number * PERIOD_S + 20
        ways, cargo = (world, region, from_s), averaged_on_board(world, region)
        relayed = to_ground(*ways, Network(relays=True), cargo)
        direct = to_ground(*ways, Network(relays=False), cargo)
        ends_s = [found.done_s if found else NEVER for found in (relayed, direct)]
        for relayed_s, direct_s in (ends_s, answers(*ways)):
            assert relayed_s <= direct_s
            sooner += relayed_s < direct_s
    assert sooner > 200  # of 2,000


DIRECT = {
    "hfl": ({"regional_rounds": 1}, "8ed453aafa96f5c2"),
    "fedavg_ground": ({}, "2f45cc92d0c3cf73"),
    "fedprox": ({"proximal": 0.1}, "617b60e21be449cf"),
    "fedasync": (
        {"regional_rounds": 1, "mixing_ratio": 0.5, "staleness_exponent": 0.5},
        "f39a432218080a50",
    ),
    "fedbuff": (
        {
            "regional_rounds": 1,
            "buffer_size": 2,
            "server_rate": 1.0,
            "staleness_exponent": 0.5,
        },
        "0de2c32a64aac6e7",
    ),
    "pfl": ({"average": "last"}, "3800eff0ee87bf41"),
}
"""Settings and the digest of the plan that each strategy made before there were relays,
on ten satellites with random passes."""


@pytest.mark.parametrize("name", DIRECT)
def test_without_relays_plans_are_what_they_were(name):
    values, digest = DIRECT[name]
    passes = random_passes(7, satellites=10, most=9, horizon_s=400)
    strategy = find_strategy(name)
    settings = strategy.settings(**values, relays=False)
    plan = strategy.plan(scene(passes, REGIONS, ["G"], horizon_s=3000.0), settings)
    assert plan_digest(plan) == digest


def plan_digest(plan):
    """Return a digest of what is trained, mixed and sent, but not of tests."""
    ops = plan.ops[(plan.ops["op"] != "evaluate") & (plan.ops["target"] != "average")]
    sent = plan.ledger.drop(columns="op")
    text = "".join(t.reset_index(drop=True).to_json() for t in (ops, sent))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
