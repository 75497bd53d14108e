import re
import subprocess
import sys
from datetime import UTC, datetime

import pandas as pd
import pytest
from click.testing import CliRunner

from fedorbit.base.files import read_table
from fedorbit.cli import main
from fedorbit.orbits import contacts
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.studies.cards import load_card

STATION = (  # close to the space station of that day
    "STATION\n"
    "1 25544U 98067A   23234.28209491  .00012979  00000-0  23561-3 0  9997\n"
    "2 25544  51.6419  21.4458 0003798 334.5349 136.5161 15.49900490411976\n"
)
SITES = "name,latitude_deg,longitude_deg,altitude_m\nParis,48.8566,2.3522,35\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a folder to work in, with a satellite and a site."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iss.tle").write_text(STATION)
    (tmp_path / "sites.csv").write_text(SITES)
    return tmp_path


def run(**changes):
    """Run the command with options by name; ``None`` leaves one out."""
    options = {
        "tle": "iss.tle",
        "sites": "sites.csv",
        "start": "2023-08-22T00:00:00Z",
        "hours": "24",
        "min_elevation": "10",
        "out": "passes.csv",
    } | changes
    words = ["contacts"]
    for name, value in options.items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_writes_the_passes_that_a_day_of_the_station_has(here, ending):
    result = run(out=f"deep/passes.{ending}")
    assert result.exit_code == 0
    table = read_table(here / f"deep/passes.{ending}")
    # 15.5 revolutions a day, of which Paris, near the top latitude, sees five or six.
    assert 4 <= len(table) <= 7
    assert set(table["site"]) == {"Paris"}
    assert (table["max_elevation_deg"] >= 10).all()
    whole = table[~table["cut_start"] & ~table["cut_end"]]
    assert (whole["set_s"] - whole["rise_s"]).between(1, 480).all()
    assert f"{len(table)} passes of 1 satellites over 1 sites" in result.output


def test_a_start_without_a_time_zone_is_utc(here):
    for name, start in (
        ("utc", "2023-08-22T06:00:00Z"),
        ("bare", "2023-08-22T06:00"),
        ("paris", "2023-08-22T08:00:00+02:00"),
        ("later", "2023-08-22T06:01"),
    ):
        assert run(start=start, out=f"{name}.csv").exit_code == 0
    utc, bare, paris, later = (
        read_table(here / f"{name}.csv") for name in ("utc", "bare", "paris", "later")
    )
    pd.testing.assert_frame_equal(utc, bare)
    pd.testing.assert_frame_equal(utc, paris)
    shift_s = (utc["culmination_s"] - later["culmination_s"]).to_numpy()
    assert abs(shift_s - 60).max() < 0.01


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tle": "none.tle"}, ["none.tle", "no such file"]),
        ({"tle": "sites.csv"}, ["sites.csv", "NORAD_CAT_ID"]),
        ({"tle": "."}, ["--tle", "directory"]),
        ({"sites": "none.csv"}, ["none.csv", "no such file"]),
        ({"sites": "iss.tle"}, ["iss.tle", "columns"]),
        ({"start": "soon"}, ["--start 'soon'", "2026-01-01T00:00:00Z"]),
        ({"hours": "0"}, ["--hours is 0", "more than 0"]),
        ({"hours": "nan"}, ["--hours is nan", "more than 0"]),
        ({"hours": "1e9"}, ["--hours is 1e+09", "up to 8766"]),
        ({"hours": "day"}, ["--hours", "'day'"]),
        ({"min_elevation": "90"}, ["--min-elevation is 90", "89.9"]),
        ({"propagator": "kepler"}, ["--propagator", "'kepler'", "heyoka"]),
        ({"out": "passes.txt"}, ["--out passes.txt", "'.txt'", ".parquet or .csv"]),
        ({"out": "passes"}, ["--out passes", "no ending", ".parquet or .csv"]),
        ({"out": "iss.tle/passes.csv"}, ["iss.tle/passes.csv", "cannot be written"]),
        ({"start": "2024-08-22"}, ["iss.tle", "none of its 1", "--max-epoch-age"]),
        ({"max_epoch_age": "0"}, ["--max-epoch-age", "0.0"]),
        ({"hours": None}, ["Missing option '--hours'"]),
        ({"houres": "3"}, ["--houres", "--hours"]),
    ],
)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(here, changes, words):
    before = sorted(here.iterdir())
    result = run(**changes)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert len(result.output.strip().splitlines()) == 1
    for word in ("Error: ", *words):
        assert word in result.output
    assert sorted(here.iterdir()) == before


