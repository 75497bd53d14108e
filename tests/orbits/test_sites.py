import pandas as pd
import pytest
from tests.orbits.made import elements

from fedorbit.orbits.sites import (
    read_masked_sites,
    read_sites,
    refuse_shared_names,
    unseen,
)

HEADER = "name,latitude_deg,longitude_deg,altitude_m"


@pytest.fixture
def written(tmp_path):
    def write(*rows: str, header: str = HEADER, name: str = "sites.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
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
    sites = read_sites(written("A,90,180,100000", "B,-90,-180,-500", "C,0,360,0"))
    assert sites["latitude_deg"].tolist() == [90.0, -90.0, 0.0]


def test_longitudes_to_360_are_turned_to_the_west(written):
    sites = read_sites(written("Suva,-18.1,190.5,5", "A,0,180,0", "B,0,360,0"))
    assert sites["longitude_deg"].tolist() == [-169.5, 180.0, 0.0]


@pytest.mark.parametrize("name", ["NA", "null", "None", "nan", "NaN", "N/A", "TRUE"])
def test_names_that_mean_nothing_elsewhere_are_names(written, name):
    assert read_sites(written(f"{name},-22.56,17.08,1650"))["name"].tolist() == [name]


def test_blanks_and_empty_rows_and_ends_are_no_harm(written):
    path = written(
        "",
        " Paris ,48.8, 2.3 ,35,,",
        ",,,",
        '"New\u00a0 York" , 40.7,-74,10',
        "  ,  ,,",
        header="\ufeff Name , latitude_deg, LONGITUDE_DEG , altitude_m,,",
    )
    assert read_sites(path)["name"].tolist() == ["Paris", "New York"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_names_are_composed_whatever_the_file_was_saved_as(tmp_path, encoding):
    path = tmp_path / "sites.csv"
    path.write_bytes(f"{HEADER}\nSa\u0303o Paulo,-23.5,-46.6,700\n".encode(encoding))
    assert read_sites(path)["name"].tolist() == ["S\u00e3o Paulo"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name;latitude_deg;longitude_deg;altitude_m\nA;48,8;2,3;35\n", "semicolons"),
        ("name\tlatitude_deg\tlongitude_deg\taltitude_m\nA\t4\t2\t3\n", "tabs"),
        (f"{HEADER}\nM\u00fcnchen,48,11,500\n".encode("cp1252"), "0xfc"),
        (f'{HEADER}\n"A,1,2,3\nB,4,5,6\n', "invisible character U+000A"),
        (f"{HEADER}\nA,1,2,3\0\n", "a"),
        (b"PK\x03\x04", "not a CSV table but packed by zip; unpack it"),
        (b"\x1f\x8b\x08", "not a CSV table but packed by gzip; unpack it"),
    ],
)
def test_tables_of_other_kinds_are_refused_with_what_helps(
    refused, tmp_path, text, words
):
    path = tmp_path / "sites.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    sentence = refused(read_sites, path)
    assert sentence.startswith(f"{path}: ") and words in sentence
    if words in ("semicolons", "tabs", "0xfc"):
        for remedy in ("commas", "points", "UTF-8"):
            assert remedy in sentence


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("Paris ", "Paris", "'Paris' occurs twice"),
        ("S\u00e3o", "Sa\u0303o", "occurs twice"),
        ("New York", "New\u00a0York", "'New York' occurs twice"),
        ("Paris", "P\u0430ris", "look alike"),  # a Cyrillic letter
        ("Paris", "\uff30aris", "look alike"),  # a wide letter
        ("Omega", "\u039fmega", "look alike"),  # a Greek letter
    ],
)
def test_names_that_look_alike_are_refused(refused, written, first, second, words):
    path = written(f"{first},48.8,2.3,35", f"{second},48.8,2.4,35")
    sentence = refused(read_sites, path)
    assert words in sentence and "rename one" in sentence
    one, other = written(f"{first},1,2,3"), written(f"{second},1,2,3", name="b.csv")
    assert "rename one" in refused(read_masked_sites, [(one, 5.0), (other, 5.0)])


