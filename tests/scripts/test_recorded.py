import hashlib
import json
import subprocess

import pytest
import yaml
from likeness import BYTES, DIFFERENT, MISSING, NUMBERS, UNTOLD
from recorded import (
    compare_with_record,
    contents_folder,
    other_provenance,
    recorded_studies,
    untold_folders,
)
from verify import verify

RUNS = {"a.csv": "x\n0.1\n", "deep/b.csv": "x\n0.2\n"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def put(folder, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Return the results of a study in a repository, which has them on record."""
    listing = json.dumps([{"md5": md5(RUNS[n]), "relpath": n} for n in sorted(RUNS)])
    outs = [
        {"path": "results/x/runs", "md5": f"{md5(listing)}.dir", "nfiles": 2},
        {"path": "results/x/rounds.csv", "md5": md5("x\n3\n")},
        {"path": "results/x/tables", "md5": "0.dir"},
    ]
    put(tmp_path, "dvc.lock", yaml.safe_dump({"stages": {"x": {"outs": outs}}}))
    put(tmp_path, ".gitignore", "runs\nrounds.csv\n.dvc\n")
    put(tmp_path, "results/x/tables/t.csv", "x\n0.5\n")
    put(tmp_path, "results/x/figures/f.svg", "<svg/>")
    put(tmp_path, "results/x/provenance.json", '{"code": {"commit": "1"}, "n": 1}')
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    for name, text in RUNS.items():
        put(tmp_path, f"results/x/runs/{name}", text)
    put(tmp_path, "results/x/rounds.csv", "x\n3\n")
    (tmp_path / ".dvc").mkdir()
    contents_folder.cache_clear()
    return tmp_path / "results" / "x"


def keep(cache, text: str, ending: str = "") -> None:
    """Put contents into DVC's cache."""
    name = md5(text) + ending
    put(cache, f"files/md5/{name[:2]}/{name[2:]}", text)


def test_all_that_git_and_dvc_have_on_record_is_compared(results):
    assert recorded_studies() == ["x"]
    found, absent = compare_with_record("x")
    names = ["figures/f.svg", "tables/t.csv", "runs/a.csv", "runs/deep/b.csv"]
    assert found == {f"results/x/{n}": BYTES for n in (*names, "rounds.csv")}
    assert absent == []


def test_a_figure_and_a_table_are_compared_each_for_itself(results):
    (results / "figures" / "f.svg").write_text("")
    (results / "tables" / "t.csv").write_text("x\n0.500001\n")
    found, _ = compare_with_record("x")
    assert found["results/x/tables/t.csv"] == NUMBERS
    assert found["results/x/figures/f.svg"] == DIFFERENT


@pytest.mark.parametrize("cache", [".dvc/cache", "kept"])
def test_bulky_results_are_compared_by_checksums_and_by_contents_if_there(
    results, tmp_path, cache
):
    (tmp_path / ".dvc/config").write_text(f"[cache]\n    dir = {tmp_path / cache}\n")
    (results / "runs" / "a.csv").write_text("x\n0.1000001\n")
    (results / "rounds.csv").write_text("x\n4\n")
    found, _ = compare_with_record("x")
    assert found["results/x/runs"] == found["results/x/rounds.csv"] == UNTOLD
    listing = json.dumps([{"md5": md5(RUNS[n]), "relpath": n} for n in sorted(RUNS)])
    keep(tmp_path / cache, listing, ".dir")
    keep(tmp_path / cache, "x\n3\n")
    found, _ = compare_with_record("x")
    assert found["results/x/runs/a.csv"] == UNTOLD
    assert found["results/x/runs/deep/b.csv"] == BYTES
    assert found["results/x/rounds.csv"] == DIFFERENT
    keep(tmp_path / cache, RUNS["a.csv"])
    assert compare_with_record("x")[0]["results/x/runs/a.csv"] == NUMBERS
    (results / "runs" / "a.csv").unlink()
    assert compare_with_record("x")[0]["results/x/runs/a.csv"] == MISSING


def test_what_is_not_here_is_told(results):
    (results / "rounds.csv").unlink()
    (results / "tables" / "t.csv").unlink()
    found, absent = compare_with_record("x")
    assert absent == ["results/x/rounds.csv"]
    assert found["results/x/tables/t.csv"] == MISSING


def test_where_results_come_from_is_told_and_does_not_count(results):
    assert other_provenance("x") == []
    (results / "provenance.json").write_text('{"code": {"commit": "2"}, "m": 1}')
    assert other_provenance("x") == ["code.commit", "m", "n"]
    assert "results/x/provenance.json" not in compare_with_record("x")[0]


def verified(capsys, *arguments: str) -> tuple[int, str]:
    """Return the exit status of a comparison with the record, and what it said."""
    with pytest.raises(SystemExit) as ended:
        verify([*arguments], standalone_mode=False)
    return ended.value.code, capsys.readouterr().out


def test_what_cannot_be_compared_is_told_by_the_exit_status(results, capsys):
    assert verified(capsys)[0] == 0

    (results / "rounds.csv").write_text("x\n4\n")
    status, told = verified(capsys)
    assert status == 2
    assert told.endswith(f"{UNTOLD}: 1 (results/x/rounds.csv).\n")

    (results / "rounds.csv").unlink()
    status, told = verified(capsys)
    assert status == 2
    assert "Not here, so not compared: results/x/rounds.csv.\n" in told

    (results / "tables" / "t.csv").write_text("x\n0.7\n")
    assert verified(capsys)[0] == 1


def test_a_folder_without_provenance_is_told_and_not_compared(
    results, tmp_path, capsys
):
    put(tmp_path, "results/index.html", "")
    put(tmp_path, "results/old/claims.csv", "x\n1\n")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "add", "results/index.html", "results/old"], check=True)
    subprocess.run(["git", *who, "commit", "-qm", "old"], check=True)
    assert untold_folders() == ["results/old"]
    status, told = verified(capsys)
    assert status == 2
    assert "without a provenance.json, so not compared: results/old.\n" in told
    assert verified(capsys, "x")[0] == 0
