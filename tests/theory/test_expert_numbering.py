"""Experts by their new numbers, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from fedorbit.base.errors import SettingsError
from fedorbit.theory.experts.numbering import Assignment, number_experts

FIRST = [[0.1, 0.5, 0.1, 0.3], [0.4, 0.0, 0.5, 0.1]]  # 1 and 3; 2 and 0
SECOND = [[0.6, 0.1, 0.3, 0.0], [0.0, 0.3, 0.3, 0.4]]  # 0 and 2; 3 and 1


def mass(*seeds):
    rows = [
        (seed, "AB"[cluster], expert, value)
        for seed, table in enumerate(seeds)
        for (cluster, expert), value in np.ndenumerate(np.array(table))
    ]
    return pd.DataFrame(rows, columns=["seed", "cluster", "expert", "mass"])


def numbered(rule, each, *seeds):
    how = Assignment(rule=rule, experts_per_cluster=each)
    return number_experts(mass(*seeds), ["A", "B"], how)


def orders(table):
    """Return the experts of each seed by their new numbers."""
    first = table[table["cluster"] == "A"]
    return [own["expert"].tolist() for _, own in first.groupby("seed")]


def test_clusters_have_the_first_numbers_and_those_they_use_most_come_first():
    table = numbered("exact", 2, FIRST, SECOND)
    assert orders(table) == [[1, 3, 2, 0], [0, 2, 3, 1]]
    own = table[table["assigned"]]
    assert own.groupby("cluster")["number"].agg(set).to_dict() == {
        "A": {0, 1},
        "B": {2, 3},
    }
    masses = table[(table["seed"] == 1) & (table["cluster"] == "B")]["mass"]
    assert masses.tolist() == [0.0, 0.3, 0.4, 0.3]


def test_experts_that_nobody_has_come_last():
    table = numbered("exact", 1, FIRST)
    assert orders(table) == [[1, 2, 0, 3]]  # .5 of both use 0, .4 use 3
    assert table["assigned"].sum() == 2


def test_a_random_assignment_depends_on_the_seed_alone():
    one, other = (numbered("random", 2, FIRST, SECOND) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    same = orders(numbered("random", 2, *[FIRST] * 8))
    assert len({tuple(order) for order in same}) > 3
    assert all(sorted(order) == [0, 1, 2, 3] for order in same)


def test_overlapping_experts_are_those_used_most_over_all_seeds():
    """By new numbers A uses .55, .3, .05, .1 and B .0, .2, .45, .35 of the two."""
    table = numbered("overlapping", 3, FIRST, SECOND)
    assert orders(table) == [[1, 3, 2, 0], [0, 2, 3, 1]]
    own = table[table["assigned"] & (table["seed"] == 0)]
    assert own.groupby("cluster")["number"].agg(set).to_dict() == {
        "A": {0, 1, 3},
        "B": {1, 2, 3},
    }


def test_too_few_experts_are_refused():
    with pytest.raises(SettingsError, match="at least 6 experts together"):
        numbered("exact", 3, FIRST)
