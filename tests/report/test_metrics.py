import math

import pandas as pd
import pytest

from fedorbit.data.homes import orbit_homes, region_homes
from fedorbit.plans.plan import PlanBuilder
from fedorbit.plans.readings.activity import (
    idle_share,
    local_work,
    mean_staleness,
    plan_metrics,
    satellites_used,
)
from fedorbit.report.numbers.metrics import (
    at_bits,
    at_end,
    at_equal_rounds,
    join_cells,
    metrics,
    per_run,
    planned_bits,
)
from fedorbit.report.numbers.rounds import ROUNDS, group_means

GIGA = 10**9
HOMES = region_homes(["A", "B"], 2)


def rounds(strategy: str, levels: dict, setting: str = "default") -> pd.DataFrame:
    """Return rounds from (seed, round) to the accuracies of A and B; one in an hour.

    Each round sends 10 Gbit on access and 1 Gbit on feeder links, and carries 2.
    """
    rows = [
        (strategy, setting, seed, number, 3600.0 * number, f"region/{region}")
        + ("region", "test", value, 1 - value)
        + (10 * number * GIGA, number * GIGA, 0, 2 * number * GIGA, 0, 3600.0)
        for (seed, number), values in levels.items()
        for region, value in zip("AB", values, strict=True)
    ]
    return pd.DataFrame(rows, columns=ROUNDS)


# Means over regions: 0.2, 0.5, 0.8, 0.7 with seed 0 and 0.2, 0.4, 0.6, 0.9 with 1.
LEVELS = {
    (0, 0): (0.2, 0.2),
    (0, 1): (0.4, 0.6),
    (0, 2): (0.8, 0.8),
    (0, 3): (0.6, 0.8),
    (1, 0): (0.2, 0.2),
    (1, 1): (0.3, 0.5),
    (1, 2): (0.6, 0.6),
    (1, 3): (0.9, 0.9),
}


def test_a_run_ends_with_its_last_round():
    runs = per_run(rounds("fedmeld", LEVELS), 0.75)
    assert runs["accuracy"].tolist() == pytest.approx([0.7, 0.9])
    assert runs["worst"].tolist() == pytest.approx([0.6, 0.9])
    assert runs["loss"].tolist() == pytest.approx([0.3, 0.1])
    assert runs["hours"].tolist() == [3.0, 3.0]
    assert runs["bits_access"].tolist() == [30 * GIGA, 30 * GIGA]


def test_the_target_is_reached_in_the_first_round_at_it_or_above():
    runs = per_run(rounds("fedmeld", LEVELS), 0.75)
    # Seed 0 is at 0.8 after two hours, and below again after three.
    assert runs["hours_to_target"].tolist() == [2.0, 3.0]
    assert runs["bits_access_to_target"].tolist() == [20 * GIGA, 30 * GIGA]
    assert runs["bits_feeder_to_target"].tolist() == [2 * GIGA, 3 * GIGA]
    assert runs["bits_carried_to_target"].tolist() == [4 * GIGA, 6 * GIGA]
    assert per_run(rounds("fedmeld", LEVELS), 0.2)["hours_to_target"].tolist() == [0, 0]


def test_a_target_that_is_never_reached_leaves_its_columns_empty():
    runs = per_run(rounds("fedmeld", LEVELS), 0.85)
    assert runs["reached"].tolist() == [False, True]
    assert math.isnan(runs["hours_to_target"][0])
    assert math.isnan(runs["bits_isl_to_target"][0])
    assert runs["hours_to_target"][1] == 3.0


PLANS = pd.DataFrame(
    [("fedmeld", "default", 0.25, 8.0)],
    columns=["strategy", "setting", "idle_share", "staleness"],
)


def test_metrics_have_intervals_over_seeds():
    row = metrics(per_run(rounds("fedmeld", LEVELS), 0.75), PLANS).iloc[0]
    # 0.7 and 0.9: deviation 0.14142, Student 12.7062 for one degree of freedom, so that
    # the interval goes further than an accuracy can. Losses are 1 less the accuracy.
    assert row["accuracy"] == pytest.approx(0.8)
    assert (row["accuracy_low"], row["accuracy_high"]) == (0.0, 1.0)
    half = 12.7062 * 0.2 / 2
    assert row["loss_low"] == pytest.approx(0.2 - half, abs=1e-4)
    assert row["hours_to_target"] == 2.5
    assert (row["seeds"], row["reached"]) == (2, 2)
    assert (row["idle_share"], row["staleness"]) == (0.25, 8.0)


