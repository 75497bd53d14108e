"""Does a study lose anything, or say anything wrong, when all goes wrong?

    python bench/attack.py
    python bench/attack.py kills disks

Snakemake and its jobs are killed, disks are full, checkpoints and tables are damaged,
and remotes are hostile; bench/attack.md tells how it ended. It takes an hour or so on
two cores; attacks can be made by themselves. Full disks need the rights to mount a
small one. The exit status is 1 if any outcome is a bad one.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import click
import pandas as pd
import psutil
import pytest

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.learn.tasks import MLP, StopAfter, Stopped, averaging, images  # noqa: E402
from tests.learn.test_checkpoint import damages  # noqa: E402
from tests.tiny import Snakemake, put_tiny  # noqa: E402

from fedorbit.base.errors import InputError  # noqa: E402
from fedorbit.base.files import read_table, write_table  # noqa: E402
from fedorbit.learn.run.checkpoint import Checkpoint  # noqa: E402
from fedorbit.learn.run.engine import run_plan  # noqa: E402

REPORT = Path(__file__).with_suffix(".md")
STUDY = Path("results/tiny")
REDONE = ("runs", "tables", "rounds.parquet", "rounds.csv", "plans/default/hfl")
REDONE += ("provenance.json",)  # Snakemake makes what is missing for what it is asked
"""What is made anew in each study that is attacked."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
VICTIMS = ("snakemake", "a job", "snakemake and its jobs")
FREE_KB = (0, 4, 40, 100, 200, 400)  # that are left on a full disk
ESCAPES = "forged or outside or archive"
"""The tests of hostile remotes, in tests/sharing/test_share.py."""
ASKED = ("--cores", "2", str(STUDY / "provenance.json"))
EQUAL = "the same bytes in the end"
REFUSED, OUTSIDE = "refused in a sentence", "nothing outside"
ENDED, MISSED = "ended before the kill", "nothing was killed"
ROOMY = "the disk was not full"
GOOD = {EQUAL, REFUSED, OUTSIDE, ENDED, MISSED, ROOMY}
"""Outcomes in which nothing is lost; the last three teach nothing."""
HANGING_S = 600  # after which nothing is waited for
run = Snakemake()


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below the results of the study."""
    found = (path for path in (folder / STUDY).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def copied(calm: Path, folder: Path) -> Path:
    """Return a copy of the finished study that lacks a part of its results."""
    shutil.copytree(calm, folder)
    for name in REDONE:
        path = folder / STUDY / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def outcome(calm: Path, folder: Path) -> str:
    """Return how the study ends after the plain command has gone on."""
    status, _ = run(folder, "--unlock")
    status, output = run(folder, *ASKED)
    if status != 0:
        return f"ended with {output.splitlines()[-1]}"
    if list(folder.rglob(".unfinished-*")):
        return "left an unfinished file"
    expected, found = contents(calm), contents(folder)
    wrong = [p for p in expected | found if found.get(p) != expected.get(p)]
    return f"other bytes: {sorted(wrong)[0]}" if wrong else EQUAL


def end_all(processes: list[psutil.Process]) -> None:
    """Wait until processes have ended; an orphan of Snakemake is one that has not."""
    _, alive = psutil.wait_procs(processes, timeout=30)
    if alive:
        raise SystemExit(f"Error: {alive[0]} lives on without its snakemake.")


def kill(calm: Path, folder: Path, number: int, chance: random.Random) -> str:
    """Return how the study ends of which something was killed at a random moment."""
    sign, victim = SIGNALS[number % 3], VICTIMS[number // 3 % 3]
    main = run.start(copied(calm, folder), *ASKED)
    records, most = folder / STUDY / "runs", chance.randrange(5)
    wait_until(
        lambda: len([*records.rglob("*.parquet")]) >= most or main.poll() is not None
    )
    time.sleep(chance.uniform(0.0, 5.0))
    family = psutil.Process(main.pid)
    wait_until(lambda: family.children() or main.poll() is not None)
    if main.poll() is not None:
        return ENDED
    jobs = family.children(recursive=True)
    aimed = {"snakemake": [family], "a job": jobs[-1:]}.get(victim, [family, *jobs])
    killed = send(sign, aimed)
    run.end(main)
    end_all(jobs)
    how = outcome(calm, folder)
    return MISSED if how == EQUAL and not killed else how


def send(sign: signal.Signals, processes: list[psutil.Process]) -> int:
    """Send a signal to processes; return how many were there to get it."""
    reached = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(sign)
            reached += 1
    return reached


def wait_until(there: Callable[[], object], longest_s: float = HANGING_S) -> None:
    """Wait until something is there; raise ``TimeoutError`` if it takes too long."""
    end_s = time.monotonic() + longest_s
    while not there():
        if time.monotonic() > end_s:
            raise TimeoutError(f"waited for {longest_s:g} s, and nothing came")
        time.sleep(0.02)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have a disk of 64 MB below a folder."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(calm: Path, folder: Path, number: int, chance: random.Random) -> str:
    """Return how the study ends that ran out of disk and then got some."""
    copied(calm, folder)
    results, kept = folder / "results", folder / "kept"
    results.rename(kept)
    results.mkdir()
    with small_disk(results):
        shutil.copytree(kept, results, dirs_exist_ok=True)
        ballast = results / "ballast"
        free = shutil.disk_usage(results).free - 1024 * FREE_KB[number]
        ballast.write_bytes(bytes(free))
        status, told = run(folder, *ASKED)
        ballast.unlink()
        if status == 0:
            return ROOMY
        if "make room and run again" not in told:
            return "did not say that the disk is full"
        return outcome(calm, folder)


def damage_checkpoint(folder: Path, number: int, chance: random.Random) -> str:
    """Return how a run ends whose checkpoint was damaged."""
    ops, work, path = averaging(list(range(6)), 6), images(MLP), folder / "state.pt"
    kept = []
    for name in ("another run", "run"):
        checkpoint = Checkpoint(path, 3, name)
        with suppress(Stopped):
            run_plan(ops, work, checkpoint=checkpoint, progress=StopAfter(7))
        kept.append(path.read_bytes())
    kinds = damages(kept[1], kept[0], chance)
    kind = "flipped" if number % 2 else [*kinds][number // 2 % len(kinds)]
    path.write_bytes(kinds[kind])
    progress = StopAfter(1000)
    record = run_plan(ops, work, checkpoint=checkpoint, progress=progress)
    if progress.done_before:
        return f"a checkpoint was loaded that was {kind}"
    is_equal = record.equals(run_plan(ops, work))
    return EQUAL if is_equal else f"other numbers after one that was {kind}"


def damage_table(folder: Path, number: int, chance: random.Random) -> str:
    """Return whether a damaged table is refused."""
    path, other = folder / "table.parquet", folder / "other.parquet"
    rows = chance.randrange(1, 200)
    for file in (path, other):
        values = [chance.random() for _ in range(rows)]
        table = pd.DataFrame({"value": values, "name": list(map(str, values))})
        write_table(table, file)
    whole = path.read_bytes(), other.read_bytes()
    kinds = [
        (kind, damaged)
        for kind, damaged in damages(*whole, chance).items()
        if damaged not in whole
    ]
    kind, damaged = kinds[number % len(kinds)]
    path.write_bytes(damaged)
    try:
        read_table(path)
    except InputError:
        return REFUSED
    return f"read although it was {kind}"


def escapes(chosen: str = ESCAPES) -> Counter[str]:
    """Return how the tests of hostile remotes end.

    Raises ``ClickException`` if pytest has no such tests, or breaks off.
    """
    with TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-k", chosen]
        command += [f"--junitxml={told}", "tests/sharing/test_share.py"]
        status = subprocess.run(command, cwd=PROJECT).returncode
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise click.ClickException(
                f"pytest ended with {status} for the tests {chosen!r}; mend what is "
                "said above."
            )
        failed = [len(case) > 0 for case in ElementTree.parse(told).iter("testcase")]
    return Counter("an escape" if bad else OUTSIDE for bad in failed)


def bad_ones(found: Mapping[str, Counter[str]]) -> list[str]:
    """Return a line for each outcome in which something was lost or said wrongly."""
    return [
        f"{name}, {times} of {outcomes.total()}: {how}"
        for name, outcomes in found.items()
        for how, times in sorted(outcomes.items())
        if how not in GOOD
    ]


def repeated(
    count: int, seed: int, attack: Callable[..., str], *given: Path
) -> Counter[str]:
    """Return how often each outcome came of attacks, each in a folder of its own."""
    found: Counter[str] = Counter()
    for number in range(count):
        with TemporaryDirectory() as folder:
            chance = random.Random(f"{seed} {attack.__name__} {number}")
            how = attack(*given, Path(folder) / "study", number, chance)
        found[how] += 1
        click.echo(f"{attack.__name__} {number}: {how}")
    return found


ATTACKS: dict[str, Callable[[int, Path], Counter[str]]] = {
    "kills": lambda seed, calm: repeated(30, seed, kill, calm),
    "disks": lambda seed, calm: repeated(6, seed, fill, calm),
    "checkpoints": lambda seed, calm: repeated(400, seed, damage_checkpoint),
    "tables": lambda seed, calm: repeated(500, seed, damage_table),
    "remotes": lambda seed, calm: escapes(),
}


def rows(found: Mapping[str, Counter[str]], earlier: list[str]) -> list[str]:
    """Return the rows of a report: what was found, and those of the rest in another.

    ``earlier`` are the lines of the other one.
    """
    kept = {n: [r for r in earlier if r.startswith(f"| {n} ")] for n in ATTACKS}
    for name, outcomes in found.items():
        counted = sorted(outcomes.items())
        kept[name] = [f"| {name} | {times} | {how} |" for how, times in counted]
    return [row for own in kept.values() for row in own]


@click.command()
@click.option("--seed", default=1, help="Of all random moments and places.")
@click.argument("names", nargs=-1, type=click.Choice(list(ATTACKS)))
def attack(seed: int, names: tuple[str, ...]) -> None:
    """Make the attacks NAMES, or all, and write them into bench/attack.md."""
    start_s = time.monotonic()
    with TemporaryDirectory() as folder:
        calm = put_tiny(PROJECT, Path(folder) / "calm")
        status, output = run(calm, *ASKED)
        if status != 0:
            raise click.ClickException(output)
        found = {name: ATTACKS[name](seed, calm) for name in names or ATTACKS}
    earlier = REPORT.read_text().splitlines() if REPORT.is_file() else []
    REPORT.write_text(
        "# Attacks\n\n"
        f"Made by `python bench/attack.py --seed {seed}`: processes are killed at "
        "random moments, disks\nare full, checkpoints and tables are damaged, remotes "
        "are hostile. After each kill and each\nfull disk the plain `snakemake` goes "
        "on, and all results are compared with those of a calm\nrun. Moments differ "
        "from run to run, as machines are more or less busy.\n\n"
        "| attack | times | outcome |\n| --- | --- | --- |\n"
        + "\n".join(rows(found, earlier))
        + "\n"
    )
    click.echo(f"It took {(time.monotonic() - start_s) / 60:.0f} minutes.")
    if bad := bad_ones(found):
        raise click.ClickException("; ".join(bad))


if __name__ == "__main__":
    attack()
