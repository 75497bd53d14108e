import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedorbit.data.homes import orbit_homes, region_homes
from fedorbit.data.partition import (
    classes_of_regions,
    dirichlet_groups,
    group_column,
    parse_partition,
    partition_samples,
)

REGIONS = ["north", "east", "south"]
SCHEMES = {
    "iid": {},
    "dirichlet": {"region_concentration": 0.5, "client_concentration": 0.5},
    "shards": {"shards_per_client": 2},
    "geography": {"classes_per_region": 4, "client_concentration": 0.5},
}


def dealt_by(
    scheme, labels, seeds, clients=4, least=1, spread=0.0, homes=None, **others
) -> pd.DataFrame:
    values = {"scheme": scheme, "min_samples": least} | SCHEMES[scheme] | others
    if scheme != "shards":
        values["size_spread"] = spread
    homes = homes or region_homes(REGIONS, clients)
    return partition_samples(labels, homes, parse_partition(values), seeds)


def dealt(labels, seeds, clients=4, region=0.5, client=0.5, least=1) -> pd.DataFrame:
    concentrations = {"region_concentration": region, "client_concentration": client}
    return dealt_by("dirichlet", labels, seeds, clients, least, **concentrations)


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
    sizes = np.array([20, 1, 0, 30, 6])
    groups = dirichlet_groups(labels, sizes, concentration, rng)
    assert [len(group) for group in groups] == [20, 1, 0, 30, 6]
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


def sizes_of(table: pd.DataFrame) -> np.ndarray:
    return table.groupby(["seed", "client"]).size().to_numpy()


