"""Runs that are killed go on to the bytes of a run that was not."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from tests.learn.tasks import MLP, StopAfter, Stopped, averaging, images

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
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_killed_at_random_goes_on_to_the_same_bytes(
    project, whole, tmp_path, seed
):
    killed, chance, starts = tmp_path, random.Random(seed), []
    for _ in range(3):
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


def test_a_damaged_state_is_said_and_the_run_starts_anew(tmp_path, capsys):
    path = tmp_path / "state.pt"
    Checkpoint(path, 1, "run").save(State(3, {"A": {"w": torch.ones(200)}}, {}, {}))
    path.write_bytes(path.read_bytes()[:300])
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert f"{path} cannot be read; the run starts" in capsys.readouterr().out


@pytest.mark.parametrize("content", [["a list"], {"fingerprint": "run"}])
def test_a_file_of_something_else_is_said_and_the_run_starts_anew(
    content, tmp_path, capsys
):
    path = tmp_path / "state.pt"
    torch.save(content, path)
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert "is no checkpoint; the run starts" in capsys.readouterr().out


def test_a_text_file_is_said_and_the_run_starts_anew(tmp_path, capsys):
    path = tmp_path / "state.pt"
    path.write_text("everything")
    assert Checkpoint(path, 1, "run").load(CPU) is None
    assert "cannot be read; the run starts" in capsys.readouterr().out


def test_a_state_with_code_in_it_is_refused(tmp_path, capsys):
    path = tmp_path / "state.pt"
    torch.save({"fingerprint": Harmful(tmp_path / "harm")}, path)
    assert Checkpoint(path, 1, "run").load(CPU) is None
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
    with pytest.raises(ValueError, match="takes one seed and no checkpoint"):
        run_plan(averaging([0], 1), images(MLP), checkpoint=checkpoint, statistics=[])
