"""Satellites as clients, relays of several payloads, and parts of the clients mixed."""

from dataclasses import replace

import pandas as pd
import pytest
from tests.plans.scenes import LIGHT_S, MODEL_BITS, PICKUP_S, isls, scene

from fedorbit.data.homes import Homes, orbit_homes
from fedorbit.plans.check import PlanError, check_no_raw_data, check_plan
from fedorbit.plans.plan import Plan, PlanBuilder

HEAD = ["head"]
HEAD_BITS = 1e6  # half a second between satellites
# An embedding, a feature or a model of 10 Mbit: 5 s at 2 Mbit/s, and light.
HOP_S = 5 + LIGHT_S
HEAD_S = 0.5 + LIGHT_S
RING = {"S1-S2": 1000.0, "S2-S3": 1000.0, "S3-S1": 1000.0}
PLANE = orbit_homes({0: ["S1", "S2", "S3"]})
# All three see each other; S2 and R are over the station G all the time.
PASSES = [("S2", "G", 0, 400), ("R", "G", 0, 400)]


def orbit_scene(links=RING, homes=PLANE):
    return replace(scene(PASSES, [], ["G"], homes=homes), isls=isls(links))


def split_round() -> Plan:
    """Return one round of a model split between three satellites and the ground.

    Embeddings are ready at 30 s and go around the ring in two steps. S2 sends all
    three down from 41 s to 56 s, gets the features back until 61 s, and passes them
    on to both others. Heads are then trained until 100 s: S1 and S3 send theirs to
    S2, which averages them and sends the mean back.
    """
    plan = PlanBuilder()
    plan.mix("orbit/0", {"initial": 1.0}, (0.0, 0.0), 0)
    op = plan.train("orbit/0", [0, 1, 2], 5, (0.0, 101.0), 1, scope=HEAD)
    ring = ["client/0", "S2", "client/2"]  # S1 and S3 under their clients' names
    for step in range(2):
        start_s = 30 + step * HOP_S
        for n, sender in enumerate(ring):
            ends = (sender, ring[(n + 1) % 3])
            times_s = (start_s, start_s + HOP_S)
            plan.transfer(op, "isl", *ends, times_s, 10e6, payload="embedding")
    ground = ("S2", "G")
    plan.transfer(op, "feeder", *ground, (41.0, 56.0), 30e6, payload="embedding")
    plan.transfer(op, "feeder", "G", "S2", (56.0, 61.0), 10e6, payload="feature")
    for other in ("S1", "S3"):
        times_s = (61.0, 61.0 + HOP_S)
        plan.transfer(op, "isl", "S2", other, times_s, 10e6, payload="feature")
        back_s = (100.0, 100.0 + HEAD_S)
        plan.transfer(op, "isl", other, "S2", back_s, HEAD_BITS)
    mean = plan.mix("orbit/0", {"orbit/0": 1.0}, (101.0, 102.0), 1, scope=HEAD)
    for other in ("S1", "S3"):
        plan.transfer(mean, "isl", "S2", other, (101.0, 101.0 + HEAD_S), HEAD_BITS)
    plan.evaluate("orbit/0", 102.0, 1)
    return plan.build()


def rows_of(ledger: pd.DataFrame, **wanted) -> pd.Index:
    rows = ledger
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows.index


def spoilt(change) -> Plan:
    plan = split_round()
    ops, ledger = plan.ops.copy(), plan.ledger.copy()
    change(ops, ledger)
    return Plan(ops, ledger)


def test_a_split_model_between_satellites_and_the_ground_is_a_valid_plan():
    plan = split_round()
    check_plan(plan, orbit_scene())
    sent = plan.ledger.groupby("payload")["bits"].sum()
    # Six hops and one downlink of three; an uplink and two hops; four heads.
    assert sent.to_dict() == {"embedding": 90e6, "feature": 30e6, "model": 4e6}
    check_no_raw_data(plan.ledger)


def pass_features_on_too_early(ops, ledger):
    row = rows_of(ledger, sender="S2", receiver="S1", payload="feature")[0]
    ledger.loc[row, ["start_s", "end_s"]] -= 10.0


def send_down_as_another_satellite(ops, ledger):
    ledger.loc[rows_of(ledger, receiver="G"), "sender"] = "S1"


