import pytest
from tests.plans.scenes import PASSES, scene

from fedorbit.plans.check import PlanError, check_plan
from fedorbit.plans.plan import LEDGER, OPS, Plan
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.hfl import Hfl, plan_hfl

WORLD = scene(PASSES, ["A", "B"], ["G"])
MELD = FedMeld(variant="interval", round_interval=2, mixing_ratio=0.25)


def spoilt(strategy, change):
    """Return a valid plan after a change to copies of its operations and ledger."""
    if strategy == "fedmeld":
        plan = plan_fedmeld(WORLD, MELD)
    else:
        plan = plan_hfl(WORLD, Hfl(regional_rounds=1))
    ops, ledger = plan.ops.copy(), plan.ledger.copy()
    change(ops, ledger)
    return Plan(ops, ledger)


def first(table, **wanted):
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows.index[0]


def read_a_slot_before_it_is_written(ops, ledger):
    ops.at[first(ops, op="train"), "sources"] = ["carrier/S9/A/0"]


def read_a_carried_model_before_it_is_loaded(ops, ledger):
    row = first(ops, target="carrier/S1/A/0")
    ops.loc[row, "start_s"] = 5.0


def swap_the_order(ops, ledger):
    ops.loc[first(ops, op="train"), "end_s"] = 1.0


def end_before_the_start(ops, ledger):
    ops.loc[first(ops, op="train"), "start_s"] = 60.0


def weights_above_one(ops, ledger):
    ops.at[first(ops, staleness=2), "weights"] = [0.75, 0.5]


def train_twice_at_once(ops, ledger):
    ops.at[first(ops, op="train", target="region/B"), "clients"] = [0, 1]


def train_twice_in_a_round(ops, ledger):
    ops.loc[ops["op"] == "train", "round"] = 1


def leave_the_window(ops, ledger):
    row = first(ledger, sender="client/0", receiver="S1")
    ledger.loc[row, ["start_s"]] = -1.0


def beat_the_link(ops, ledger):
    ledger.loc[first(ledger, receiver="A"), "bits"] *= 1.001


def use_more_than_the_band(ops, ledger):
    ledger.loc[first(ledger, sender="client/1"), "share"] = 0.6


def arrive_after_the_operation(ops, ledger):
    ledger.loc[first(ledger, sender="client/1"), "end_s"] = 55.0


def forget_an_upload(ops, ledger):
    ledger.loc[first(ledger, sender="client/1"), "sender"] = "client/0"


def carry_with_another_satellite(ops, ledger):
    ledger.loc[first(ledger, link="carry"), ["sender", "receiver"]] = "S2"


def change_satellites_in_flight(ops, ledger):
    ledger.loc[first(ledger, link="carry"), "receiver"] = "S2"


def arrive_too_early(ops, ledger):
    ledger.loc[first(ledger, link="carry"), "end_s"] = 70.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (read_a_slot_before_it_is_written, "not yet written"),
        (read_a_carried_model_before_it_is_loaded, "before it is ready"),
        (swap_the_order, "not in the order of their ends"),
        (end_before_the_start, "ends before it starts"),
        (weights_above_one, "do not sum to one"),
        (train_twice_at_once, "client 0 trains twice at once"),
        (train_twice_in_a_round, "trains twice in one round"),
        (leave_the_window, "outside every pass"),
        (beat_the_link, "where the link can"),
        (use_more_than_the_band, "share more than the band"),
        (arrive_after_the_operation, "ends after the operation"),
        (forget_an_upload, "other clients than those that upload"),
        (carry_with_another_satellite, "no model loaded"),
        (change_satellites_in_flight, "changes satellites"),
        (arrive_too_early, "does not arrive over"),
    ],
)
def test_a_spoilt_plan_is_refused(change, complaint):
    with pytest.raises(PlanError, match=complaint):
        check_plan(spoilt("fedmeld", change), WORLD)


def test_a_model_that_misses_the_station_is_refused():
    def miss(ops, ledger):
        row = first(ledger, link="carry", sender="S3")
        ledger.loc[row, "end_s"] = 89.0

    with pytest.raises(PlanError, match="does not arrive over G"):
        check_plan(spoilt("hfl", miss), WORLD)


def test_plans_survive_writing_and_reading(tmp_path):
    plan = plan_fedmeld(WORLD, MELD)
    paths = tmp_path / "ops.parquet", tmp_path / "ledger.parquet"
    plan.write(*paths)
    again = Plan.read(*paths)
    check_plan(again, WORLD)
    assert list(again.ops.columns) == list(OPS)
    assert list(again.ledger.columns) == list(LEDGER)
    assert again.ledger.equals(plan.ledger)
    for column in OPS:
        assert [_plain(x) for x in again.ops[column]] == list(plan.ops[column])


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value
