"""Damaged files are read rightly, or refused in one sentence, and soon.

Set ``FEDORBIT_FUZZ`` to a number of files of each kind to try more of them.
"""

import csv
import io
import math
import os
import re
import time
import unicodedata
from datetime import datetime, timedelta
from random import Random

import pytest
from sgp4.api import Satrec
from tests.orbits import fuzz

from fedorbit.base.errors import UNSEEN, InputError
from fedorbit.base.text import decoded, unpacked
from fedorbit.orbits.choice import choose
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.elements import semi_major_axis_km
from fedorbit.orbits.lists import parse_elements
from fedorbit.orbits.sites import read_masked_sites, read_sites
from fedorbit.orbits.sources import Select

FILES = int(os.environ.get("FEDORBIT_FUZZ", "300"))
SLOW_S = 5.0


def text_of(content: bytes) -> str:
    return decoded(unpacked(content, "x"), "x")


def is_visible(text: str) -> bool:
    return not any(unicodedata.category(c) in UNSEEN for c in text)


def assert_plausible(satellite) -> None:
    """Assert that a satellite is one, and that its name can be shown."""
    assert satellite.name and is_visible(satellite.name)
    assert 0 <= satellite.number <= 999_999_999
    assert 1957 <= satellite.epoch.year <= 2056
    assert 0 <= satellite.inclination_deg <= 180 and 0 <= satellite.eccentricity < 1
    assert math.isfinite(satellite.bstar)
    axis_km = semi_major_axis_km(satellite.mean_motion_rev_day)
    assert axis_km * (1 - satellite.eccentricity) >= 6378
    assert satellite.satrec().no_kozai > 0


def elements_by_sgp4(text: str) -> set:
    """Return the elements of all pairs of lines of a text, by the package sgp4."""
    lines = [line.strip("\ufeff\x1a\0 \t") for line in text.splitlines()]
    lines = [line for line in lines if line.isprintable()]
    found = set()
    firsts = [line for line in lines if line.startswith("1 ") and len(line) >= 68]
    seconds = [line for line in lines if line.startswith("2 ") and len(line) >= 68]
    for line1 in firsts:
        for line2 in seconds:
            if line1[2:7].strip(" 0") == line2[2:7].strip(" 0") and line1.isascii():
                found.add(_key(Satrec.twoline2rv(line1, line2)))
    return found


def _key(satrec: Satrec) -> tuple:
    epoch = satrec.jdsatepoch, satrec.jdsatepochF
    return *epoch, satrec.no_kozai, satrec.ecco, satrec.inclo, satrec.mo, satrec.bstar


def assert_said(satellite, text: str) -> None:
    """Assert that the numbers of a satellite of a message stand in the text."""
    numbers = {
        float(word)
        for word in re.findall(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text)
    }
    for value in (
        satellite.mean_motion_rev_day,
        satellite.eccentricity,
        satellite.inclination_deg,
        satellite.bstar,
    ):
        assert value in numbers or -value in numbers
    for angle in (
        satellite.raan_deg,
        satellite.argument_of_perigee_deg,
        satellite.mean_anomaly_deg,
    ):
        assert any(abs((angle - number + 180) % 360 - 180) < 1e-6 for number in numbers)


def try_list(seed: int) -> str:
    """Read one damaged list of satellites; return what became of it."""
    random = Random(seed)
    form, text = fuzz.good_list(random)
    content = fuzz.damaged(text, random)
    name = random.choice(["x", f"x.{form}", "x.txt"])
    begin = time.perf_counter()
    try:
        reading = parse_elements(content, name)
    except InputError as error:
        assert is_visible(str(error)) and str(error)[-1] in ".?"
        assert len(str(error)) < 1500
        return "refused"
    for record in reading.left_out:
        assert record.where and record.reason and record.told
    found = text_of(content)
    by_sgp4 = elements_by_sgp4(found)
    for satellite in reading.sets:
        assert_plausible(satellite)
        if by_sgp4:
            assert _key(satellite.satrec()) in by_sgp4
        else:
            assert_said(satellite, found)
    start = reading.sets[0].epoch.replace(microsecond=0) + timedelta(hours=6)
    if 1957 < start.year < 2056:
        search(reading, start)
    assert time.perf_counter() - begin < SLOW_S
    return "read in part" if reading.left_out else "read"


def search(reading, start: datetime) -> None:
    """Assert that the satellites that are left can be searched."""
    try:
        sets, table = choose(reading.sets, Select(), start, 2.0, reading.left_out)
    except InputError:
        return
    assert table["satellites"].iloc[0] == table["satellites"].iloc[1:].sum()
    assert len({s.name for s in sets}) == len(sets)
    found = find_contacts(sets, PLACE, start, 2.0)
    assert (found["rise_s"] <= found["culmination_s"]).all()
    assert (found["culmination_s"] <= found["set_s"]).all()


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    global PLACE
    path = tmp_path_factory.mktemp("place") / "sites.csv"
    path.write_text("name,latitude_deg,longitude_deg,altitude_m\nA,0,0,0\n")
    PLACE = read_masked_sites([(path, 5.0)])


def try_sites(seed: int, path) -> str:
    """Read one damaged table of sites; return what became of it."""
    random = Random(seed)
    content = fuzz.damaged(fuzz.good_sites(random), random)
    path.write_bytes(content)
    begin = time.perf_counter()
    try:
        sites = read_sites(path)
    except InputError as error:
        assert is_visible(str(error)) and str(error)[-1] in ".?"
        assert len(str(error)) < 1000
        return "refused"
    rows = [
        [cell.strip() for cell in row]
        for row in csv.reader(io.StringIO(text_of(content), newline=""))
    ]
    rows = [row for row in rows if any(row)][1:]
    assert len(rows) == len(sites) == sites["name"].nunique()
    for row, site in zip(rows, sites.itertuples(), strict=True):
        assert is_visible(site.name)
        assert site.name == unicodedata.normalize("NFC", " ".join(row[0].split()))
        assert float(row[1]) == site.latitude_deg and abs(site.latitude_deg) <= 90
        assert (float(row[2]) - site.longitude_deg) % 360 == 0
        assert -180 <= site.longitude_deg <= 180
        assert float(row[3]) == site.altitude_m and -500 <= site.altitude_m <= 100_000
        assert "_" not in "".join(row[1:]) and "".join(row[1:]).isascii()
    assert time.perf_counter() - begin < SLOW_S
    return "read"


def test_damaged_lists_of_satellites():
    results = [try_list(seed) for seed in range(FILES)]
    counts = {kind: results.count(kind) for kind in sorted(set(results))}
    print(f"{FILES} lists: {counts}")
    assert min(counts.get(k, 0) for k in ("read", "read in part", "refused")) > 0


def test_damaged_tables_of_sites(tmp_path):
    results = [try_sites(seed, tmp_path / "sites.csv") for seed in range(FILES)]
    counts = {kind: results.count(kind) for kind in sorted(set(results))}
    print(f"{FILES} tables: {counts}")
    assert min(counts["read"], counts["refused"]) > 0