def test_an_old_table_survives_a_refused_search(here):
    (here / "passes.csv").write_text("precious\n")
    assert run(hours="-1").exit_code == 1
    assert (here / "passes.csv").read_text() == "precious\n"


def test_help_has_examples_that_name_only_options_there_are():
    text = CliRunner().invoke(main, ["contacts", "--help"]).output
    examples, options = text.split("Examples:")[1].split("Options:")
    used = set(re.findall(r"--[a-z-]+", examples))
    assert {"--tle", "--sites", "--start", "--hours", "--out"} <= used
    assert used <= set(re.findall(r"^  (--[a-z-]+)", options, re.MULTILINE))
    assert "without a time zone it is UTC" in " ".join(options.split())


def test_the_examples_of_the_documentation_run_as_they_stand(project, here):
    text = (project / "docs" / "contacts.md").read_text()
    (python,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    table, plan = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", python], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Nairobi" in done.stdout
    for shell in (table, plan):
        words = shell.replace("\\\n", " ").split()
        assert words[0] == "fedorbit"
        result = CliRunner().invoke(main, words[1:])
        assert result.exit_code == 0, result.output
        assert f"of {24 * 22} satellites over 2 sites" in result.output
    assert set(read_table(here / "contacts.csv")["site"]) == {"Paris", "Nairobi"}
    quoted = text.split("```\n# node 1")[1].split("```")[0].splitlines()
    written = (here / "plan.ionrc").read_text().splitlines()
    assert set(quoted[1:]) <= set(written)


def test_progress_adds_up_to_all_satellites(monkeypatch):
    monkeypatch.setattr(contacts, "CHUNK_NODES", 500)  # a few satellites each
    walker = Walker(
        source="walker",
        pattern="star",
        planes=5,
        satellites_per_plane=7,
        phasing=0,
        altitude_km=600.0,
        inclination_deg=90.0,
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    site = pd.DataFrame(
        {
            "name": ["pole"],
            "latitude_deg": [90.0],
            "longitude_deg": [0.0],
            "altitude_m": [0.0],
            "min_elevation_deg": [5.0],
        }
    )
    steps = []
    sets = walker_elements(walker, start)
    contacts.find_contacts(sets, site, start, 6, progress=steps.append)
    assert len(steps) > 1
    assert sum(steps) == 35


def test_the_package_installs_the_command(project):
    text = (project / "pyproject.toml").read_text()
    assert '[project.scripts]\nfedorbit = "fedorbit.cli:main"\n' in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out": "sites.csv"}, ["--out sites.csv", "also an input", "another name"]),
        ({"min_elevation": "95"}, ["--min-elevation is 95", "-89.9 to 89.9"]),
        ({"max_epoch_age": "inf"}, ["--max-epoch-age is inf", "days above 0"]),
        ({"start": "0001-01-01T00:00+14:00"}, ["--start", "1957 to 2056"]),
        ({"start": "9999-12-31"}, ["--start", "1957 to 2056"]),
    ],
)
def test_what_a_reader_tried_ends_in_one_sentence(here, changes, words):
    result = run(**changes)
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1
    for word in words:
        assert word in result.output
    assert (here / "sites.csv").read_text() == SITES
    assert not (here / "passes.csv").exists()


SCMR = {
    "rounds": "240",
    "round_s": "60",
    "flight_s": "600",
    "limit_s": "18000",
    "strong_convexity": "0.1",
    "smoothness": "1",
    "step_scale": "30",
    "local_steps": "5",
    "regions": "5",
    "squared_gradient": "1",
    "variance": "0.02",
    "heterogeneity": "0.5",
}


