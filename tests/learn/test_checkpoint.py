"""Runs that are killed go on to the bytes of a run that was not."""

import hashlib
import os
import random
import signal
import stat
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from tests.learn.tasks import MLP, StopAfter, Stopped, averaging, images

from fedorbit.base.files import write_table
from fedorbit.learn.run.checkpoint import Checkpoint, State, fingerprint
from fedorbit.learn.run.engine import run_plan

CPU = torch.device("cpu")
ROUNDS = 60
# Every level takes at least 10 ms, so that kills fall into the middle.
RUN = """
import sys, time
from pathlib import Path
from tests.learn.tasks import MLP, averaging, images
from fedorbit.base.files import write_table
from fedorbit.learn.run import engine
from fedorbit.learn.run.checkpoint import Checkpoint
folder, every = Path(sys.argv[1]), int(sys.argv[2])
class Slow:
    def start(self, total, done):
        print("started after", done, flush=True)
    def update(self, *_):
        time.sleep(0.01)
    def close(self):
        pass
checkpoint = Checkpoint(folder / "state.pt", every, "this run")
record = engine.run_plan(
    averaging(list(range(6)), 60), images(MLP), checkpoint=checkpoint, progress=Slow()
)
write_table(record, folder / "record.parquet")
"""


def launch(project: Path, folder: Path, every: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), str(every)],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def whole(project, make_once) -> Path:
    """Return the folder of a run that was not killed."""

    def run(folder: Path) -> None:
        assert launch(project, folder, 7).wait() == 0

    return make_once("whole", run)


@pytest.mark.slow
def test_a_run_killed_at_random_goes_on_to_the_same_bytes(project, whole, tmp_path):
    """Kills of whole studies are in bench/attack.md."""
    killed, chance, starts = tmp_path, random.Random(1), []
    for _ in range(4):
        job = launch(project, killed, 7)
        starts.append(int(job.stdout.readline().split()[-1]))
        time.sleep(chance.uniform(0.05, 0.5))
        job.send_signal(signal.SIGKILL)
        job.wait()
        assert not (killed / "record.parquet").exists()
    last = launch(project, killed, 7)
    starts.append(int(last.stdout.readline().split()[-1]))
    assert last.wait() == 0
    assert starts == sorted(starts) and 0 < starts[-1] < 2 * ROUNDS
    assert (killed / "record.parquet").read_bytes() == (
        whole / "record.parquet"
    ).read_bytes()


@pytest.mark.parametrize("stop", range(1, 13))
def test_a_run_stopped_after_any_operation_goes_on_to_the_same_record(stop, tmp_path):
    ops, work = averaging(list(range(6)), 6), images(MLP)
    checkpoint = Checkpoint(tmp_path / "state.pt", 3, "this run")
    with pytest.raises(Stopped):
        run_plan(ops, work, checkpoint=checkpoint, progress=StopAfter(stop))
    second = StopAfter(1000)
    record = run_plan(ops, work, checkpoint=checkpoint, progress=second)
    # Levels: the start, then a training, an evaluation beside the next training...
    assert second.done_before <= stop and (stop < 5) or second.done_before >= stop - 4
    pd.testing.assert_frame_equal(record, run_plan(ops, work), check_exact=True)


def test_the_state_of_another_run_is_of_no_use(tmp_path):
    record, seen = {0: (1, 2.0, "A", 0.5, 1)}, {"A": [[[0.5, 0.25], [1.0, 2.0]]]}
    state = State(3, {"A": {"head.weight": torch.ones(2)}}, record, seen)
    Checkpoint(tmp_path / "state.pt", 1, "one run").save(state)
    assert Checkpoint(tmp_path / "state.pt", 1, "another").load(CPU) is None
    found = Checkpoint(tmp_path / "state.pt", 1, "one run").load(CPU)
    assert found.levels_done == 3 and found.record == state.record
    assert found.seen == seen
    assert torch.equal(found.slots["A"]["head.weight"], torch.ones(2))


