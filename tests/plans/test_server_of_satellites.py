"""Servers whose clients are three satellites over one station, worked out on paper.

A transfer takes 5 s, and a satellite's five local steps take 30 s, 6 s each.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.plans.aboard import ABOARD, star_scene, trained
from tests.plans.scenes import MODEL_BITS, scene

from fedorbit.base.errors import SettingsError, TooShort
from fedorbit.data.homes import orbit_homes
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.stations import Antennas
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import SatelliteClients
from fedorbit.plans.strategy import find_strategy

PASSES = [
    *(("S1", "G", rise, rise + 20) for rise in (0, 60, 160, 260)),
    *(("S2", "G", rise, rise + 20) for rise in (5, 100, 200, 300)),
    *(("S3", "G", rise, rise + 20) for rise in (10, 50, 150, 290)),
]
HOMES = orbit_homes({0: ["S1", "S2"], 1: ["S3"]})
WORLD = replace(
    scene(PASSES, [], ["G"], homes=HOMES),
    aboard=SatelliteClients(home="satellites", compute_flop_s=1.0),
    antennas_per_station=1,
)
WHOLE = {"learns": "all", "cached": False, "scheduled": False}
FEDAVG = WHOLE | {"participants": None, "rounds": 9}
FEDPROX = FEDAVG | {"proximal": 0.5, "most_steps": 10}
FEDBUFF = WHOLE | {
    "buffer_size": 2,
    "server_rate": 1.0,
    "staleness_exponent": 0.5,
    "rounds": 3,
}


def planned(name, values, world=WORLD, **changes) -> Plan:
    strategy = find_strategy(name)
    plan = strategy.plan(world, strategy.settings(**values | changes))
    check_plan(plan, world)
    return plan


def moves(plan, satellite) -> list[tuple]:
    """Return the transfers of a satellite: whether it fetches, start and end."""
    ledger = plan.ledger.sort_values("start_s")
    own = ledger[(ledger["sender"] == satellite) | (ledger["receiver"] == satellite)]
    fetches = own["sender"] == "G"
    return list(zip(fetches, own["start_s"], own["end_s"], strict=True))


def approximately(rows):
    return [pytest.approx(row) for row in rows]


def versions(plan) -> pd.DataFrame:
    ground = plan.ops[plan.ops["target"] == "ground"]
    return ground[ground["round"] > 0]


def test_a_server_waits_for_all_that_fetched_its_model():
    plan = planned("fedavg_satellites", FEDAVG)
    assert versions(plan)["end_s"].tolist() == pytest.approx([105, 295])
    # S2 waits for S1 at the only antenna. Who is trained waits for the next pass.
    s1 = [(1, 0, 5), (0, 60, 65), (1, 160, 165), (0, 260, 265)]
    s2 = [(1, 5, 10), (0, 100, 105), (1, 105, 110), (0, 200, 205)]
    s3 = [(1, 10, 15), (0, 50, 55), (1, 150, 155), (0, 290, 295)]
    for satellite, rows in (("S1", s1), ("S2", s2), ("S3", s3)):
        assert moves(plan, satellite) == approximately(rows)
    assert plan.ledger["bits"].sum() == pytest.approx(12 * MODEL_BITS)
    trains = trained(plan)
    lasts_s = trains["end_s"] - trains["start_s"]
    assert lasts_s.tolist() == pytest.approx([30] * 6)
    np.testing.assert_allclose(np.stack(versions(plan)["weights"]), 1 / 3)


def test_planes_have_the_versions_that_their_satellites_fetched():
    plan = planned("fedavg_satellites", FEDAVG | {"participants": 2, "rounds": 2})
    # S1 and S2 are the first to come; from 105 s on S2, which is there, and S3.
    clients = trained(plan).groupby("round")["target"].agg(set)
    assert clients.tolist() == [{"client/0", "client/1"}, {"client/1", "client/2"}]
    mixes = plan.ops[(plan.ops["op"] == "mix") & (plan.ops["round"] == 2)]
    planes = mixes.set_index("target")
    assert planes.loc["orbit/0", "sources"] == ["reply/ground/0", "reply/ground/1"]
    assert planes.loc["orbit/0", "weights"] == [0.5, 0.5]
    assert planes.loc["orbit/1", "sources"] == ["reply/ground/1"]
    seen = plan.ops[plan.ops["op"] == "evaluate"]
    assert Counter(seen["target"]) == {"orbit/0": 2, "orbit/1": 2, "average": 2}


def test_a_scheduled_server_chooses_who_is_back_first():
    # S1 is back at 65 s, S2 at 105 s, S3 at 55 s.
    plan = planned("fedavg_satellites", FEDAVG, participants=2, scheduled=True)
    first = versions(plan).iloc[0]
    assert sorted(first["sources"]) == ["client/0", "client/2"]
    assert first["end_s"] == pytest.approx(65)
    plain = versions(planned("fedavg_satellites", FEDAVG, participants=2)).iloc[0]
    assert plain["end_s"] == pytest.approx(105)


def test_planes_count_by_their_satellites_or_as_is_given():
    weighted = replace(WORLD, region_weights={"0": 1.0, "1": 1.0})
    plan = planned("fedavg_satellites", FEDAVG, weighted)
    for weights in versions(plan)["weights"]:
        assert weights == pytest.approx([1 / 4, 1 / 4, 1 / 2])
    plan = planned("fedavg_satellites", FEDAVG, weighted, participants=2)
    assert versions(plan)["weights"].iloc[0] == pytest.approx([1 / 2, 1 / 2])


def test_satellites_train_until_their_next_contact():
    plan = planned("fedprox_satellites", FEDPROX, rounds=1)
    trains = trained(plan).set_index("target")
    # From 5 to 60 s, from 10 to 100 s but ten at most, and from 15 to 50 s.
    assert trains["steps"].to_dict() == {"client/0": 9, "client/1": 10, "client/2": 5}
    ends_s = trains["end_s"].to_dict()
    assert ends_s == pytest.approx({"client/0": 59, "client/1": 70, "client/2": 45})
    assert (trains["proximal"] == 0.5).all()
    assert versions(plan)["end_s"].tolist() == pytest.approx([105])


def test_without_further_steps_and_pull_fedprox_is_fedavg():
    prox = planned("fedprox_satellites", FEDPROX, proximal=0.0, most_steps=5)
    average = planned("fedavg_satellites", FEDAVG)
    pd.testing.assert_frame_equal(prox.ops, average.ops)
    pd.testing.assert_frame_equal(prox.ledger, average.ledger)
    with pytest.raises(SettingsError, match="fewer than the 5"):
        planned("fedprox_satellites", FEDPROX, most_steps=4)


def test_a_buffer_takes_what_comes_and_satellites_go_on_at_once():
    plan = planned("fedbuff_satellites", FEDBUFF)
    steps = versions(plan)
    # S3 and S1 come at 55 and 65 s; S2 at 105 and S3 at 155 s, both of version 0 since
    # S3 went on before S1 came; then S1 at 165 and S2 at 205 s, both of version 1.
    assert steps["end_s"].tolist() == pytest.approx([65, 155, 205])
    assert steps["staleness"].tolist() == [0, 1, 1]
    sources = [set(own) for own in steps["sources"]]
    assert sources[0] >= {"ground/client/2/1", "ground/client/0/1", "reply/ground/0"}
    assert sources[1] >= {"ground/client/1/1", "ground/client/2/2", "reply/ground/0"}
    assert sources[2] >= {"ground/client/0/2", "ground/client/1/2", "reply/ground/1"}
    weights = dict(zip(*steps.iloc[1][["sources", "weights"]], strict=True))
    assert weights["ground/client/1/1"] == pytest.approx(0.5 * 2**-0.5)
    assert weights["reply/ground/0"] == pytest.approx(-(2**-0.5))
    s3 = [(1, 10, 15), (0, 50, 55), (1, 55, 60), (0, 150, 155), (1, 155, 160)]
    assert moves(plan, "S3") == approximately(s3)


def test_a_scheduled_buffer_lets_nobody_start_who_would_be_too_late():
    plan = planned("fedbuff_satellites", FEDBUFF, scheduled=True, rounds=2)
    # S3 could go on at 55 s and be back at 155 s, but S1 fills the buffer at 65 s. Then
    # S1 has the antenna until S3 sets at 70 s. S2 at 105 s would be back at 205 s, S3
    # at 150 s later still, but S1 fills the buffer at 165 s.
    fetched = sorted((row.start_s, row.target) for row in trained(plan).itertuples())
    assert [slot for _, slot in fetched] == [f"client/{n}" for n in (0, 1, 2, 0)]
    assert [start_s for start_s, _ in fetched] == pytest.approx([5, 10, 15, 70])
    assert versions(plan)["end_s"].tolist() == pytest.approx([65, 165])
    assert len(trained(planned("fedbuff_satellites", FEDBUFF, rounds=2))) == 6


@pytest.mark.parametrize("name", ["fedavg", "fedprox", "fedbuff"])
def test_a_server_is_told_what_it_lacks(name):
    name += "_satellites"
    values = {"fedavg": FEDAVG, "fedprox": FEDPROX, "fedbuff": FEDBUFF}
    own = values[name.removesuffix("_satellites")]
    with pytest.raises(SettingsError, match="add some to scenario.stations"):
        planned(name, own, replace(WORLD, stations=[]))
    with pytest.raises(TooShort, match="lengthen scenario.hours"):
        planned(name, own, replace(WORLD, horizon_s=54.0))


def test_features_are_made_once_while_satellites_wait_for_their_first_pass():
    # 400 samples of 1.01e8 operations at 1e10 per second; steps take microseconds.
    features_s = 4.04
    for name in ("fedavg_satellites", "fedprox_satellites", "fedbuff_satellites"):
        cached = trained(planned(name, ABOARD[name], star_scene()))
        lasts_s = cached["end_s"] - cached["start_s"]
        late = cached["start_s"] > features_s
        steps_s = cached["steps"] * 8 * 3e4 / 1e10
        assert lasts_s[late].tolist() == pytest.approx(steps_s[late].tolist())
        assert cached[~late]["end_s"].tolist() == pytest.approx(
            (features_s + steps_s[~late]).tolist()
        )
    own = ABOARD["fedavg_satellites"]
    each = trained(planned("fedavg_satellites", own, star_scene(), cached=False))
    flop = 2 * 8 * (1.01e8 + 3e4)
    assert (each["end_s"] - each["start_s"]).tolist() == pytest.approx(
        [flop / 1e10] * len(each)
    )


@pytest.mark.parametrize("participants", [5, 9, 20])
def test_a_schedule_ends_the_first_round_no_later(participants):
    ends_s = []
    for scheduled in (True, False):
        changes = {"participants": participants, "scheduled": scheduled, "rounds": 1}
        own = ABOARD["fedavg_satellites"]
        plan = planned("fedavg_satellites", own, star_scene(), **changes)
        ends_s.append(versions(plan)["end_s"].iloc[0])
    assert ends_s[0] <= ends_s[1]


def test_what_crosses_is_the_head_in_both_directions_and_nothing_else():
    plan = planned("fedbuff_satellites", ABOARD["fedbuff_satellites"], star_scene())
    assert set(plan.ledger["link"]) == {"feeder"}
    assert set(plan.ledger["payload"]) == {"model"}
    assert set(plan.ledger["bits"]) == {1e5}
    up = plan.ledger["sender"].isin(star_scene().stations)
    assert up.sum() == len(trained(plan))


def test_satellites_are_found_by_their_own_passes_as_among_all():
    world = star_scene()
    antennas, link = Antennas(world), world.links.feeder_down
    rng = np.random.default_rng(0)
    satellites = sorted(world.satellites)
    for at_s in np.sort(rng.uniform(0, world.horizon_s, 300)):
        one, bits = str(rng.choice(satellites)), float(rng.uniform(1e5, 1e11))
        found = antennas.soonest_of(one, link, float(at_s), bits)
        assert found == antennas.soonest([one], link, float(at_s), bits)
        if found is not None:
            antennas.book(found)


@pytest.mark.parametrize("name", ["fedavg_satellites", "fedbuff_satellites"])
def test_a_pass_is_one_contact(name):
    world = star_scene()
    plan = planned(name, ABOARD[name] | {"rounds": 30}, world)
    ledger = plan.ledger[plan.ledger["sender"].isin(world.stations)]
    passes = [
        (m.receiver, world.sky.covering(m.receiver, m.sender, (m.start_s, m.end_s)))
        for m in ledger.itertuples()
    ]
    assert len(set(passes)) == len(passes) > 27


def test_a_schedule_leaves_fewer_updates_stale_and_sends_less():
    own = ABOARD["fedbuff_satellites"] | {"rounds": 100}
    plain = planned("fedbuff_satellites", own, star_scene())
    scheduled = planned("fedbuff_satellites", own, star_scene(), scheduled=True)
    stale = [versions(plan)["staleness"].mean() for plan in (scheduled, plain)]
    assert stale[0] < 0.5 * stale[1]
    assert scheduled.ledger["bits"].sum() < 0.5 * plain.ledger["bits"].sum()
