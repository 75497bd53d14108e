from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from fedorbit.orbits.ageing import Pair, Snapshot
from fedorbit.orbits.matching import INVENTED, MATCHED, MISSED
from fedorbit.plans.sky import Sky
from fedorbit.report.numbers.flights import compare_flights
from fedorbit.report.numbers.ladder import (
    ageing_table,
    flights_table,
    ladder_table,
    summarise_windows,
)


def sky(*passes):
    """Return a sky from satellite, site, rise and set."""
    columns = ["satellite", "site", "rise_s", "set_s"]
    table = pd.DataFrame(passes, columns=columns).sort_values("rise_s")
    table["culmination_s"] = (table["rise_s"] + table["set_s"]) / 2
    table["max_elevation_deg"] = 45.0
    for edge in ("rise", "culmination", "set"):
        table[f"range_{edge}_km"] = 1000.0
    return Sky(table.reset_index(drop=True))


TRUE = [
    ("quick", "A", 0.0, 100.0),
    ("quick", "B", 400.0, 500.0),
    ("slow", "A", 0.0, 300.0),
    ("slow", "B", 900.0, 1000.0),
    ("quick", "A", 5000.0, 5100.0),
    ("quick", "B", 5400.0, 5500.0),
]
LATE = [  # as somebody expects it who has "quick" 120 s late
    (name, site, rise + 120 * (name == "quick"), end + 120 * (name == "quick"))
    for name, site, rise, end in TRUE
]


def fly(planned, ready_s, give_up_s=10_000.0):
    table = compare_flights(
        "case", sky(*planned), sky(*TRUE), ["A", "B"], np.array([ready_s]), give_up_s
    )
    return table[table["origin"] == "A"].iloc[0]


def test_a_flight_planned_by_the_truth_is_flown_as_planned():
    row = fly(TRUE, 50.0)
    assert row["satellite"] == "quick"
    assert row["planned_s"] == row["flown_s"] == row["soonest_s"] == 350.0


def test_a_plan_that_is_late_still_finds_the_satellite_while_it_is_there():
    row = fly(LATE, 50.0)  # boards at 120 by the plan, arrives at 520
    assert (row["satellite"], row["planned_s"]) == ("quick", 470.0)
    assert (row["flown_s"], row["soonest_s"]) == (350.0, 350.0)


def test_a_plan_misses_a_satellite_that_has_set_and_waits_for_its_return():
    row = fly(LATE, 150.0)  # "quick" has set at 100, and is back at 5000
    assert (row["satellite"], row["planned_s"]) == ("quick", 370.0)
    assert (row["flown_s"], row["soonest_s"]) == (5250.0, 750.0)
    assert fly(LATE, 150.0, give_up_s=5000.0)["flown_s"] == np.inf


def test_nothing_flies_where_nothing_is_planned():
    row = fly(TRUE, 5200.0)
    assert row["satellite"] == ""
    assert np.isinf([row["planned_s"], row["flown_s"], row["soonest_s"]]).all()
    row = fly([("ghost", "A", 0.0, 100.0), ("ghost", "B", 200.0, 300.0)], 0.0)
    assert (row["planned_s"], row["flown_s"]) == (200.0, np.inf)


def test_the_table_of_flights_by_hand():
    minute = 60.0
    flights = pd.DataFrame(
        {
            "case": "one",
            "origin": ["A", "A", "A", "B"],
            "destination": ["B", "B", "B", "A"],
            "planned_s": [10 * minute, 20 * minute, 30 * minute, np.inf],
            "flown_s": [12 * minute, 20 * minute, np.inf, np.inf],
            "soonest_s": [10 * minute, 20 * minute, 30 * minute, 5 * minute],
        }
    )
    table = flights_table(flights).set_index(["origin", "destination"])
    hop = table.loc["A", "B"]
    assert hop["flights"] == 3
    assert hop["planned_p50_min"] == 20.0
    assert hop["flown_p50_min"] == 16.0  # of 12 and 20
    assert hop["late_mean_min"] == 1.0  # of 2 and 0
    assert hop["lost_percent"] == pytest.approx(100 / 3, abs=1e-3)
    assert table.loc[("B", "A"), "lost_percent"] == 100.0
    assert table.loc[("all", "all"), "flights"] == 4
    assert table.loc[("all", "all"), "lost_percent"] == 50.0


def matches(case="one"):
    """Return eight matched passes, two missed, one invented."""
    late_s = [-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 104.0]
    return pd.DataFrame(
        {
            "case": case,
            "status": [MATCHED] * 8 + [MISSED] * 2 + [INVENTED],
            "rise_error_s": [*late_s, np.nan, np.nan, np.nan],
            "set_error_s": [*late_s, np.nan, np.nan, np.nan],
        }
    )


def test_windows_are_summed_up_by_hand():
    row = summarise_windows(matches())
    assert (row["passes"], row["matched"]) == (10, 8)
    assert row["missed_percent"] == 20.0
    assert row["invented_percent"] == 10.0
    # Sizes, each twice: 1 1 2 2 3 3 4 104; the median is between 2 and 3.
    assert row["error_p50_s"] == 2.5
    assert row["shift_p50_s"] == 0.0  # between -1 and 1
    assert 4 <= row["error_p90_s"] <= row["error_p99_s"] <= 104


def test_tables_have_a_row_for_each_case_in_order():
    both = pd.concat([matches("late"), matches("early")])
    assert list(ladder_table(both)["rung"]) == ["late", "early"]


def test_a_pair_without_a_shared_satellite_says_that_it_is_left_out():
    day = datetime(2026, 1, 1, tzinfo=UTC)
    older, newer = (Snapshot("x", day + timedelta(days=n), []) for n in (0, 20))
    pair = Pair(older, newer, [], [], gone=3, implausible=0)
    (row,) = ageing_table([pair], matches()[:0]).to_dict("records")
    assert (row["age_days"], row["satellites"], row["gone"]) == (20.0, 0, 3)
    assert row["note"] == "left out: no satellite of the bands is in both snapshots"