def damages(content: bytes, other: bytes, chance: random.Random) -> dict[str, bytes]:
    """Return the file after each kind of damage; ``other`` is the file of another run.

    Half of the kinds are flips of one bit, as most of the file is numbers.
    """
    bit = chance.randrange(8 * len(content))
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    cut = content[: chance.randrange(len(content))]
    more = content + chance.randbytes(chance.randint(1, 100))
    return {
        "flipped": bytes(flipped),
        "cut": cut,
        "longer": more,
        "swapped": other,
        "half": other[: len(other) // 2] + content[len(other) // 2 :],
        "empty": b"",
        "zeros": bytes(len(content)),
    }


def test_400_damaged_states_are_never_loaded(tmp_path, capsys):
    """Without the digest 183 of 399 flipped bits were, with other numbers."""
    path, chance = tmp_path / "state.pt", random.Random(5)
    checkpoint = Checkpoint(path, 1, "run")
    state = State(3, {"A": {"w": torch.arange(200.0)}}, {0: (1, 2.0, "A", 0.5, 1)}, {})
    Checkpoint(path, 1, "another run").save(state)
    other = path.read_bytes()
    checkpoint.save(state)
    content = path.read_bytes()
    assert checkpoint.load(CPU) is not None
    kinds = ["flipped"] * 6 + ["cut"] * 3 + ["longer", "swapped", "half", "empty"]
    for kind in (kinds * 31)[:399]:
        path.write_bytes(damages(content, other, chance)[kind])
        assert checkpoint.load(CPU) is None, kind
        assert f"{path} is " in capsys.readouterr().out
    path.unlink()
    path.mkdir()
    assert checkpoint.load(CPU) is None
    assert f"{path} was a folder; the run starts" in capsys.readouterr().out


KINDS = ["flipped", "cut", "longer", "swapped", "half", "empty", "zeros", "folder"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_with_a_damaged_state_ends_as_a_calm_one(kind, tmp_path, capsys):
    ops, work = averaging(list(range(6)), 6), images(MLP)
    path = tmp_path / "state.pt"
    checkpoint = Checkpoint(path, 3, "run")
    states = []
    for each in (Checkpoint(path, 3, "another run"), checkpoint):
        with pytest.raises(Stopped):
            run_plan(ops, work, checkpoint=each, progress=StopAfter(7))
        states.append(path.read_bytes())
    other, content = states
    if kind == "folder":
        path.unlink()
        (path / "inner").mkdir(parents=True)
    else:
        path.write_bytes(damages(content, other, random.Random(7))[kind])
    progress = StopAfter(1000)
    record = run_plan(ops, work, checkpoint=checkpoint, progress=progress)
    assert progress.done_before == 0
    assert "the run starts from its beginning" in capsys.readouterr().out
    write_table(record, tmp_path / "record.parquet")
    write_table(run_plan(ops, work), tmp_path / "calm.parquet")
    assert (tmp_path / "record.parquet").read_bytes() == (
        tmp_path / "calm.parquet"
    ).read_bytes()
    # What lay there is replaced by a state that is as good as any.
    assert checkpoint.load(CPU) is not None


def test_a_state_that_cannot_be_read_is_said(tmp_path, capsys):
    path = tmp_path / "state.pt"
    path.symlink_to(path)
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert f"{path} cannot be read (Too many levels" in capsys.readouterr().out


def test_a_state_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace

    def kind_of(handle: int) -> str:
        return "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"

    monkeypatch.setattr(
        os, "fsync", lambda handle: (order.append(kind_of(handle)), fsync(handle))
    )
    monkeypatch.setattr(
        os, "replace", lambda *paths: (order.append("name"), replace(*paths))
    )
    Checkpoint(tmp_path / "state.pt", 1, "run").save(State(1, {}, {}, {}))
    assert order == ["file", "name", "folder"]


def put_sealed(content: Any, path: Path) -> None:
    """Write something that is no state under the digest that it would have."""
    buffer = BytesIO()
    torch.save(content, buffer)
    path.write_bytes(hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue())


@pytest.mark.parametrize("content", [["a list"], {"fingerprint": "run"}])
def test_a_file_of_something_else_is_said_and_the_run_starts_anew(
    content, tmp_path, capsys
):
    path = tmp_path / "state.pt"
    put_sealed(content, path)
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert "is no checkpoint; the run starts" in capsys.readouterr().out


def test_a_text_file_is_said_and_the_run_starts_anew(tmp_path, capsys):
    path = tmp_path / "state.pt"
    path.write_text("everything")
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert "is damaged or no checkpoint; the run starts" in capsys.readouterr().out


def test_a_state_with_code_in_it_is_refused(tmp_path, capsys):
    path = tmp_path / "state.pt"
    put_sealed({"fingerprint": Harmful(tmp_path / "harm")}, path)
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert "is no checkpoint" in capsys.readouterr().out
    assert not (tmp_path / "harm").exists()


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_the_fingerprint_tells_contents_and_values_apart(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a")
    other.write_text("b")
    first = fingerprint([one], {"rate": 0.1}, "name")
    assert fingerprint([one], {"rate": 0.1}, "name") == first
    assert fingerprint([other], {"rate": 0.1}, "name") != first
    assert fingerprint([one], {"rate": 0.2}, "name") != first
    assert fingerprint([one], {"rate": 0.1}, "other") != first


def test_a_run_with_statistics_takes_no_checkpoint(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state.pt", 1, "run")
    with pytest.raises(ValueError, match="takes no checkpoint"):
        run_plan(averaging([0], 1), images(MLP), checkpoint=checkpoint, statistics=[])
