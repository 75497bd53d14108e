import pandas as pd
import pytest

from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes, kind_of, name_of, orbit_homes, region_homes

PARIS_AND_QUITO = [
    (0, "Paris", "region/Paris"),
    (1, "Paris", "region/Paris"),
    (2, "Quito", "region/Quito"),
    (3, "Quito", "region/Quito"),
]


def table_of(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["client", "node", "group"])


def test_regions_by_hand():
    homes = region_homes(["Paris", "Quito"], 2)
    pd.testing.assert_frame_equal(homes.table, table_of(PARIS_AND_QUITO))
    assert homes.table["client"].dtype == "int64"
    assert homes.groups == ["region/Paris", "region/Quito"]
    assert (homes.kind, homes.names) == ("region", ["Paris", "Quito"])
    assert (len(homes), homes.sizes) == (4, [2, 2])
    assert homes.clients("region/Quito") == [2, 3]
    assert (homes.group(1), homes.node(1)) == ("region/Paris", "Paris")
    assert homes.nodes("region/Quito") == ["Quito"]


def test_planes_with_different_numbers_of_satellites_by_hand():
    homes = orbit_homes({3: ["S1", "S2"], 7: ["S9"]})
    rows = [(0, "S1", "orbit/3"), (1, "S2", "orbit/3"), (2, "S9", "orbit/7")]
    pd.testing.assert_frame_equal(homes.table, table_of(rows))
    assert (homes.kind, homes.names, homes.sizes) == ("orbit", ["3", "7"], [2, 1])
    assert homes.nodes("orbit/3") == ["S1", "S2"]
    assert (homes.node(2), homes.clients("orbit/7")) == ("S9", [2])


def test_a_satellite_flies_in_one_plane():
    with pytest.raises(ValueError, match="S1 is in two planes"):
        orbit_homes({0: ["S1"], 1: ["S2", "S1"]})


def test_a_group_may_live_at_several_nodes():
    homes = Homes.of({"cluster/0": ["Paris", "Quito", "Paris"], "cluster/1": ["Rome"]})
    assert homes.clients("cluster/0") == [0, 1, 2]
    assert homes.nodes("cluster/0") == ["Paris", "Quito"]


def test_names_may_have_slashes():
    assert kind_of("region/A/B") == "region"
    assert name_of("region/A/B") == "A/B"
    assert region_homes(["A/B"], 1).names == ["A/B"]


def test_homes_survive_writing_and_reading(tmp_path):
    path = tmp_path / "homes.parquet"
    region_homes(["Paris", "Quito"], 2).write(path)
    pd.testing.assert_frame_equal(Homes.read(path).table, table_of(PARIS_AND_QUITO))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "not numbered from 0"),
        ([(1, "P", "region/P")], "not numbered from 0"),
        ([(0, "P", "region/P"), (0, "P", "region/P")], "not numbered from 0"),
        ([(0, "P", "region/P"), (1, "P", "orbit/P")], "of several kinds"),
        ([(0, "P", "region")], "by its kind, a slash and its name"),
        ([(0, None, "region/P")], "None is no name"),
        (
            [(0, "P", "region/P"), (1, "Q", "region/Q"), (2, "P", "region/P")],
            "do not stand together",
        ),
    ],
)
def test_a_table_that_is_no_homes_is_refused(rows, words, tmp_path, refused):
    path = tmp_path / "homes.parquet"
    write_table(table_of(rows), path)
    sentence = refused(Homes.read, path)
    assert "homes.parquet: not the homes of clients" in sentence
    assert words in sentence


def test_another_table_is_refused(tmp_path, refused):
    path = tmp_path / "homes.parquet"
    write_table(pd.DataFrame({"client": [0]}), path)
    assert "columns are not client, node, group" in refused(Homes.read, path)