def forget_a_head(ops, ledger):
    row = rows_of(ledger, sender="S1", receiver="S2", payload="model")
    ledger.loc[row, "payload"] = "scores"
    row = rows_of(ledger, sender="S3", receiver="S2", payload="model")
    ledger.loc[row, "payload"] = "scores"


def average_where_nothing_arrives(ops, ledger):
    """S1 sends nothing and receives nothing, so that nobody has all three heads."""
    row = rows_of(ledger, sender="S1", receiver="S2", payload="model")
    ledger.loc[row, ["sender", "receiver"]] = ["S2", "S3"]


def send_two_things_at_once(ops, ledger):
    row = rows_of(ledger, sender="S2", receiver="S1", payload="feature")[0]
    ledger.loc[row, "receiver"] = "client/2"


def outpace_the_link(ops, ledger):
    row = rows_of(ledger, sender="client/0", payload="embedding")[0]
    ledger.loc[row, "bits"] *= 1.001


def use_a_link_of_the_ground(ops, ledger):
    ledger.loc[rows_of(ledger, sender="client/0"), "link"] = "access"


def send_an_unknown_thing(ops, ledger):
    ledger.loc[0, "payload"] = "secrets"


def train_before_the_first_step(ops, ledger):
    ops.loc[rows_of(ops, op="train"), "start_s"] = 60.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            pass_features_on_too_early,
            "S2 passes on what it has not yet received: feature",
        ),
        (send_down_as_another_satellite, "outside every pass"),
        (forget_a_head, "trains other clients than those that upload"),
        (average_where_nothing_arrives, "trains other clients than those that upload"),
        (send_two_things_at_once, "from S2 to S3 overlap on one beam"),
        (outpace_the_link, "faster than the link and light"),
        (use_a_link_of_the_ground, "does not end at a client"),
        (send_an_unknown_thing, "has the payload 'secrets'"),
        (
            train_before_the_first_step,
            "passes on what it has not yet received: embedding",
        ),
    ],
)
def test_a_spoilt_plan_of_satellites_is_refused(change, complaint):
    with pytest.raises(PlanError, match=complaint):
        check_plan(spoilt(change), orbit_scene())


def test_raw_data_on_a_link_is_told():
    def leak(ops, ledger):
        ledger.loc[rows_of(ledger, receiver="G"), "payload"] = "raw"

    plan = spoilt(leak)
    check_plan(plan, orbit_scene())  # samples of its own it may send, but that is told
    with pytest.raises(PlanError, match="1 transfers are of raw samples, .* S2 to G"):
        check_no_raw_data(plan.ledger)


def relayed(feature_out_s: float) -> Plan:
    """Return a plan in which R, where no client is, passes on two payloads.

    An embedding of S1 comes to R from 30 s and leaves it from 36 s; features come from
    50 s and leave it from ``feature_out_s``. R also gets an embedding of S3 from 30 s,
    which it keeps: of all payloads together, the second leaves after the second came.
    """
    plan = PlanBuilder()
    for number in (0, 1):
        plan.mix(f"orbit/{number}", {"initial": 1.0}, (0.0, 0.0), 0)
        op = plan.train(f"orbit/{number}", [number], 5, (0.0, 100.0), 1, scope=HEAD)
    up_s = (40.0, 45.0)
    plan.transfer(op, "feeder", "G", "S2", up_s, 10e6, payload="feature")
    for sender, receiver, start_s, payload in (
        ("S1", "R", 30.0, "embedding"),
        ("S3", "R", 30.0, "embedding"),
        ("R", "S2", 36.0, "embedding"),
        ("S2", "R", 50.0, "feature"),
        ("R", "S1", feature_out_s, "feature"),
    ):
        times_s = (start_s, start_s + HOP_S)
        plan.transfer(op, "isl", sender, receiver, times_s, 10e6, payload=payload)
    return plan.build()


def test_relays_count_each_payload_by_itself():
    links = {"S1-R": 1000.0, "R-S2": 1000.0, "S3-R": 1000.0}
    world = orbit_scene(links, orbit_homes({0: ["S1"], 1: ["S3"]}))
    check_plan(relayed(50 + HOP_S), world)
    words = "R passes on what it has not yet received: feature"
    with pytest.raises(PlanError, match=words):
        check_plan(relayed(50.0), world)