@given(
    scheme=st.sampled_from(["iid", "dirichlet", "shards"]),
    samples=st.integers(36, 300),
    least=st.integers(1, 3),
    spread=st.sampled_from([0.0, 0.5, 3.0, 10.0]),
    seed=st.integers(0, 1000),
)
def test_every_scheme_deals_all_samples_and_keeps_the_least_size(
    scheme, samples, least, spread, seed
):
    labels = np.random.default_rng(seed).integers(10, size=samples)
    rare = {"region_concentration": 0.01, "client_concentration": 0.01}
    others = rare if scheme == "dirichlet" else {}
    if scheme == "shards":
        least = min(least, samples // 24 * 2)
    table = dealt_by(scheme, labels, [seed], least=least, spread=spread, **others)
    assert sorted(table["sample"]) == list(range(samples))
    assert len(sizes_of(table)) == 12
    assert sizes_of(table).min() >= least


@given(
    each=st.integers(2, 6),
    client=st.sampled_from([0.01, 0.5, 1e6]),
    spread=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 1000),
)
def test_geography_deals_all_samples_and_only_the_classes_of_the_region(
    each, client, spread, seed
):
    labels = np.arange(600) % 6
    chosen = {"classes_per_region": each, "client_concentration": client}
    table = dealt_by("geography", labels, [seed], least=3, spread=spread, **chosen)
    assert sorted(table["sample"]) == list(range(600))
    assert sizes_of(table).min() >= 3
    occurs = classes_of_regions(6, 3, each)
    for number, region in enumerate(REGIONS):
        own = labels[table.loc[table["region"] == region, "sample"]]
        assert set(own) == set(np.flatnonzero(occurs[number]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_partition_depends_on_its_seed_alone(scheme):
    labels = ten_classes(240)
    both = dealt_by(scheme, labels, [0, 1], spread=0.5)
    alone = dealt_by(scheme, labels, [1], spread=0.5)
    pd.testing.assert_frame_equal(
        both[both["seed"] == 1].reset_index(drop=True), alone.reset_index(drop=True)
    )
    again = dealt_by(scheme, labels, [1], spread=0.5)
    pd.testing.assert_frame_equal(again, alone)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_table_is_sorted_by_seed_client_and_sample(scheme):
    table = dealt_by(scheme, ten_classes(240), [3, 5], spread=0.5)
    assert list(table.columns) == ["seed", "sample", "client", "region"]
    pd.testing.assert_frame_equal(
        table, table.sort_values(["seed", "client", "sample"], ignore_index=True)
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_seeds_deal_differently(scheme):
    labels = ten_classes(240)
    table = dealt_by(scheme, labels, [0, 1])
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


@pytest.mark.parametrize("scheme", ["iid", "dirichlet"])
def test_sizes_are_log_normal_with_the_spread_that_is_asked_for(scheme):
    # 600 clients of about 100 samples: the deviation of 600 logarithms is uncertain
    # by 0.5 / sqrt(1200) = 0.014, and rounding adds far less.
    table = dealt_by(scheme, ten_classes(60_000), [0], clients=200, spread=0.5)
    assert np.log(sizes_of(table)).std() == pytest.approx(0.5, abs=0.05)
    # The clients of all regions are alike: 200 logarithms are uncertain by 0.025.
    for _, part in table.groupby("region"):
        assert np.log(sizes_of(part)).std() == pytest.approx(0.5, abs=0.09)


def test_at_random_all_clients_have_about_the_same_classes():
    labels = ten_classes(12_000)
    table = dealt_by("iid", labels, [0, 1])
    # A class has 100 of a client's 1000 samples, give or take 9.5: on average 7.6 of
    # 1000 off for each of 10 classes, halved 0.038; for a region half of that.
    assert skew(table, labels, "client") == pytest.approx(0.036, abs=0.01)
    assert skew(table, labels, "region") == pytest.approx(0.016, abs=0.008)


def test_shards_give_each_client_two_halves_of_few_classes():
    # 8 classes of 30 are 24 shards of 10, three of each class.
    labels = np.repeat(np.arange(8), 30)
    table = dealt_by("shards", labels, [0, 1, 2], least=20)
    classes = labels[table["sample"]]
    counts = pd.crosstab([table["seed"], table["client"]], classes)
    assert set(np.unique(counts)) == {0, 10, 20}
    assert (counts.sum(axis=1) == 20).all()
    # A shard is a random third of its class, another for another seed.
    first = table[(classes == 0) & (table["seed"] == 0)]
    assert (first.groupby("client")["sample"].agg(np.ptp) > 10).all()


def test_shards_that_leave_a_client_too_few_samples_are_refused(refused):
    # 119 samples are 10 for most clients, but 24 shards of 4 or 5 leave 8 for some.
    sentence = refused(dealt_by, "shards", ten_classes(119), [0], least=9)
    assert "min_samples is 9" in sentence
    assert "2 of 24 shards of 119 samples have 8 for some" in sentence


@pytest.mark.parametrize(
    ("classes", "regions", "each", "rows"),
    [
        (4, 2, 2, ["0 1", "2 3"]),
        (4, 3, 2, ["0 1", "1 2", "2 3"]),
        (5, 2, 4, ["0 1 2 3", "0 2 3 4"]),
        (10, 3, 4, ["0 1 2 3", "3 4 5 6", "6 7 8 9"]),
        (2, 4, 1, ["0", "0", "1", "1"]),
        (3, 2, 3, ["0 1 2", "0 1 2"]),
    ],
)
def test_regions_have_consecutive_classes_that_wrap_round(classes, regions, each, rows):
    occurs = classes_of_regions(classes, regions, each)
    assert [" ".join(map(str, np.flatnonzero(row))) for row in occurs] == rows


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_every_class_occurs_somewhere(classes, regions, each):
    each = min(classes, max(each, -(-classes // regions)))
    occurs = classes_of_regions(classes, regions, each)
    assert occurs.any(axis=0).all()
    assert (occurs.sum(axis=1) == each).all()


def test_regions_share_a_class_evenly_when_clients_are_alike():
    # Classes 0 and 1, 1 and 2, 2 and 3 of 60 each: 60 + 30, 30 + 30 and 30 + 60.
    labels = np.repeat(np.arange(4), 60)
    table = dealt_by("geography", labels, [0], least=15, classes_per_region=2)
    counts = pd.crosstab(table["region"], labels[table["sample"]]).loc[REGIONS]
    assert counts.to_numpy().tolist() == [
        [60, 30, 0, 0],
        [0, 30, 30, 0],
        [0, 0, 30, 60],
    ]
    # 90 samples for 4 clients are 23, 23, 22 and 22.
    assert sizes_of(table).tolist() == [23, 23, 22, 22, 15, 15, 15, 15, 23, 23, 22, 22]


def test_geography_that_leaves_a_class_nowhere_is_refused(refused):
    labels = np.repeat(np.arange(4), 60)
    sentence = refused(dealt_by, "geography", labels, [0], classes_per_region=1)
    assert "classes_per_region is 1" in sentence
    assert "with 3 regions 1 of 4 classes would occur in none" in sentence
    assert "at least 2" in sentence


def test_more_classes_in_a_region_than_there_are_is_refused(refused):
    labels = np.repeat(np.arange(4), 60)
    sentence = refused(dealt_by, "geography", labels, [0], classes_per_region=5)
    assert "classes_per_region is 5, but there are 4 classes" in sentence


def test_a_region_whose_classes_are_too_rare_is_refused(refused):
    labels = np.repeat([0, 1, 2], [7, 100, 100])
    sentence = refused(
        dealt_by, "geography", labels, [0], least=2, classes_per_region=1
    )
    assert "region 1 of 3 have 7 samples for 4 clients" in sentence


UNEVEN = orbit_homes({0: ["S1"], 1: ["S2", "S3", "S4"], 2: ["S5", "S6"]})


@pytest.mark.parametrize("scheme", SCHEMES)
@given(seed=st.integers(0, 1000), spread=st.sampled_from([0.0, 1.0]))
@settings(max_examples=20)
def test_groups_of_any_size_get_all_samples(scheme, seed, spread):
    labels = ten_classes(300)
    table = dealt_by(scheme, labels, [seed], least=3, spread=spread, homes=UNEVEN)
    assert list(table.columns) == ["seed", "sample", "client", "orbit"]
    assert group_column(table) == "orbit"
    assert sorted(table["sample"]) == list(range(300))
    of_client = table.drop_duplicates("client").set_index("client")["orbit"]
    assert of_client.tolist() == ["0", "1", "1", "1", "2", "2"]
    assert sizes_of(table).min() >= 3


def test_equal_clients_of_unequal_groups_have_equal_sizes_by_hand():
    # 64 samples for six clients are 10 and four more: one for the first client of each
    # of the three groups, and one for the second client of the second.
    table = dealt_by("iid", ten_classes(64), [0], homes=UNEVEN)
    assert sizes_of(table).tolist() == [11, 11, 11, 10, 11, 10]


def test_satellites_of_a_plane_are_alike_and_planes_are_not():
    homes = orbit_homes({n: [f"S{n}-{s}" for s in range(4 + n)] for n in range(3)})
    chosen = {"region_concentration": 0.01, "client_concentration": 1e6}
    labels = ten_classes(1500)
    table = dealt_by("dirichlet", labels, [0, 1, 2], homes=homes, **chosen)
    assert skew(table, labels, "orbit") > 0.5
    own = table[table["orbit"] == "2"].reset_index(drop=True)
    classes = labels[own["sample"]]
    shares = pd.crosstab([own["seed"], own["client"]], classes, normalize="index")
    spread = shares.groupby("seed").agg(lambda share: share.max() - share.min())
    # A client of 100 samples has a class give or take 5 of 100.
    assert spread.to_numpy().max() < 0.25