def test_metrics_say_nothing_of_a_target_that_some_seeds_missed():
    row = metrics(per_run(rounds("fedmeld", LEVELS), 0.85), PLANS).iloc[0]
    assert row["reached"] == 1
    assert math.isnan(row["hours_to_target"])
    assert math.isnan(row["bits_access_to_target_high"])


def test_a_study_that_trains_nothing_has_what_its_plans_tell():
    assert metrics(None, PLANS) is PLANS
    ledger = two_regions().build().ledger
    # In each of two regions a model goes down and two come up, of one bit each.
    assert planned_bits(ledger) == {
        "bits_access": 6,
        "bits_feeder": 0,
        "bits_isl": 0,
        "bits_carried": 0,
    }


def test_levels_at_the_end_for_bits_and_after_equal_rounds():
    levels = group_means(rounds("fedmeld", LEVELS))
    assert at_end(levels)["accuracy"].tolist() == pytest.approx([0.7, 0.9])
    # A round sends 11 Gbit; what is carried on board is not sent.
    assert at_bits(levels, 22 * GIGA)["round"].tolist() == [2, 2]
    assert at_bits(levels, 22 * GIGA - 1)["round"].tolist() == [1, 1]
    shorter = levels[(levels["seed"] == 0) | (levels["round"] < 2)]
    assert at_equal_rounds(shorter)["round"].tolist() == [1, 1]


def test_a_run_in_two_cells_ends_in_both():
    levels = group_means(rounds("fedmeld", LEVELS))
    both = pd.concat([levels.assign(cell="a"), levels.assign(cell="b")])
    ends = at_end(both).sort_values(["cell", "seed"])
    assert ends["cell"].tolist() == ["a", "a", "b", "b"]
    assert ends["accuracy"].tolist() == pytest.approx([0.7, 0.9] * 2)


CELLS = pd.DataFrame(
    [
        ("ratio", "a", "fedmeld", "default", 0.5),
        ("ratio", "b", "fedmeld", "ratio=0.1", 0.1),
        ("ratio", "a", "hfl", "default", 0.5),
        ("ratio", "b", "hfl", "default", 0.1),
        ("other", "a", "hfl", "default", 0.5),
    ],
    columns=["sweep", "cell", "strategy", "setting", "strategies.fedmeld.mixing_ratio"],
)


def test_a_run_stands_in_all_cells_that_it_belongs_to():
    runs = pd.DataFrame(
        [("fedmeld", "default", 1), ("fedmeld", "ratio=0.1", 2), ("hfl", "default", 3)],
        columns=["strategy", "setting", "value"],
    )
    joined = join_cells(runs, CELLS, "ratio")
    found = joined[["cell", "strategy", "value"]].itertuples(index=False, name=None)
    assert sorted(found) == [
        ("a", "fedmeld", 1),
        ("a", "hfl", 3),
        ("b", "fedmeld", 2),
        ("b", "hfl", 3),
    ]
    assert set(joined["strategies.fedmeld.mixing_ratio"]) == {0.1, 0.5}


def test_a_sweep_that_is_not_there_and_a_run_that_is_missing_are_refused(refused):
    runs = pd.DataFrame([("hfl", "default")], columns=["strategy", "setting"])
    assert "'staleness'" in refused(join_cells, runs, CELLS, "staleness")
    assert "'fedmeld'" in refused(join_cells, runs, CELLS, "ratio")


def two_regions() -> PlanBuilder:
    """Return a plan of one round in A and in B, whose clients are 0 and 1, and 2 and 3.

    A: receives 0 to 100 s, trains until 300 s, uploads until 400 s.
    B: the same 50 s later, but waits 500 s before it uploads.
    """
    plan = PlanBuilder()
    for number, (region, late_s, wait_s) in enumerate((("A", 0, 0), ("B", 50, 500))):
        sent_s = 300.0 + late_s + wait_s
        op = plan.train(f"region/{region}", [2 * number], 5, (late_s, sent_s + 100), 1)
        times_s = (float(late_s), 100.0 + late_s)
        plan.transfer(op, "access", "S", region, times_s, 1.0)
        for client in (2 * number, 2 * number + 1):
            times_s = (sent_s, sent_s + 100)
            plan.transfer(op, "access", f"client/{client}", "S", times_s, 1.0)
    return plan


def test_local_steps_take_what_the_fastest_region_lets_pass():
    plan = two_regions().build()
    work = local_work(plan.ledger, plan.ops)
    assert work.to_numpy().tolist() == [["A", 100.0, 300.0], ["B", 150.0, 350.0]]


