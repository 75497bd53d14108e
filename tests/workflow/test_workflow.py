import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from tests.tiny import (
    AFTER_PLANNING,
    AFTER_TRAINING,
    EVERY_CHANGE,
    PAGES,
    REPORT,
    UNLIKE,
    drawn,
    plans_of,
    runs_of,
)

from fedorbit.studies.study import load_study

ROUNDS = [
    "strategy",
    "setting",
    "seed",
    "round",
    "time_s",
    "model",
    "group",
    "part",
    "accuracy",
    "loss",
    "bits_access",
    "bits_feeder",
    "bits_isl",
    "bits_carried",
    "exchanges",
    "weight_s",
]
CONTACTS = [
    "satellite",
    "site",
    "rise_s",
    "culmination_s",
    "set_s",
    "max_elevation_deg",
    "range_rise_km",
    "range_culmination_km",
    "range_set_km",
]
OPS = [
    "op",
    "start_s",
    "end_s",
    "target",
    "sources",
    "weights",
    "clients",
    "steps",
    "proximal",
    "scope",
    "round",
    "staleness",
]
LEDGER = ["start_s", "end_s", "sender", "receiver", "link", "bits", "op"]
STRATEGIES = ["fedmeld", "hfl"]


@pytest.fixture(scope="module")
def results(finished):
    return finished[0] / "results" / "tiny"


def test_one_core_and_two_in_two_folders_make_the_same_bytes(finished):
    two, one = finished
    made = [p.relative_to(one) for p in (one / "results").rglob("*") if p.is_file()]
    assert {
        "rounds.parquet",
        "rounds.csv",
        "hfl.parquet",
        "ops.parquet",
        "accuracy.svg",
    } <= {path.name for path in made}
    for path in made:
        assert (one / path).read_bytes() == (two / path).read_bytes(), path


def test_the_report_is_there_with_all_figures_and_tables(finished):
    text = (finished[0] / "results" / "report.html").read_text()
    assert "<html" in text
    figures = ("accuracy.svg", "timeline.svg", "map.svg", "partition.svg")
    for name in (*figures, "metrics.csv", "heterogeneity.csv"):
        assert name in text


def test_all_asks_for_every_result_and_for_nothing_else(finished, results):
    study = load_study(finished[0] / "config", "tiny", "quick")
    made = [p.relative_to(results) for p in results.rglob("*") if p.is_file()]
    assert set(map(str, made)) == set(study.lasting())
    assert {"skies/default/satellites.csv", "rounds.parquet"} < set(study.lasting())


def test_metrics_count_the_satellites_that_a_strategy_uses(results):
    table = pd.read_csv(results / "tables" / "metrics.csv")
    own = table[table["setting"] == "default"].set_index("strategy")["satellites"]
    for strategy in STRATEGIES:
        ledger = pd.read_parquet(
            results / "plans" / "default" / strategy / "ledger.parquet"
        )
        names = {*ledger["sender"], *ledger["receiver"]}
        assert own[strategy] == sum(name.startswith("WALKER-") for name in names) > 0


def test_the_report_links_long_tables(copied, snakemake):
    text = (copied / "results" / "report.html").read_text()
    link = 'href=\\"tiny/{}\\"'
    assert link.format("rounds.csv") in text
    assert "tables/cells.csv" in text
    assert link.format("tables/cells.csv") not in text
    table = copied / "results" / "tiny" / "tables" / "cells.csv"
    row = table.read_text().splitlines(keepends=True)[-1]
    table.write_text(table.read_text() + 5000 * row)
    status, output = snakemake(copied, "--report", "own.html")
    assert status == 0, output
    assert link.format("tables/cells.csv") in (copied / "own.html").read_text()


def test_no_half_written_file_is_left(finished):
    for folder in finished:
        assert list(folder.rglob(".unfinished-*")) == []


