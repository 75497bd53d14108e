"""Totals of fine-tuning, from legs whose times are round numbers."""

import numpy as np
import pandas as pd
import pytest

from fedorbit.plans.readings.latency import (
    BETWEEN,
    BETWEEN_ALL,
    DOWN,
    DOWN_OF_ROUND,
    IN_PLANE,
    IN_PLANE_ALL,
    ROADS,
    UP,
    UP_OF_ROUND,
)
from fedorbit.report.numbers.totals import (
    FULL,
    HEAD,
    SPLIT,
    Work,
    crossovers,
    ratios,
    totals,
)

BEST = "both_ways/optimal"
# On board a sample takes 1 + 9 operations forward, 3 for its head, 33 for all.
WORK = Work(
    samples=100,
    of_round=10,
    rounds=4,
    embedding_flop=1.0,
    backbone_flop=9.0,
    head_flop=3.0,
    model_flop=33.0,
    ground_flop_s=900.0,
)
LEGS = [
    *((DOWN, f"{gather}/{way}", 50.0) for gather, way in ROADS if way != "optimal"),
    (DOWN, BEST, 20.0),
    (DOWN, "one_way/optimal", 25.0),
    (DOWN, "in_turn/optimal", 80.0),
    *((UP, f"{gather}/{way}", 6.0) for gather, way in ROADS if way != "optimal"),
    (UP, BEST, 5.0),
    (UP, "one_way/optimal", 5.0),
    (UP, "in_turn/optimal", 7.0),
    (DOWN_OF_ROUND, BEST, 4.0),
    (UP_OF_ROUND, BEST, 1.0),
    (IN_PLANE, "ring", 0.5),
    (IN_PLANE_ALL, "ring", 10.0),
    (BETWEEN, "earliest", 0.25),
    (BETWEEN, "fixed", 1.25),
    (BETWEEN, "chain", 2.0),
    (BETWEEN, "ground", 3.0),
    (BETWEEN, "flood", 0.2),
    (BETWEEN_ALL, "earliest", 30.0),
]


def legs(starts=(0.0,), **changes) -> pd.DataFrame:
    rows = [
        ("default", start_s, leg, way, changes.get(leg, seconds), 5)
        for start_s in starts
        for leg, way, seconds in LEGS
    ]
    columns = ["setting", "start_s", "leg", "way", "seconds", "satellites"]
    return pd.DataFrame(rows, columns=columns)


def total(table, learner, cached):
    own = table[(table["learner"] == learner) & (table["cached"] == cached)]
    return own["total_s"].iloc[0]


def test_totals_are_the_sums_of_their_legs():
    table = totals(legs(), WORK, [10.0])
    heads = 4 * (10 * 3 / 10 + 0.5 + 0.25)  # steps on board, in planes, between them
    # 100 embeddings at 10 a second; five satellites' 100 samples on the ground.
    assert total(table, SPLIT, True) == pytest.approx(10 + 20 + 5 + 5 + heads)
    again = 4 * (10 / 10 + 4 + 5 * 10 * 9 / 900 + 1)
    assert total(table, SPLIT, False) == pytest.approx(again + heads)
    assert total(table, HEAD, True) == pytest.approx(100 + heads)
    assert total(table, HEAD, False) == pytest.approx(4 * 10 + heads)
    assert total(table, FULL, False) == pytest.approx(4 * (33 + 10 + 30))
    rest = 10 + 5 + 5
    assert total(table, "split, without rings", True) == pytest.approx(
        rest + 80 + 2 + heads
    )
    assert total(table, "split, fixed neighbours", True) == pytest.approx(
        rest + 20 + heads + 4 * 1.0
    )


def test_what_does_not_end_has_no_total():
    table = totals(legs(**{UP: np.nan}), WORK, [10.0])
    assert np.isnan(total(table, SPLIT, True))
    assert total(table, HEAD, True) > 0
    assert crossovers(table).query("cached and against == @HEAD")["flop_s"].isna().all()


def test_caches_are_symmetric_in_ratios():
    table = totals(legs(), WORK, [10.0])
    kept = ratios(table, HEAD, True)["ratio"].iloc[0]
    assert kept == pytest.approx(total(table, SPLIT, True) / total(table, HEAD, True))
    again = ratios(table, HEAD, False)["ratio"].iloc[0]
    expected = total(table, SPLIT, False) / total(table, HEAD, False)
    assert again == pytest.approx(expected)
    full = ratios(table, FULL, False)["ratio"].iloc[0]
    assert full == pytest.approx(total(table, SPLIT, False) / total(table, FULL, False))
    assert ratios(table, FULL, True).empty


def test_the_crossover_is_where_both_take_as_long():
    # 100 / F + 30 = 1,000 / F, but for what both have: F = 30.
    table = totals(legs(starts=(0.0, 7.0)), WORK, [3.0, 29.0, 31.0, 300.0])
    found = crossovers(table).set_index(["against", "cached"])["flop_s"]
    assert found[HEAD, True] == pytest.approx(30.0, rel=0.01)
    fast = totals(legs(), WORK, [1000.0, 2000.0])
    assert (crossovers(fast)["flop_s"].iloc[0]) == 0.0
    slow = totals(legs(), WORK, [0.1, 0.2])
    assert np.isinf(crossovers(slow)["flop_s"].iloc[0])