def test_idle_is_the_share_without_any_work_in_a_region():
    plan = two_regions().build()
    # A is busy from 0 to 400 s, B from 50 to 350 s and from 850 to 950 s: 400 s each.
    assert idle_share(plan, HOMES, 1000.0) == pytest.approx(0.6)


def test_idle_is_told_of_regions_alone():
    planes = orbit_homes({0: ["S1", "S2"], 1: ["S3", "S4"]})
    assert math.isnan(idle_share(two_regions().build(), planes, 1000.0))


def test_idle_counts_what_overlaps_once_and_every_upload():
    plan = two_regions()
    # A pick-up while A trains adds nothing, one of B at 500 s adds 100 s.
    op = plan.mix("carrier/S", {"region/A": 1.0}, (150.0, 250.0), 0)
    plan.transfer(op, "access", "client/0", "S", (150.0, 250.0), 1.0)
    plan.transfer(op, "access", "client/3", "S", (500.0, 600.0), 1.0)
    plan.transfer(op, "carry", "S", "S", (600.0, 900.0), 1.0)
    assert idle_share(plan.build(), HOMES, 1000.0) == pytest.approx(0.55)


def test_staleness_is_the_mean_over_mixes_but_not_over_copies():
    plan = two_regions()
    plan.mix("kept/A/0", {"region/A": 1.0}, (0.0, 0.0), 0)
    plan.mix("region/A", {"region/A": 0.5, "carrier/S": 0.5}, (1.0, 1.0), 8, 8)
    plan.mix("region/B", {"region/B": 0.5, "carrier/S": 0.5}, (2.0, 2.0), 4, 4)
    plan.mix("average", {"region/A": 0.5, "region/B": 0.5}, (3.0, 3.0), 8)
    assert mean_staleness(plan.build()) == 6.0
    assert math.isnan(mean_staleness(two_regions().build()))


def test_the_times_of_a_plan_by_hand():
    plan = two_regions()
    # Rounds take 100 s down, 200 s of steps and 100 s up, the wait of B aside.
    op = plan.mix("region/A", {"ground": 1.0}, (600.0, 600.0), 1)
    plan.transfer(op, "carry", "S", "S", (400.0, 450.0), 1.0)
    op = plan.mix("region/B", {"ground": 1.0}, (1000.0, 1000.0), 1)
    plan.transfer(op, "carry", "S", "S", (500.0, 650.0), 1.0)
    times = plan_metrics(plan.build(), HOMES, 1000.0)
    assert times["round_s"] == 400.0
    assert times["flight_s"] == 100.0
    # A ends its round at 400 s, B at 950 s: they wait 200 s and 50 s.
    assert times["exchange_s"] == 125.0


def test_satellites_that_send_receive_or_carry_are_counted():
    ledger = pd.DataFrame(
        {
            "sender": ["S1", "client/0", "S3", "S4", "Kourou"],
            "receiver": ["Paris", "S2", "S3", "Kourou", "S1"],
        }
    )
    assert satellites_used(ledger, ["S0", "S1", "S2", "S3", "S4", "S5"]) == 4
    assert satellites_used(ledger.iloc[:0], ["S0", "S1"]) == 0


def test_a_plan_without_exchange_has_no_times_of_it():
    times = plan_metrics(two_regions().build(), HOMES, 1000.0)
    assert math.isnan(times["flight_s"])
    assert math.isnan(times["exchange_s"])


def test_the_whole_is_that_of_the_last_average_though_no_group_gets_it():
    columns = dict(strategy="fl", setting="default", seed=0, part="test")
    own = {"group": "region", "loss": 0.5} | dict.fromkeys(
        ("bits_access", "bits_feeder", "bits_isl", "bits_carried"), 0
    )
    rows = [
        {"round": 7, "time_s": 100.0, "model": "region/A", "accuracy": 0.8},
        {"round": 7, "time_s": 90.0, "model": "average", "accuracy": 0.7},
        {"round": 8, "time_s": 120.0, "model": "average", "accuracy": 0.9},
    ]
    rounds = pd.DataFrame([columns | own | row for row in rows])
    rounds["group"] = ["region", "average", "average"]
    rounds = rounds.assign(exchanges=0, weight_s=60.0)[ROUNDS]
    [run] = per_run(rounds, 0.5).to_dict("records")
    assert (run["rounds"], run["accuracy"], run["whole"]) == (7, 0.8, 0.9)
