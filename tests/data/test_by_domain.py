"""Samples dealt by their domains, from clustered to mixed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedorbit.base.errors import SettingsError
from fedorbit.data.by_domain import homes_of_domains, normalised_overlap
from fedorbit.data.homes import region_homes
from fedorbit.data.partition import parse_partition, partition_samples

REGIONS = ["north", "east", "south", "west"]


def dealt(
    domains, overlap=0.0, clients=2, seeds=(0,), held_out=None, scheme=None, **others
) -> pd.DataFrame:
    values = {"scheme": "domains", "min_samples": 1, "size_spread": 0.0}
    how = parse_partition(scheme or values | {"overlap": overlap} | others)
    homes, labels = region_homes(REGIONS, clients), np.arange(len(domains)) % 3
    return partition_samples(labels, homes, how, list(seeds), domains, held_out)


def counts(table: pd.DataFrame, domains: np.ndarray) -> np.ndarray:
    """Return samples by region and domain."""
    own = domains[table["sample"]]
    return pd.crosstab(table["region"], own).reindex(REGIONS).to_numpy()


def test_clustered_mixed_and_between_by_hand():
    domains = np.arange(400) % 4
    assert counts(dealt(domains), domains).tolist() == (100 * np.eye(4)).tolist()
    mixed = counts(dealt(domains, overlap=0.75), domains)
    assert mixed.tolist() == [[25] * 4] * 4
    # 70 of 100 stay at home, and ten go to each of three others.
    between = counts(dealt(domains, overlap=0.3), domains)
    assert between.tolist() == (10 + 60 * np.eye(4)).tolist()


def test_groups_have_consecutive_domains():
    assert homes_of_domains(4, 4).tolist() == [0, 1, 2, 3]
    assert homes_of_domains(8, 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert homes_of_domains(5, 2).tolist() == [0, 0, 0, 1, 1]
    domains = np.arange(800) % 8
    assert counts(dealt(domains), domains)[0].tolist() == [100, 100] + [0] * 6


@given(
    samples=st.integers(100, 400),
    overlap=st.floats(0, 0.75),
    clients=st.integers(1, 4),
    held=st.integers(0, 30),
    seed=st.integers(0, 100),
)
@settings(max_examples=30)
def test_every_sample_has_one_client_but_for_those_held_out(
    samples, overlap, clients, held, seed
):
    rng = np.random.default_rng(seed)
    domains = np.arange(samples) % 4
    held_out = np.sort(rng.choice(samples, held, replace=False))
    table = dealt(domains, overlap, clients, [seed], held_out)
    left = np.setdiff1d(np.arange(samples), held_out)
    assert sorted(table["sample"]) == left.tolist()
    by_client = table.groupby(["region", "client"]).size()
    assert len(by_client) == 4 * clients
    spread = by_client.groupby("region").agg(lambda sizes: sizes.max() - sizes.min())
    assert (spread <= 1).all()
    shares = counts(table, domains) / np.bincount(domains[left])
    apart = np.full((4, 4), overlap / 3)
    np.fill_diagonal(apart, 1 - overlap)
    assert (abs(shares - apart) * np.bincount(domains[left]) <= 1 + 1e-6).all()


def test_other_schemes_leave_out_what_is_held_out_too():
    iid = {"scheme": "iid", "min_samples": 1, "size_spread": 0.0}
    table = dealt(np.zeros(50, int), scheme=iid, held_out=np.array([3, 7]))
    assert sorted(table["sample"]) == [n for n in range(50) if n not in (3, 7)]
    whole = dealt(np.zeros(50, int), scheme=iid)
    none = dealt(np.zeros(50, int), scheme=iid, held_out=np.array([], dtype=np.int64))
    pd.testing.assert_frame_equal(whole, none)


def test_seeds_deal_differently_and_sizes_may_differ():
    domains = np.arange(400) % 4
    table = dealt(domains, seeds=[0, 1])
    first, second = (own["sample"].to_numpy() for _, own in table.groupby("seed"))
    assert (first != second).any()
    uneven = dealt(domains, clients=5, size_spread=1.0)
    assert uneven.groupby("client").size().std() > 5


def test_the_normalised_overlap():
    assert normalised_overlap(0.0, 4) == 0.0
    assert normalised_overlap(0.3, 4) == pytest.approx(0.4)
    assert normalised_overlap(0.75, 4) == normalised_overlap(0.5, 2) == 1.0
    assert normalised_overlap(0.0, 1) == 0.0


@pytest.mark.parametrize(
    ("domains", "changes", "words"),
    [
        (np.arange(400) % 4, {"overlap": 0.8}, "0.8, but 4 groups are fully mixed at"),
        (np.arange(400) % 3, {}, "3 domains, too few for 4 groups"),
        (
            np.repeat([0, 1, 2, 3], [2, 96, 1, 1]),
            {"clients": 3},
            "have 2 samples for 3",
        ),
        (np.arange(400) % 4, {"min_samples": 51}, "50 for some; lower it"),
    ],
)
def test_what_does_not_suit_is_refused(domains, changes, words):
    with pytest.raises(SettingsError, match=words):
        dealt(domains, **changes)


def test_a_dataset_without_domains_is_refused():
    values = {"scheme": "domains", "min_samples": 1, "size_spread": 0.0, "overlap": 0.0}
    homes = region_homes(REGIONS, 2)
    with pytest.raises(SettingsError, match="the samples of the dataset have none"):
        partition_samples(np.zeros(80, int), homes, parse_partition(values), [0])
