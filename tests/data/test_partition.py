import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedorbit.data.partition import Partition, dirichlet_groups, partition_samples

REGIONS = ["north", "east", "south"]


def dealt(labels, seeds, clients=4, region=0.5, client=0.5, least=1) -> pd.DataFrame:
    chosen = Partition(
        region_concentration=region, client_concentration=client, min_samples=least
    )
    return partition_samples(labels, REGIONS, clients, chosen, seeds)


def ten_classes(samples: int) -> np.ndarray:
    return np.arange(samples) % 10


def skew(table: pd.DataFrame, labels: np.ndarray, by: str) -> float:
    """Return the mean distance in total variation of a group's classes from all."""
    classes = table["sample"].map(pd.Series(labels))
    everywhere = classes.value_counts(normalize=True)
    shares = classes.groupby([table["seed"], table[by]]).value_counts(normalize=True)
    wide = shares.unstack(fill_value=0)
    return float((wide - everywhere).abs().sum(axis=1).mean() / 2)


@given(
    classes=st.integers(1, 10),
    samples=st.integers(12, 300),
    clients=st.integers(1, 4),
    region=st.sampled_from([0.01, 0.5, 1e6]),
    client=st.sampled_from([0.01, 0.5, 1e6]),
    seed=st.integers(0, 1000),
)
def test_every_sample_has_exactly_one_client_and_sizes_are_even(
    classes, samples, clients, region, client, seed
):
    labels = np.random.default_rng(seed).integers(classes, size=samples)
    table = dealt(labels, [seed, seed + 1], clients, region, client)
    for own in (seed, seed + 1):
        part = table[table["seed"] == own]
        assert sorted(part["sample"]) == list(range(samples))
        by_region = part["region"].value_counts()
        assert len(by_region) == 3
        assert by_region.max() - by_region.min() <= 1
        by_client = part.groupby("region", sort=False)["client"].value_counts()
        assert len(by_client) == 3 * clients
        spread = by_client.groupby("region").agg(
            lambda sizes: sizes.max() - sizes.min()
        )
        assert (spread <= 1).all()


def test_clients_are_numbered_through_the_regions_in_their_order():
    table = dealt(ten_classes(120), [7])
    homes = table.drop_duplicates("client").set_index("client")["region"].sort_index()
    assert homes.to_dict() == {
        client: region for client, region in enumerate(np.repeat(REGIONS, 4))
    }


def test_every_client_has_the_least_number_of_samples():
    # 120 samples for 3 x 4 clients are 10 each.
    table = dealt(ten_classes(120), [0, 1, 2], region=0.01, client=0.01, least=10)
    assert (table.groupby(["seed", "client"]).size() == 10).all()


@pytest.mark.parametrize("concentration", [0.01, 1e6])
def test_extreme_concentrations_come_to_an_end(concentration):
    labels = ten_classes(1347)
    table = dealt(labels, [0], region=concentration, client=concentration)
    assert sorted(table["sample"]) == list(range(1347))


@given(st.floats(1e-6, 1e9), st.integers(0, 50))
@settings(max_examples=30)
def test_the_deal_ends_for_any_concentration(concentration, seed):
    labels = ten_classes(57)
    rng = np.random.default_rng(seed)
    groups = dirichlet_groups(labels, 5, concentration, rng)
    # 57 = 12 + 12 + 11 + 11 + 11
    assert sorted(len(group) for group in groups) == [11, 11, 11, 12, 12]
    assert sorted(np.concatenate(groups)) == list(range(57))


def test_regions_are_alike_when_the_concentration_is_great():
    labels = ten_classes(1200)
    table = dealt(labels, [0, 1, 2], region=1e6)
    # A region draws 400 of 1200 samples: a class has 40 of them, give or take
    # sqrt(400 * 0.1 * 0.9) = 6, so the mean deviation is about 5 of 400 per class,
    # and 10 classes of 5 in 400, halved, are 0.06.
    assert skew(table, labels, "region") < 0.1


def test_regions_are_unlike_when_the_concentration_is_small():
    labels = ten_classes(1200)
    table = dealt(labels, [0, 1, 2], region=0.01)
    # With one class alone a region would be 0.9 from the mean; a region of 400 needs
    # at least 4 of the classes of 120, of which 3.3 would be all: 1 - 4 / 10.
    assert skew(table, labels, "region") > 0.55


@pytest.mark.parametrize("level", ["region", "client"])
def test_heterogeneity_falls_as_the_concentration_grows(level):
    labels = ten_classes(2400)
    skews = []
    for concentration in (0.01, 0.1, 1.0, 10.0, 1000.0):
        chosen = {"region": 1e6, "client": 1e6, level: concentration}
        skews.append(skew(dealt(labels, list(range(5)), **chosen), labels, level))
    assert (np.diff(skews) < 0).all()


def test_a_partition_depends_on_its_seed_alone():
    labels = ten_classes(240)
    both, alone = dealt(labels, [0, 1]), dealt(labels, [1])
    pd.testing.assert_frame_equal(
        both[both["seed"] == 1].reset_index(drop=True), alone.reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(dealt(labels, [1]), alone)


def test_seeds_deal_differently():
    labels = ten_classes(240)
    table = dealt(labels, [0, 1])
    owners = table.pivot(index="sample", columns="seed", values="client")
    # Equal owners by chance are 1 in 12.
    assert (owners[0] == owners[1]).mean() < 0.5


def test_too_few_samples_are_refused_with_the_numbers_and_a_remedy(refused):
    # 119 samples for 12 clients leave 9 for some.
    sentence = refused(dealt, ten_classes(119), [0], least=10)
    assert "min_samples is 10" in sentence
    assert "119 samples for 12 clients leave 9" in sentence
    assert "lower it or have fewer clients" in sentence


def test_more_clients_than_samples_are_refused(refused):
    assert "11 samples for 12 clients" in refused(dealt, ten_classes(11), [0])
