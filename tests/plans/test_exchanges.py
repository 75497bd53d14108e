import numpy as np
import pytest
from tests.plans.scenes import PASSES, PICKUP_S, scene
from tests.plans.test_refly import GAP, MELD, STEADY

from fedorbit.plans.moves.refly import refly
from fedorbit.plans.readings.exchanges import exchanges, summarise_exchanges
from fedorbit.plans.strategies.fedmeld import plan_fedmeld


def table_of(planned, passes, patience_s, horizon_s=400.0):
    old, new = (scene(p, ["A", "B"], horizon_s=horizon_s) for p in (planned, passes))
    plan = plan_fedmeld(old, MELD)
    flown = refly(plan, new, MELD, patience_s)
    return exchanges(plan, flown, new, MELD.round_interval, patience_s)


def row(table, region, cycle):
    return table.set_index(["region", "cycle"]).loc[region, cycle]


def test_in_the_same_sky_all_are_on_time():
    table = table_of(PASSES, PASSES, 0.0)
    assert table["status"].tolist() == table["alone"].tolist() == ["on time"] * 2
    assert table["difference_s"].tolist() == [0.0, 0.0]
    # Two rounds of 50 s; A has waited from 90 to 120 for the model that B had broadcast
    # at 10, B for none; B's arrived at 80, when B still had 10 s to go.
    assert row(table, "A", 1)[
        ["flown_flight_s", "flown_rounds_s", "flown_idle_s"]
    ].to_list() == (pytest.approx([110, 100, 30]))
    assert row(table, "B", 1)[
        ["flown_flight_s", "flown_rounds_s", "flown_idle_s"]
    ].to_list() == (pytest.approx([70, 100, 0], abs=1e-6))
    # S3 has B's model on board at 10 + 7.565 and sets over B at 25, S1 over A at 100.
    assert table["stays_s"].tolist() == pytest.approx([15 - PICKUP_S, 90 - PICKUP_S])
    summary = summarise_exchanges(table)
    assert summary["on_time_percent"] == 100
    assert summary["lost_percent"] == summary["lost_alone_percent"] == 0
    assert summary["planned_flight_mean_s"] == pytest.approx(90)
    assert summary["stays_p50_s"] == pytest.approx(52.5 - PICKUP_S)
    # A flies for 110 s, longer than the two rounds take: the constraint is broken.
    assert summary["flown_above_rounds_percent"] == 50


def test_a_late_carrier_shifts_the_flight_and_adds_waiting():
    late = [*PASSES[:-1], ("S3", "A", 150, 230)]
    table = table_of(PASSES, late, 30.0)
    assert table["status"].tolist() == ["late", "on time"]
    summary = summarise_exchanges(table)
    assert row(table, "A", 1)["difference_s"] == pytest.approx(30)
    assert summary["late_percent"] == 50
    assert summary["idle_added_mean_s"] == pytest.approx(15)
    assert summary["shift_p50_s"] == pytest.approx(15)
    assert summary["flown_flight_max_s"] == pytest.approx(140)


def test_an_early_carrier_is_early_and_one_within_a_second_on_time():
    early = [*PASSES[:-1], ("S3", "A", 85, 165)]
    assert row(table_of(PASSES, early, 0.0), "A", 1)["status"] == "early"
    nearly = [*PASSES[:-1], ("S3", "A", 119.5, 200)]
    assert row(table_of(PASSES, nearly, 0.0), "A", 1)["status"] == "on time"


def test_what_is_lost_and_what_comes_after_it_by_hand():
    table = table_of(STEADY, GAP, 0.0)
    assert table["region"].tolist() == ["A", "B"] * 3
    assert table["status"].tolist() == ["lost", "on time", "late", "late"] + (
        ["on time"] * 2
    )
    # B's model reaches A when S1 rises at 120 instead of when it is loaded; B's own
    # comes with the late pick-up over A.
    assert row(table, "A", 2)["difference_s"] == pytest.approx(120 - 110 - PICKUP_S)
    assert row(table, "B", 2)["difference_s"] == pytest.approx(10)
    lost = row(table, "A", 1)
    assert np.isnan(lost["flown_arrival_s"]) and np.isnan(lost["flown_flight_s"])
    assert np.isnan(lost["stays_s"])
    assert summarise_exchanges(table)["lost_percent"] == pytest.approx(100 / 6)


def test_a_loss_that_only_delay_explains_is_none_alone():
    """S1 leaves B at 136, in time if B had gone by the plan, but B had to wait.

    S2 serves A, S3 serves B. S1 is to carry B's model to A, and K A's to B, in both
    cycles. In the new sky K never comes, so B waits 20 s and broadcasts its second
    model from 120 to 130: S1 has no time left to load it.
    """
    served = [("S2", "A", 0, 500), ("S3", "B", 0, 500)]
    carriers = [("S1", "B", 0, 136), ("S1", "A", 85, 300)]
    old = [*served, *carriers, ("K", "A", 0, 150), ("K", "B", 40, 300)]
    new = [*served, *carriers]
    table = table_of(old, new, 20.0, horizon_s=250.0)
    assert table["satellite"].tolist() == ["S1", "K", "S1", "K"]
    assert table["status"].tolist() == ["on time", "lost", "lost", "lost"]
    assert table["alone"].tolist() == ["on time", "lost", "on time", "lost"]


def test_cycles_after_the_horizon_are_not_flown():
    table = table_of(STEADY, GAP, 7.0, horizon_s=315.0)
    assert table["status"].tolist()[-2:] == ["not flown"] * 2
    summary = summarise_exchanges(table)
    assert summary["not_flown"] == 2
    assert summary["lost_percent"] == pytest.approx(100 / 4)
