import numpy as np
import pandas as pd
import pytest

from fedorbit.report.numbers.designs import drawn_cells, front, with_forecast

FORECASTS = {"fedmeld": {"exchanges": 3}, "hfl": {"exchanges": 1}}


def cells(*rows):
    columns = ["cell", "strategy", "exchange_end_s", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(exchanges=table["exchange_end_s"].map(len))


def test_hours_to_the_target_are_those_of_the_exchange_that_reaches_it():
    """The second cell of FedMeld has two exchanges in five hours, so three in 7.5."""
    table = with_forecast(
        cells(
            (1, "fedmeld", [3600.0, 7200.0], ""),
            (0, "hfl", [1800.0, 7200.0], ""),
            (0, "fedmeld", [3600.0, 5400.0, 9000.0], ""),
            (1, "hfl", [], "no station"),
        ),
        FORECASTS,
        hours=5.0,
    )
    assert table["cell"].tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(table["hours_to_target"], [2.5, 0.5, 7.5, np.nan])
    assert table["is_within"].tolist() == [True, True, False, False]
    assert table["reason"].tolist() == ["", "", "", "no station"]


def test_what_has_no_forecast_has_no_hours():
    unknown = {"hfl": {"exchanges": None}}
    table = with_forecast(cells((0, "hfl", [60.0], "")), unknown, 1)
    assert table["hours_to_target"].isna().all() and not table["is_within"].any()


def test_cells_are_drawn_of_those_that_all_strategies_can():
    rows = [(n, s, [], "" if n % 2 or s == "hfl" else "no path") for n in range(40)
            for s in ("fedmeld", "hfl")]  # fmt: skip
    table = cells(*rows)
    drawn = drawn_cells(table, 5, 0)
    assert len(set(drawn)) == 5 and all(n % 2 for n in drawn)
    assert drawn == drawn_cells(table, 5, 0) != drawn_cells(table, 5, 1)
    assert drawn_cells(table, 30, 0) == list(range(1, 40, 2))


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4]])
def test_the_front_has_what_nobody_beats(order):
    """Of two with four satellites the quicker; nine are slower than four."""
    table = pd.DataFrame(
        {"satellites": [1, 4, 4, 9, 10, 20], "hours": [9.0, 3.0, 2.0, 2.5, 2.0, 1.0]}
    )
    best = front(table.iloc[order], "satellites", "hours")
    assert best.to_numpy().tolist() == [[1, 9], [4, 2], [20, 1]]
