"""Attacks that find something wrong must say so."""

import signal
import subprocess
import sys
from collections import Counter

import attack
import click
import psutil
import pytest


def test_outcomes_in_which_something_is_lost_are_told():
    found = {
        "kills": Counter({attack.EQUAL: 20, "other bytes: a.csv": 2}),
        "tables": Counter({attack.REFUSED: 5}),
        "remotes": Counter({"an escape": 1, attack.OUTSIDE: 8}),
    }
    assert attack.bad_ones(found) == [
        "kills, 2 of 22: other bytes: a.csv",
        "remotes, 1 of 9: an escape",
    ]


def test_a_file_too_many_is_another_outcome(tmp_path, monkeypatch):
    calm, folder = tmp_path / "calm", tmp_path / "folder"
    for one in (calm, folder):
        (one / attack.STUDY).mkdir(parents=True)
        (one / attack.STUDY / "a.csv").write_text("x")
    monkeypatch.setattr(attack, "run", lambda *given: (0, ""))
    assert attack.outcome(calm, folder) == attack.EQUAL
    (folder / attack.STUDY / "b.csv").write_text("x")
    assert attack.outcome(calm, folder) == "other bytes: results/tiny/b.csv"


def test_only_processes_that_live_count_as_killed():
    forever = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    process = psutil.Process(forever.pid)
    assert attack.send(signal.SIGKILL, []) == 0
    assert attack.send(signal.SIGKILL, [process]) == 1
    forever.wait()
    assert attack.send(signal.SIGKILL, [process]) == 0


def test_waiting_has_an_end():
    attack.wait_until(lambda: True, longest_s=0)
    with pytest.raises(TimeoutError):
        attack.wait_until(lambda: False, longest_s=0)


def test_without_any_tests_of_remotes_nothing_is_called_safe():
    with pytest.raises(click.ClickException, match="pytest ended with 5"):
        attack.escapes("no_test_is_called_so")


def test_a_report_keeps_the_rows_of_attacks_that_are_not_made_again():
    earlier = ["| kills | 30 | equal |", "| tables | 4 | refused |"]
    found = {"tables": Counter({"refused": 5, "read": 1}), "disks": Counter(ok=6)}
    assert attack.rows(found, earlier) == [
        "| kills | 30 | equal |",
        "| disks | 6 | ok |",
        "| tables | 1 | read |",
        "| tables | 5 | refused |",
    ]