def test_rounds_have_the_columns_that_others_read(results):
    rounds = pd.read_csv(results / "rounds.csv")
    assert list(rounds.columns) == ROUNDS
    assert rounds["strategy"].unique().tolist() == STRATEGIES
    assert rounds["seed"].unique().tolist() == [0, 1, 2]
    regions = {"region/Dakar", "region/Dublin"}
    assert set(rounds["model"]) == {*regions, "average", "ground"}
    assert rounds["accuracy"].between(0, 1).all()
    assert rounds["time_s"].between(0, 3600).all()


def test_heterogeneity_has_the_columns_that_others_read(results):
    table = pd.read_csv(results / "tables" / "heterogeneity.csv")
    assert list(table.columns) == ["seed", "level", "measure", "value"]
    assert set(table["level"]) == {"region", "client"}
    distances = table[table["measure"] == "mean_total_variation"]
    assert len(distances) == 6  # of three seeds
    assert distances["value"].between(0, 1).all()


def test_no_region_starves(results):
    table = pd.read_csv(results / "tables" / "starvation.csv")
    assert table["strategy"].tolist() == ["fedmeld", "fedmeld", "hfl", "hfl"]
    assert table["region"].tolist() == ["Dakar", "Dublin"] * 2
    assert (table[["rounds", "exchanges"]] > 0).all(axis=None)
    log = results.parents[1] / "logs" / "tiny" / "make_plan" / "default" / "hfl.log"
    assert "every region has rounds and exchanges." in log.read_text()


def test_both_strategies_learn(results):
    rounds = pd.read_csv(results / "rounds.csv")
    run = ["strategy", "setting", "seed", "model"]
    last = rounds[rounds["round"] > 0].groupby(run).last()
    # The most frequent of ten digits is a tenth of the test samples.
    assert (last["accuracy"] > 0.3).all()


def test_contacts_have_the_columns_that_others_read(results):
    contacts = pd.read_parquet(results / "skies" / "default" / "contacts.parquet")
    assert list(contacts.columns)[: len(CONTACTS)] == CONTACTS
    assert set(contacts["site"]) == {"Dakar", "Dublin", "Maspalomas"}
    assert (contacts["rise_s"] <= contacts["culmination_s"]).all()
    assert (contacts["culmination_s"] <= contacts["set_s"]).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_plans_have_the_columns_that_others_read(results, strategy):
    ops = pd.read_parquet(results / "plans" / "default" / strategy / "ops.parquet")
    ledger = pd.read_parquet(
        results / "plans" / "default" / strategy / "ledger.parquet"
    )
    assert list(ops.columns)[: len(OPS)] == OPS
    assert set(ops["op"]) == {"train", "mix", "evaluate"}
    assert list(ledger.columns)[: len(LEDGER)] == LEDGER
    assert set(ledger["link"]) <= {"access", "feeder", "isl", "carry"}
    assert ledger["op"].between(0, len(ops) - 1).all()
    # A million parameters of 32 bits.
    assert (ledger["bits"] == 32e6).all()


