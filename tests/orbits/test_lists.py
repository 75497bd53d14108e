import gzip
import json
from pathlib import Path

import pytest
from tests.orbits.test_messages import (
    MESSAGE,
    TEXTS,
    VANGUARD,
    WORSE,
    csv_of,
    kvn_of,
    xml_of,
)
from tests.orbits.test_tle import ISS, ISS_LINES, TEXT

from fedorbit.base import text as texts
from fedorbit.orbits.lists import read_constellation, read_elements
from fedorbit.orbits.omm import write_elements

TLE = f"ISS (ZARYA)\n{ISS_LINES[0]}\n{ISS_LINES[1]}\n"


@pytest.fixture
def written(tmp_path):
    def write(content: str | bytes, name: str = "satellites.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize("name", ["satellites.txt", "satellites"])
@pytest.mark.parametrize(
    "text",
    [
        json.dumps([MESSAGE]),
        json.dumps(MESSAGE, indent=1),
        json.dumps([{key: str(value) for key, value in MESSAGE.items()}]),
        csv_of(MESSAGE),
        csv_of(MESSAGE).replace("\n", "\r\n"),
        "\ufeff" + csv_of(MESSAGE),
        kvn_of(MESSAGE),
        kvn_of(MESSAGE).partition("\n\n")[2],
        kvn_of(MESSAGE).replace(" = ", "="),
        xml_of(MESSAGE),
        "\n\n" + xml_of(MESSAGE).partition("\n")[2],
    ],
)
def test_the_contents_say_what_a_file_holds(written, text, name):
    assert read_elements(written(text, name)).sets == [VANGUARD]


@pytest.mark.parametrize(
    "content",
    [
        TLE.encode("utf-8-sig"),
        TLE.encode("utf-16"),
        TLE.encode("utf-16-le"),
        TLE.encode("utf-16-be"),
        TLE.encode("utf-32"),
        gzip.compress(TLE.encode(), mtime=0),
        gzip.compress(TLE.encode("utf-16"), mtime=0),
    ],
    ids=["mark", "utf-16", "little", "big", "utf-32", "gzip", "gzip of utf-16"],
)
def test_a_file_is_read_whatever_it_was_saved_as(written, content):
    assert read_elements(written(content, "x.tle")).sets == [ISS]


def test_the_ending_below_that_of_gzip_counts(written):
    path = written(gzip.compress(csv_of(MESSAGE).encode()), "x.csv.gz")
    assert read_elements(path).sets == [VANGUARD]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TLE.replace("ISS", "Caf\u00e9").encode("cp1252"), "0xe9, perhaps of Windows"),
        (gzip.compress(TLE.encode(), mtime=0)[:-9], "is broken as a gzip file"),
        (gzip.compress(b" " * 4_000_000, mtime=0), "more than 1 MiB"),
        (b" " * 4_000_000, "more than 1 MiB"),
        (b"PK\x03\x04", "packed by zip; unpack it"),
        (b"\xff\xfe\x00", "not text in UTF-16"),
        (b"\xff\xfe\x00\x01", "no element sets in the file"),
        (b"\x89PNG\r\n\x1a\n", "not text in UTF-8"),
        ("", "no element sets in the file; give TLEs"),
        ("No GP data found", "which begins with 'No GP data found'; give TLEs"),
        ("[]", "no element sets in the file"),
        (csv_of(), "no element sets in the file"),
        ("<!DOCTYPE html>\n<p>Not found</p>\n", "is HTML"),
        (json.dumps({"error": "rate limit"}), "message 1: holds no elements but says"),
        (json.dumps([WORSE]), "message 1: INCLINATION of 'VANGUARD 1' is 'steep'"),
        (TLE.replace("2927", "2928"), "line 2: the checksum is 8 but the line adds up"),
    ],
)
def test_a_file_without_a_satellite_is_refused_with_the_reason(
    refused, written, monkeypatch, content, words
):
    monkeypatch.setattr(texts, "LARGEST_BYTES", 1 << 20)
    path = written(content)
    sentence = refused(read_elements, path)
    assert sentence.startswith(str(path)) and words in sentence


def test_a_file_that_is_none_is_named(refused, tmp_path):
    assert "there is no such file" in refused(read_elements, tmp_path / "none.tle")
    assert "cannot be read" in refused(read_elements, tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot be read" in refused(read_elements, tmp_path / "loop")
    assert "there is no such file" in refused(read_elements, "http://x.org/y.tle")


def test_nothing_that_is_said_steers_a_terminal(refused, written):
    for content in (
        "\x1b[31mred",
        json.dumps({"\x1b[2J": "\x1b[31m"}),
        json.dumps([MESSAGE | {"OBJECT_NAME": "\x1b]0;x\x07", "BSTAR": "\x1b[31m"}]),
        TLE.replace("U 98067A", "U\x1b98067A"),
    ):
        sentence = refused(read_elements, written(content, "a\x1b[31mb.tle"))
        assert "\x1b" not in sentence and "\x07" not in sentence
        assert r"\x1b" in sentence


@pytest.mark.parametrize("form", TEXTS)
def test_what_is_written_reads_back(tmp_path, form):
    other = MESSAGE | {"OBJECT_NAME": "a,'b'"}
    sets = [*read_elements_of(TEXTS[form](MESSAGE, other), tmp_path), ISS]
    assert len(sets) == 3
    path = tmp_path / "made" / "satellites.csv"
    write_elements(sets, path)
    assert read_constellation(path) == sets


def read_elements_of(text: str, folder: Path) -> list:
    path = folder / "text"
    path.write_text(text)
    return read_elements(path).sets


def test_what_is_written_is_read_by_the_package_sgp4_too(tmp_path):
    from sgp4 import omm
    from sgp4.api import Satrec

    path = tmp_path / "satellites.csv"
    write_elements([ISS], path)
    with open(path) as file:
        (fields,) = omm.parse_csv(file)
    # It cuts the first two characters off the designator.
    assert fields["OBJECT_ID"] == "1998-067A"
    satrec = Satrec()
    omm.initialize(satrec, fields)
    for minutes in (0.0, 100.0):
        error, r_km, _ = satrec.sgp4_tsince(minutes)
        assert error == 0
        assert r_km == pytest.approx(ISS.satrec().sgp4_tsince(minutes)[1], abs=1e-6)


def test_a_constellation_must_be_whole(refused, written):
    damaged = written(csv_of(MESSAGE, WORSE), "x.csv")
    assert refused(read_constellation, damaged).startswith(f"{damaged}, line 3: ")
    twins = written(csv_of(MESSAGE, MESSAGE))
    assert "'VANGUARD 1' occurs twice" in refused(read_constellation, twins)
    assert len(read_constellation(written(TEXT))) == 2
