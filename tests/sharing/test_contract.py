"""What a clone keeps of the original, and what either notices."""

import os
import time

import pytest
import yaml
from tests.tiny import (
    AFTER_TRAINING,
    EVERY_CHANGE,
    METRICS,
    PAGES,
    REPORT,
    SUMMARY,
    drawn,
    runs_of,
    write_yaml,
)

from fedorbit.base.files import read_table, write_table

CLEAN = "Data and pipelines are up to date."
RESULTS = "results/tiny"

# What is made from all results.


def files_below(folder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".gitignore"
    }


def test_a_clone_with_pulled_results_has_nothing_to_do(
    origin, clone_copy, snakemake, shell
):
    assert files_below(clone_copy / "results") == files_below(origin / "results")
    assert "Nothing to be done" in snakemake(clone_copy, "--dry-run")[1]
    assert CLEAN in shell(clone_copy, "dvc status")
    assert shell(clone_copy, "git status --short") == ""


# Somebody else's models, which are neither in the clone nor on its remote.
MODELS = """outs:
- md5: d41d8cd98f00b204e9800998ecf8427e.dir
  size: 1
  nfiles: 1
  hash: md5
  path: models
"""


def test_a_study_of_ones_own_travels_without_an_edit(
    origin, tmp_path, snakemake, shell, pretend_installed
):
    # The clone has the tables of the study tiny from Git, and nothing else of it.
    (tmp_path / "store").mkdir()
    folders = [tmp_path / name for name in ("first", "second")]
    for source, folder in zip((origin, folders[0]), folders, strict=True):
        shell(tmp_path, f"git clone -q {source} {folder.name}")
        shell(folder, f"dvc remote add -q --default --local own {tmp_path / 'store'}")
        pretend_installed(folder)
        if folder is folders[0]:
            config = folder / "config"
            study = yaml.safe_load((config / "studies/tiny.yaml").read_text())
            study["strategies"] = {"hfl": study["strategies"]["hfl"]}
            study["provenance"] = {
                key: source
                for key, source in study["provenance"].items()
                if not key.startswith(("strategies.fedmeld", "sweeps"))
            }
            del study["sweeps"]
            write_yaml(config / "studies/mine.yaml", study)
            top = yaml.safe_load((config / "config.yaml").read_text())
            write_yaml(config / "config.yaml", top | {"studies": ["mine"]})
            (folder / "data/models.dvc").write_text(MODELS)
            shell(folder, "make push && git add --all && git commit -qm Mine")
    shell(folders[1], "make pull")
    first, second = (files_below(folder / "results/mine") for folder in folders)
    assert first == second and "runs/default/hfl.parquet" in first
    assert "Nothing to be done" in snakemake(folders[1], "--dry-run")[1]
    assert CLEAN in shell(folders[1], "dvc status")


def test_small_results_are_in_git_and_bulky_ones_in_the_cache(origin, shell):
    names = shell(origin, f"git ls-files {RESULTS}").split()
    kept = {name.removeprefix(f"{RESULTS}/").split("/")[0] for name in names}
    assert kept == {"tables", "figures", "provenance.json", "index.html"}
    pushed = files_below(origin.parent / "remote").values()
    for part in (
        "skies",
        "partitions",
        "plans",
        "runs",
        "printed",
        "rounds.parquet",
        "rounds.csv",
    ):
        path = origin / RESULTS / part
        bulky = files_below(path) if path.is_dir() else {part: path.read_bytes()}
        assert bulky
        assert all(content in pushed for content in bulky.values()), part


def test_a_changed_value_redoes_what_hangs_on_it(clone_copy, snakemake, edit, shell):
    study = clone_copy / "config" / "studies" / "tiny.yaml"
    edit(study, "learning_rate: 0.2", "learning_rate: 0.1")
    assert snakemake.pending(clone_copy) == (
        runs_of("fedmeld") | runs_of("hfl") | AFTER_TRAINING | EVERY_CHANGE
    )
    status = shell(clone_copy, "dvc status")
    assert "tiny:" in status
    assert "config/studies/tiny.yaml" in status


