import pandas as pd
import pytest

from fedorbit.orbits.sites import read_masked_sites, read_sites, require_contacts

HEADER = "name,latitude_deg,longitude_deg,altitude_m"


@pytest.fixture
def written(tmp_path):
    def write(*rows: str, header: str = HEADER, name: str = "sites.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


def test_sites_are_read_in_the_order_of_the_file(written):
    sites = read_sites(written("Quito,-0.18,-78.47,2850", "Lagos, 6.45, 3.40, 0"))
    assert sites.to_dict("list") == {
        "name": ["Quito", "Lagos"],
        "latitude_deg": [-0.18, 6.45],
        "longitude_deg": [-78.47, 3.40],
        "altitude_m": [2850.0, 0.0],
    }
    assert sites["altitude_m"].dtype == "float64"


def test_names_that_look_like_numbers_stay_names(written):
    assert read_sites(written("007,1,2,3"))["name"].tolist() == ["007"]


def test_the_limits_themselves_are_allowed(written):
    sites = read_sites(written("A,90,180,9000", "B,-90,-180,-500"))
    assert sites["latitude_deg"].tolist() == [90.0, -90.0]


def test_every_shipped_list_of_sites_is_good(project):
    paths = [*project.glob("data/regions/*.csv"), *project.glob("data/stations/*.csv")]
    assert len(paths) >= 3
    for path in paths:
        assert len(read_sites(path)) >= 1


def test_a_missing_file_is_named(refused, tmp_path):
    path = tmp_path / "nowhere.csv"
    assert refused(read_sites, path).startswith(f"{path}: there is no such file")


@pytest.mark.parametrize(
    "header",
    [
        "name,latitude_deg,longitude_deg",
        "name,latitude_deg,longitude_deg,altitude_m,country",
        "name,latitude,longitude_deg,altitude_m",
        "name,longitude_deg,latitude_deg,altitude_m",
    ],
)
def test_other_columns_are_refused_with_those_that_must_be(refused, written, header):
    row = ",".join("1" * (header.count(",") + 1))
    path = written(row, header=header)
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: the columns are {header.replace(',', ', ')};")
    assert HEADER.replace(",", ", ") in sentence


def test_a_file_without_sites_is_refused(refused, written):
    path = written()
    assert refused(read_sites, path).startswith(f"{path}: lists no sites; add")


def test_an_empty_file_is_refused(refused, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("")
    assert refused(read_sites, path).startswith(f"{path}: not a CSV table")


def test_a_file_that_is_not_text_is_refused(refused, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_bytes(HEADER.encode() + b"\nM\xfcnchen,48,11,500\n")
    assert refused(read_sites, path).startswith(f"{path}: not a CSV table")


def test_a_row_of_too_many_values_among_good_ones_is_refused(refused, written):
    path = written("Quito,0,-78,0", "Lagos,6,3,0,9", "Paris,48,2,0")
    assert refused(read_sites, path).startswith(f"{path}: ")


def test_rows_of_too_many_values_are_refused_and_not_shifted(refused, written):
    path = written("Quito,1,2,3,4", "Lagos,5,6,7,8")
    assert refused(read_sites, path).startswith(f"{path}: ")


def test_a_row_of_too_few_values_is_refused(refused, written):
    path = written("Quito,0,-78")
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: altitude_m of Quito is ")


@pytest.mark.parametrize(
    ("row", "column", "value", "limit"),
    [
        ("Quito,90.5,0,0", "latitude_deg", "90.5", "from -90 to 90"),
        ("Quito,-91,0,0", "latitude_deg", "-91", "from -90 to 90"),
        ("Quito,0,180.5,0", "longitude_deg", "180.5", "from -180 to 180"),
        ("Quito,0,281.5,0", "longitude_deg", "281.5", "from -180 to 180"),
        ("Quito,0,0,9001", "altitude_m", "9001", "from -500 to 9000"),
        ("Quito,north,0,0", "latitude_deg", "north", "a number"),
        ("Quito,,0,0", "latitude_deg", "nan", "a number"),
        ("Quito,0,inf,0", "longitude_deg", "inf", "a number"),
    ],
)
def test_a_bad_coordinate_is_named_with_its_site_and_limits(
    refused, written, row, column, value, limit
):
    path = written("Lagos,6.45,3.40,0", row)
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: {column} of Quito is {value}")
    assert limit in sentence


def test_a_site_without_a_name_is_refused(refused, written):
    path = written("Quito,0,-78,0", ",6,3,0")
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: ") and "no name" in sentence


def test_a_name_that_occurs_twice_is_named(refused, written):
    path = written("Quito,0,-78,0", "Quito,6,3,0")
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: the name 'Quito' occurs twice; rename")


def test_each_file_has_its_own_mask(written):
    regions = written("Quito,0,-78,0", "Lagos,6,3,0", name="regions.csv")
    stations = written("Kourou,5,-53,0", name="stations.csv")
    sites = read_masked_sites([(regions, 25.0), (stations, 10.0)])
    assert sites["name"].tolist() == ["Quito", "Lagos", "Kourou"]
    assert sites["min_elevation_deg"].tolist() == [25.0, 25.0, 10.0]


def test_a_name_in_two_files_is_named_with_both(refused, written):
    regions = written("Quito,0,-78,0", name="regions.csv")
    stations = written("Quito,0,-78,0", name="stations.csv")
    sentence = refused(read_masked_sites, [(regions, 25.0), (stations, 10.0)])
    assert str(regions) in sentence and str(stations) in sentence
    assert "'Quito' occurs in both" in sentence and "rename" in sentence


def test_a_site_that_no_satellite_sees_is_named_with_a_remedy(refused, written):
    path = written("Quito,0,-78,0", "Alert,82.5,-62.3,30")
    sites = read_masked_sites([(path, 25.0)])
    contacts = pd.DataFrame({"site": ["Quito", "Quito"]})
    sentence = refused(require_contacts, contacts, sites, 24.0)
    assert sentence.startswith(f"{path}: Alert, latitude 82.5")
    assert "25 degrees in 24 h" in sentence and "lower the mask" in sentence


def test_sites_that_all_see_satellites_are_let_through(written):
    sites = read_masked_sites([(written("Quito,0,-78,0", "Lagos,6,3,0"), 25.0)])
    require_contacts(pd.DataFrame({"site": ["Lagos", "Quito", "Lagos"]}), sites, 24.0)


def test_an_empty_table_of_contacts_is_refused(refused, written):
    sites = read_masked_sites([(written("Quito,0,-78,0"), 25.0)])
    empty = pd.DataFrame({"site": pd.Series([], dtype=str)})
    assert "Quito" in refused(require_contacts, empty, sites, 1.0)


def test_one_file_for_regions_and_stations_is_refused(refused, written):
    path = written("Quito,0,-78,0")
    sentence = refused(read_masked_sites, [(path, 25.0), (path, 10.0)])
    assert "'Quito' occurs in both" in sentence
