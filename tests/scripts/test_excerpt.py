"""The satellites that travel with the repository are what their README says."""

import gzip
import os
from pathlib import Path

import excerpt
import pytest
from click.testing import CliRunner

from fedorbit.orbits.lists import read_constellation

DAYS = ["2023-07-17", "2023-07-30", "2023-08-22", "2023-10-15"]


def test_the_same_503_satellites_are_there_on_all_days(project):
    paths = sorted((project / excerpt.FOLDER).glob("*"))
    assert [path.name for path in paths] == [f"{day}.tle.gz" for day in DAYS]
    lists = [{s.number for s in read_constellation(path)} for path in paths]
    assert len(lists[0]) == 503 and all(found == lists[0] for found in lists)
    assert all(number % 6 == 0 for number in lists[0])
    assert sum(path.stat().st_size for path in paths) < 150_000
    for path in paths:  # RFC 1952: flags and time
        assert path.read_bytes()[3:8] == bytes(5)


def test_lines_are_copied_as_they_are(tmp_path):
    lines = ["A", "1 00006U x", "2 00006 y", "B", "1 00007U x", "2 00007 y"]
    path = tmp_path / "x.tle"
    path.write_text("\r\n".join(lines) + "\r\n")
    assert excerpt.excerpt(path, {6, 12}) == "A\n1 00006U x\n2 00006 y\n"


def test_the_whole_lists_give_the_excerpt_again(project, tmp_path, monkeypatch):
    folder = Path(os.environ.get("FEDORBIT_DATA", "."))
    paths = [folder / f"starlink-{day}.tle" for day in DAYS]
    if not all(path.is_file() for path in paths):
        pytest.skip("FEDORBIT_DATA does not name a folder with TLE snapshots")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(excerpt.write, [str(path) for path in paths])
    assert done.exit_code == 0
    for day in DAYS:
        made, kept = (
            gzip.decompress((root / excerpt.FOLDER / f"{day}.tle.gz").read_bytes())
            for root in (tmp_path, project)
        )
        assert made == kept