def scmr(**changes):
    """Run the command with options by name; ``None`` leaves one out."""
    words = ["scmr"]
    for name, value in (SCMR | changes).items():
        if value is not None:
            words += [f"--{name.replace('_', '-')}", value]
    return CliRunner().invoke(main, words)


def test_scmr_prints_the_best_interval_and_ratio():
    """240 x 600 / 18000 = 8 rounds of 60 s, in which the carrier is 120 s late."""
    result = scmr()
    assert result.exit_code == 0
    first, *lines = result.output.splitlines()
    assert first == "feasible"
    values = {line[:16].strip(): float(line[16:30]) for line in lines}
    assert (values["delta"], values["idle"], values["total"]) == (8, 120, 18000)
    assert 0 < values["alpha"] < values["alpha limit"]
    terms = ("variance", "heterogeneity", "local drift", "participation")
    total = sum(values[term] for term in terms) + values["disagreement"]
    assert values["f"] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"flight_s": "18001"}, "FLIGHT_TOO_LONG"),
        ({"round_s": "75.1"}, "ROUNDS_DO_NOT_FIT"),
        ({"step_scale": "10"}, "NO_MIXING_RATIO"),
    ],
)
def test_scmr_says_why_there_is_no_solution(changes, reason):
    result = scmr(**changes)
    assert result.exit_code == 0
    assert result.output.startswith(f"infeasible, {reason}: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limit_s": None}, "Missing option '--limit-s'"),
        ({"rounds": "2.5"}, "'2.5' is not a valid integer"),
        ({"rounds": "0"}, "rounds is 0; it should be from 1 to 1,000,000."),
        ({"flight_s": "nan"}, "flight_s is nan; it should be a finite number."),
        ({"sampled_per_region": "2"}, "sampled_per_region is above"),
        ({"smoothness": "0.01"}, "smoothness is below strong_convexity; raise it."),
    ],
)
def test_scmr_refuses_what_cannot_be_with_one_sentence(changes, words):
    result = scmr(**changes)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert words in result.output
    assert result.output.count("\n") == 1


def card(*words: str):
    return CliRunner().invoke(main, ["card", *words])


def test_card_prints_a_file_that_a_study_can_use(tmp_path):
    result = card("mlp", "--hidden", "20", "--shape", "1x8x8", "--classes", "10")
    assert result.exit_code == 0
    (tmp_path / "mine.yaml").write_text(result.output)
    found = load_card(tmp_path, "mine")
    # 64 inputs and a bias for each of 20 units, 20 inputs and a bias for 10 classes.
    assert found.parameters == 65 * 20 + 21 * 10
    assert found.bits == 32 * found.parameters


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lstm", "--shape", "3x8x8", "--classes", "10"], "'lstm'"),
        (["mlp", "--shape", "64", "--classes", "10"], "mlp with --hidden"),
        (["cnn", "--shape", "3x8x8", "--classes", "10", "--hidden", "5"], "hidden 5"),
        (["cnn", "--shape", "threefold", "--classes", "10"], "write it as in 3x32x32"),
        (["cnn", "--shape", "3x0x8", "--classes", "10"], "write it as in 3x32x32"),
        (["cnn", "--shape", "64", "--classes", "10"], "needs images"),
        (["cnn", "--shape", "3x8x8", "--classes", "1"], "--classes"),
        (["vit", "--shape", "3x8x8", "--classes", "10"], "vit or experts with --set"),
        (
            ["vit", "--shape", "3x8x8", "--classes", "10", "--set", "dim"],
            "--set 'dim' is no setting; write it as in --set dim=768",
        ),
        (["cnn", "--shape", "3x8x8", "--classes", "10", "--set", "a={"], "'a={'"),
    ],
)
def test_card_refuses_what_cannot_be_with_one_sentence(words, said):
    result = card(*words)
    assert result.exit_code == 1
    assert result.output.count("\n") == 1 and said in result.output