def test_fedmeld_carries_models_and_only_hfl_uses_a_station(results):
    links = {
        strategy: set(
            pd.read_parquet(
                results / "plans" / "default" / strategy / "ledger.parquet"
            )["link"]
        )
        for strategy in STRATEGIES
    }
    assert links["fedmeld"] == {"access", "carry"}
    assert {"access", "feeder"} <= links["hfl"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_last_bits_of_the_rounds_are_those_of_the_ledger(results, strategy):
    rounds = pd.read_csv(results / "rounds.csv")
    own = rounds[(rounds["strategy"] == strategy) & (rounds["setting"] == "default")]
    ledger = pd.read_parquet(
        results / "plans" / "default" / strategy / "ledger.parquet"
    )
    for column, link in (
        ("bits_access", "access"),
        ("bits_feeder", "feeder"),
        ("bits_isl", "isl"),
        ("bits_carried", "carry"),
    ):
        ended = ledger[
            (ledger["link"] == link) & (ledger["end_s"] <= own["time_s"].max())
        ]
        assert own[column].max() == ended["bits"].sum()


def test_the_provenance_tells_what_was_used(finished, results):
    folder, record = finished[0], json.loads((results / "provenance.json").read_text())
    assert record["code"] == {"commit": None, "modified": None}  # a copy without Git
    used = {row["file"]: row["sha256"] for row in record["data"]}
    assert set(used) == {
        "data/datasets/digits.npz",
        "data/map/coastlines.csv",
        "data/regions/tiny.csv",
        "data/stations/tiny.csv",
    }
    for name, digest in used.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    start = "2026-01-01T00:00:00Z"
    assert record["satellites"] == {
        "source": "walker",
        "satellites": 144,
        "first_epoch": start,
        "last_epoch": start,
    }
    assert record["config"]["scale"] == "quick"
    assert record["config"]["seeds"] == [0, 1, 2]
    execution = {"device": "cpu", "numerics": "portable", "threads_of_a_job": 1}
    assert record["execution"] == execution
    assert record["software"]["torch"] == version("torch")


def test_the_provenance_names_nothing_of_the_machine(finished, results):
    text = (results / "provenance.json").read_text()
    for told in (str(finished[0]), str(Path.home())):
        assert told not in text


def test_a_second_run_has_nothing_to_do(copied, snakemake):
    status, output = snakemake(copied, "--cores", "2")
    assert status == 0
    assert "Nothing to be done" in output


def test_a_run_that_two_sweeps_name_is_trained_once(finished, results):
    cells = pd.read_csv(results / "tables" / "cells.csv")
    ratio = "strategies.fedmeld.mixing_ratio"
    assert list(cells.columns) == [
        *("sweep", "cell", "strategy", "setting"),
        "partition.region_concentration",
        ratio,
    ]
    rows = list(cells[["sweep", "strategy", "setting"]].itertuples(index=False))
    assert [tuple(row) for row in rows] == [
        ("mixing", "fedmeld", "mixing_ratio=0.25"),
        ("mixing", "fedmeld", "default"),
        ("data", "fedmeld", f"{UNLIKE},mixing_ratio=0.25"),
        ("data", "hfl", UNLIKE),
    ]
    rounds = pd.read_csv(results / "rounds.csv")
    runs = rounds[["strategy", "setting"]].drop_duplicates()
    assert len(runs) == 5
    made = {str(p.relative_to(results)) for p in (results / "runs").rglob("*.parquet")}
    assert made == runs_of("fedmeld") | runs_of("hfl")


def test_another_round_interval_redoes_the_plans_of_fedmeld_and_what_hangs_on_them(
    copied, snakemake, edit
):
    study = copied / "config" / "studies" / "tiny.yaml"
    edit(study, "round_interval: 2", "round_interval: 3")
    assert snakemake.pending(copied) == (
        plans_of("fedmeld") | runs_of("fedmeld") | AFTER_PLANNING | EVERY_CHANGE
    )


def test_another_learning_rate_redoes_no_plan(copied, snakemake, edit):
    study = copied / "config" / "studies" / "tiny.yaml"
    edit(study, "learning_rate: 0.2", "learning_rate: 0.1")
    assert snakemake.pending(copied) == (
        runs_of("fedmeld") | runs_of("hfl") | AFTER_TRAINING | EVERY_CHANGE
    )


def test_another_colour_redraws_figures_alone(copied, snakemake, edit):
    look = 'label: FedMeld\n    color: "#08519{}"'
    edit(copied / "config" / "plotting.yaml", look.format("C"), look.format("D"))
    redrawn = drawn("accuracy", "costs", "timeline")
    assert snakemake.pending(copied) == redrawn | REPORT | PAGES | {"explorer.html"}


@pytest.mark.parametrize(
    ("name", "redone"),
    [
        (
            "learn/run/engine.py",
            runs_of("fedmeld") | runs_of("hfl") | AFTER_TRAINING,
        ),
        (
            "plans/strategies/hfl.py",
            plans_of("hfl") | runs_of("hfl") | AFTER_PLANNING,
        ),
    ],
)
def test_an_edited_library_file_redoes_the_rules_that_use_it(
    copied, snakemake, name, redone
):
    path = copied / "src" / "fedorbit" / name
    path.write_text(path.read_text() + "# edited\n")
    assert snakemake.pending(copied) == redone


def test_edited_library_files_that_no_rule_of_the_study_uses_redo_nothing(
    copied, snakemake
):
    for name in (
        "plans/strategies/fedbuff.py",  # takes no part in the tiny study
        "learn/models/mlp.py",  # softmax regression learns
        "report/figures/scoreboard.py",  # the tiny study has no claims
        "studies/sweeps.py",  # what changes with it are the values of settings
    ):
        path = copied / "src" / "fedorbit" / name
        path.write_text(path.read_text() + "# edited\n")
    assert snakemake.pending(copied) == set()


def test_a_library_file_that_was_only_touched_redoes_nothing(copied, snakemake):
    for path in (copied / "src").rglob("*.py"):
        os.utime(path, (time.time(), time.time()))
    assert snakemake.pending(copied) == set()


def test_every_rule_takes_its_program_as_an_input(project):
    rules = project / "workflow" / "rules"
    text = "".join(path.read_text() for path in sorted(rules.glob("*.smk")))
    found = re.findall(
        r"^rule (\w+):\n(.*?)(?=^rule |\Z)", text, re.MULTILINE | re.DOTALL
    )
    scripted = [(name, body) for name, body in found if "    script:" in body]
    assert len(scripted) > 30
    for name, body in scripted:
        assert f'"../scripts/{name}.py"' in body
        # What was downloaded stays, whatever becomes of the code.
        ways = "program|planner|trainer|featurer|planner_and_trainer"
        ways += "|designer|designer_and_trainer"
        # Two take the code of all strategies, by functions of their own.
        own = r"code=(drawers|explorer_program)\b"
        program = rf'code=({ways})\("{name}"\)|{own}'
        assert bool(re.search(program, body)) == (name != "download_tle")


LAYERS = "learn.networks.layers"
PORTABLE = "base.instructions.portable"
LOADED = """
import ast, sys
script, *found = sys.argv[1:]
sys.path.insert(0, script.rpartition("/")[0])
tree = ast.parse(open(script).read())
tree.body = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
exec(compile(tree, script, "exec"))
for name in found:
    __import__(name)
print(*(m.__file__ for n, m in sys.modules.items() if n.startswith("fedorbit.")))
"""


PROGRAMS = [
    ("train", "runs/default/hfl.parquet", ["learn.models.softmax", LAYERS]),
    ("make_plan", "plans/default/hfl/ops.parquet", ["plans.strategies.hfl"]),
    ("plot_accuracy", "figures/accuracy.svg", []),
]


def test_a_program_is_all_that_python_loads(copied, snakemake):
    outputs = [f"results/tiny/{output}" for _, output, _ in PROGRAMS]
    status, table = snakemake(copied, "--detailed-summary", *outputs)
    assert status == 0
    for script, output, found in PROGRAMS:
        assert_program_is_what_python_loads(copied, table, script, output, found)


def assert_program_is_what_python_loads(folder, table, script, output, found):
    path = f"workflow/scripts/{script}.py"
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            LOADED,
            path,
            *(f"fedorbit.{n}" for n in (PORTABLE, *found)),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    [row] = [r for r in table.splitlines() if r.startswith(f"results/tiny/{output}\t")]
    listed = {name for name in re.split("[\t,]", row) if name.endswith(".py")}
    used = {os.path.relpath(name, folder) for name in loaded}
    titles = {name for name in used if holds_no_code(folder / name)}
    own = {path, "workflow/scripts/_job.py", "workflow/scripts/_parent.py"}
    assert listed - titles == (used - titles) | own


def holds_no_code(path) -> bool:
    return path.name == "__init__.py" and len(ast.parse(path.read_text()).body) == 1


def test_titles_of_rooms_hold_no_code(project):
    for path in (project / "src" / "fedorbit").rglob("__init__.py"):
        if path.parent.name not in ("fedorbit", "cli", "check"):
            assert holds_no_code(path), path


def test_make_reproduce_runs_a_command_that_snakemake_takes(copied, project):
    recipe = (project / "Makefile").read_text().split("\nreproduce:")[1]
    command = re.search(r"\t(snakemake .*)", recipe)[1].split()
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copied,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout
