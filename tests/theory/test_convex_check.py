import numpy as np
import pandas as pd
import pytest

from fedorbit.theory.fedmeld.convex_check import (
    CASES,
    KEYS,
    Case,
    check_bound,
    tail_slopes,
)


@pytest.fixture(scope="module")
def table():
    return check_bound([0, 1], 600, 20)


def test_measured_losses_stay_below_the_bound_in_every_round(table):
    assert (table["measured"] > 0).all()
    assert (table["measured"] <= table["bound"]).all()
    assert (table["largest_ratio"] <= 1).all()
    assert set(table["losses"]) == {"noise", "drift"}
    assert len(table.groupby([*KEYS, "seed"])) == 2 * len(CASES)


def test_the_largest_ratio_counts_the_rounds_between_the_rows(table):
    own = table["measured"] / table["bound"]
    assert (table["largest_ratio"] >= own * (1 - 1e-12)).all()
    runs = table.groupby([*KEYS, "seed"], sort=False)
    assert (runs["largest_ratio"].diff().dropna() >= 0).all()
    assert (runs["largest_ratio"].first() == own[table["round"] == 0].to_numpy()).all()
    assert (table["round"].diff().max()) > 1
    assert (runs["round"].max() == 600).all()


def test_with_much_noise_the_loss_falls_as_the_bound_does_and_else_faster():
    ring = (5, 1, 0.2, 4)
    cases = [Case("noise", *ring), Case("drift", *ring)]
    slopes = tail_slopes(check_bound([0, 1, 2], 1500, 60, cases))["slope"]
    assert slopes[0] == pytest.approx(-1, abs=0.1)
    assert -2.1 < slopes[1] < -1.2


def test_slopes_by_hand():
    """6 / x falls with slope -1, 6 / x^2 with -2; the first tenth does not count."""
    rounds = np.arange(1, 101)
    tables = []
    for losses, power in (("noise", 1), ("drift", 2)):
        measured = 6.0 / (rounds + 7.0) ** power
        measured[rounds < 10] = 1e9
        values = dict(zip(KEYS, [losses, 5, 1, 0.2, 4], strict=True))
        tables.append(
            pd.DataFrame(
                values
                | {
                    "seed": 0,
                    "round": rounds,
                    "offset_steps": rounds + 7.0,
                    "measured": measured,
                    "largest_ratio": 0.25,
                }
            )
        )
    found = tail_slopes(pd.concat(tables))
    assert found["slope"].tolist() == pytest.approx([-1, -2])
    assert found["largest_ratio"].tolist() == [0.25, 0.25]


def test_the_table_repeats_and_depends_on_the_seed():
    case = [CASES[0]]
    first, again, other = (check_bound([s], 30, 2, case) for s in (0, 0, 1))
    pd.testing.assert_frame_equal(first, again)
    assert (first["measured"] != other["measured"]).all()