@pytest.mark.parametrize(
    "name", ['"Pa\nris"', "Pa\x1b[31mris", "Paris\u200b", "\u202eParis", "Pa\tris"]
)
def test_names_with_unseen_characters_are_refused(refused, written, name):
    sentence = refused(read_sites, written(f"{name},48.8,2.3,35"))
    assert "invisible character" in sentence and "remove it" in sentence
    assert "\x1b" not in sentence and "\u202e" not in sentence


def test_a_file_may_have_a_mask_for_each_site(written):
    header = f"{HEADER},min_elevation_deg"
    path = written("A,1,2,3,5", "B,1,3,3,", "C,1,4,3,-3.5", header=header)
    other = written("D,0,0,0", name="other.csv")
    sites = read_masked_sites([(path, 25.0), (other, 10.0)])
    assert sites["min_elevation_deg"].tolist() == [5.0, 25.0, -3.5, 10.0]


def test_a_mask_out_of_range_is_named(refused, written):
    path = written("A,1,2,3,90", header=f"{HEADER},min_elevation_deg")
    sentence = refused(read_sites, path)
    assert "min_elevation_deg of A is 90" in sentence and "-89.9 to 89.9" in sentence


def test_an_address_is_no_file(refused):
    sentence = refused(read_sites, "https://example.org/sites.csv")
    assert sentence.startswith("https://example.org/sites.csv: there is no such file")


def test_a_satellite_called_like_a_site_is_refused(refused, written):
    sites = read_masked_sites([(written("Quito,0,-78,0"), 25.0)])
    refuse_shared_names([elements(500, 0.0, 53.0, name="QUITO")], sites)
    shared = [elements(500, 0.0, 53.0, name="Quito")]
    assert "'Quito'" in refused(refuse_shared_names, shared, sites)


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
        ("Quito,0,-180.5,0", "longitude_deg", "-180.5", "from -180 to 360"),
        ("Quito,0,360.5,0", "longitude_deg", "360.5", "from -180 to 360"),
        ("Quito,0,0,100001", "altitude_m", "100001", "from -500 to 100000"),
        ("Quito,0,0,-501", "altitude_m", "-501", "from -500 to 100000"),
        ("Quito,north,0,0", "latitude_deg", "north", "a number"),
        ("Quito,,0,0", "latitude_deg", "empty", "a number"),
        ("Quito,True,0,0", "latitude_deg", "True", "a number"),
        ("Quito,1_0,0,0", "latitude_deg", "1_0", "a number"),
        ("Quito,nan,0,0", "latitude_deg", "nan", "a number"),
        ('Quito,"0,5",0,0', "latitude_deg", "0,5", "a point in place of the comma"),
        ("Quito,12N,0,0", "latitude_deg", "12N", "a number"),
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
    (sentence,) = unseen(contacts, sites, 24.0)
    assert sentence.startswith(f"{path}: Alert, latitude 82.5")
    assert "25 degrees in 24 h" in sentence and "lower the mask" in sentence


def test_nothing_is_said_of_sites_that_see_satellites(written):
    sites = read_masked_sites([(written("Quito,0,-78,0", "Lagos,6,3,0"), 25.0)])
    contacts = pd.DataFrame({"site": ["Lagos", "Quito", "Lagos"]})
    assert unseen(contacts, sites, 24.0) == []


def test_an_empty_table_of_contacts_leaves_every_site_unseen(written):
    sites = read_masked_sites([(written("Quito,0,-78,0", "Lagos,6,3,0"), 25.0)])
    empty = pd.DataFrame({"site": pd.Series([], dtype=str)})
    quito, lagos = unseen(empty, sites, 1.0)
    assert "Quito" in quito and "Lagos" in lagos


def test_one_file_for_regions_and_stations_is_refused(refused, written):
    path = written("Quito,0,-78,0")
    sentence = refused(read_masked_sites, [(path, 25.0), (path, 10.0)])
    assert "'Quito' occurs in both" in sentence