def test_a_satellite_alone_in_its_plane_sends_nothing():
    world = orbit_scene(homes=orbit_homes({0: ["S1"], 1: ["S2", "S3"]}))
    plan = PlanBuilder()
    plan.mix("orbit/0", {"initial": 1.0}, (0.0, 0.0), 0)
    plan.train("orbit/0", [0], 5, (0.0, 30.0), 1)
    check_plan(plan.build(), world)
    # To get to the ground it must be sent there, by whom it belongs to.
    plan.mix("client/0", {"orbit/0": 1.0}, (30.0, 30.0), 1)
    down = plan.mix("ground", {"client/0": 1.0}, (30.0, 90.0), 1)
    with pytest.raises(PlanError, match="mixes other clients than those that upload"):
        check_plan(plan.build(), world)
    plan.transfer(down, "isl", "S1", "S2", (30.0, 30 + HOP_S), MODEL_BITS)
    plan.transfer(down, "feeder", "S2", "G", (36.0, 41.0), MODEL_BITS)
    check_plan(plan.build(), world)


# Three devices of a cluster in A, each with a model of its own.
CLUSTER = Homes.of({"cluster/0": ["A", "A", "A"]})


def devices(uploads=((1, 30.0), (2, 30.0)), sources=(1, 2)) -> Plan:
    """Return a plan in which three devices train alone until 30 s and two are mixed.

    Both upload to S1 from 30 s, with half of the band each, until 40 s. The mean goes
    to the cluster, and device 0 trains on from its own model.
    """
    plan = PlanBuilder()
    for client in (0, 1, 2):
        slot = f"client/{client}"
        plan.mix(slot, {"initial": 1.0}, (0.0, 0.0), 0)
        plan.train(slot, [client], 5, (0.0, 30.0), 1)
    plan.train("client/0", [0], 5, (30.0, 60.0), 2)
    weights = {f"client/{client}": 1 / len(sources) for client in sources}
    op = plan.mix("cluster/0", weights, (30.0, 40.0), 1)
    for client, start_s in uploads:
        sent = (f"client/{client}", "S1", (start_s, start_s + 10.0))
        plan.transfer(op, "access", *sent, MODEL_BITS, 0.5)
    plan.evaluate("cluster/0", 40.0, 1)
    for client in (0, 1, 2):
        plan.mix(f"client/{client}", {"cluster/0": 1.0}, (60.0, 60.0), 1)
    return plan.build()


DEVICES = scene([("S1", "A", 0, 400)], [], homes=CLUSTER)


def test_some_of_the_clients_may_be_mixed():
    check_plan(devices(), DEVICES)


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (devices(uploads=[(1, 30.0)]), "mixes other clients than those that upload"),
        (devices(uploads=[(0, 30.0), (1, 30.0)]), "mixes other clients than those"),
        (devices(sources=(0, 1, 2)), "mixes other clients than those that upload"),
        (devices(uploads=[(1, 30.0), (2, 20.0)]), "sent client/2 before it is ready"),
    ],
)
def test_a_mix_is_of_clients_that_have_sent_their_models(plan, complaint):
    with pytest.raises(PlanError, match=complaint):
        check_plan(plan, DEVICES)


def test_a_model_is_uploaded_again_once_it_has_changed():
    plan = PlanBuilder()
    plan.mix("client/0", {"initial": 1.0}, (0.0, 0.0), 0)
    plan.train("client/0", [0], 5, (0.0, 30.0), 1)
    up = plan.mix("cluster/0", {"client/0": 1.0}, (30.0, 40.0), 1)
    times_s = (30.0, 30 + PICKUP_S)
    plan.transfer(up, "access", "client/0", "S1", times_s, MODEL_BITS)
    # What the satellite has it may use twice.
    plan.mix("kept/0/1", {"client/0": 1.0}, (40.0, 40.0), 1)
    check_plan(plan.build(), DEVICES)
    plan.train("client/0", [0], 5, (40.0, 70.0), 2)
    plan.mix("cluster/0", {"client/0": 1.0}, (70.0, 70.0), 2)
    with pytest.raises(PlanError, match="mixes other clients than those that upload"):
        check_plan(plan.build(), DEVICES)


def test_nobody_trains_in_the_name_of_another():
    plan = PlanBuilder()
    plan.mix("client/0", {"initial": 1.0}, (0.0, 0.0), 0)
    plan.train("client/0", [0, 1], 5, (0.0, 30.0), 1)
    with pytest.raises(PlanError, match="trains others for client/0"):
        check_plan(plan.build(), DEVICES)