def test_a_changed_value_of_one_strategy_redoes_its_runs_alone(
    clone_copy, snakemake, edit
):
    study = clone_copy / "config" / "studies" / "tiny.yaml"
    edit(study, "regional_rounds: 2", "regional_rounds: 3")
    pending = snakemake.pending(clone_copy)
    assert {path for path in pending if path.startswith("runs/")} == runs_of("hfl")


def test_a_file_that_was_only_touched_redoes_nothing(either, snakemake, shell):
    # The oldest become the newest, results of the last steps included.
    paths = [
        path
        for part in ("src", "workflow", "config", "data", "results", "Snakefile")
        for path in sorted((either / part).rglob("*")) or [either / part]
        if path.is_file()
    ]
    now_s = time.time()
    for age_s, path in enumerate(sorted(paths, key=lambda path: path.stat().st_mtime)):
        os.utime(path, (now_s - age_s, now_s - age_s))
    assert snakemake.pending(either) == set()
    assert CLEAN in shell(either, "dvc status")


def test_a_large_file_that_was_only_touched_redoes_nothing(copied, snakemake):
    coastlines = copied / "data" / "map" / "coastlines.csv"
    with coastlines.open("a") as file:
        file.write("\n" * 1_100_000)  # Snakemake's own limit is a million bytes
    redrawn = drawn("map") | {"explorer.html"}
    assert snakemake.pending(copied) == redrawn | REPORT | PAGES
    status, output = snakemake(copied, "results/report.html")
    assert status == 0, output
    coastlines.touch()
    assert snakemake.pending(copied) == set()


def test_an_edited_library_file_redoes_the_rules_that_use_it(clone_copy, snakemake):
    engine = clone_copy / "src" / "fedorbit" / "learn" / "run" / "engine.py"
    engine.write_text(engine.read_text() + "# edited\n")
    assert snakemake.pending(clone_copy) == (
        runs_of("fedmeld") | runs_of("hfl") | AFTER_TRAINING
    )


def test_an_edited_script_redoes_its_rule(clone_copy, snakemake):
    script = clone_copy / "workflow" / "scripts" / "summarise.py"
    script.write_text(script.read_text() + "# edited\n")
    assert snakemake.pending(clone_copy) == SUMMARY | REPORT | PAGES


@pytest.mark.parametrize("name", ["runs/default/hfl.parquet", "tables/summary.csv"])
def test_a_truncated_result_is_noticed_and_comes_back(clone_copy, shell, name):
    path = clone_copy / RESULTS / name
    before = path.read_bytes()
    path.write_bytes(before[: len(before) // 2])
    status = shell(clone_copy, "dvc status")
    assert "tiny:" in status
    assert f"{RESULTS}/{name.split('/')[0]}" in status
    shell(clone_copy, f"git checkout -q {RESULTS} && dvc checkout --force")
    assert path.read_bytes() == before
    assert CLEAN in shell(clone_copy, "dvc status")


def test_an_edited_result_redoes_what_was_made_from_it(clone_copy, snakemake, shell):
    path = clone_copy / RESULTS / "rounds.parquet"
    write_table(read_table(path).iloc[:-1], path)
    assert snakemake.pending(clone_copy) == (
        SUMMARY | METRICS | REPORT | PAGES | drawn("accuracy")
    )
    assert f"{RESULTS}/rounds.parquet" in shell(clone_copy, "dvc status")


def test_what_was_committed_and_not_run_is_to_be_done_in_a_clone(
    origin, snakemake, shell, tmp_path, pretend_installed
):
    shell(tmp_path, f"git clone -q {origin} ahead")
    engine = tmp_path / "ahead" / "src" / "fedorbit" / "learn" / "run" / "engine.py"
    engine.write_text(engine.read_text() + "# edited\n")
    shell(tmp_path / "ahead", "git commit -qam 'Edit the library'")
    shell(tmp_path, "git clone -q ahead clone")
    clone = tmp_path / "clone"
    pretend_installed(clone)
    shell(clone, "make pull")
    assert snakemake.pending(clone) == (
        runs_of("fedmeld") | runs_of("hfl") | AFTER_TRAINING
    )


def test_another_version_of_a_dependency_is_noticed(clone_copy, edit, shell):
    edit(clone_copy / "requirements.lock", "scipy==", "scipy==0.")
    status = shell(clone_copy, "dvc status")
    assert "tiny:" in status
    assert "requirements.lock" in status
