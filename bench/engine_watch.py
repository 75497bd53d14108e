"""Runs a worker and watches it: peak memory of its processes, and who else computes.

Reads /proc, so it needs Linux.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PERIOD_S = 0.2
QUIET_CORES = 0.1
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Watched:
    """What a worker printed, and how it ran."""

    times: dict[str, float]
    """Readings of the monotonic clock; ``begin`` is the launch."""
    peak_mb: float
    """Greatest proportional memory of the worker and its descendants together."""
    others: float
    """Cores that the rest of the machine kept busy meanwhile, on average."""


def busy_s() -> float:
    """Return the CPU seconds of all processes since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _wait, irq, softirq, _steal = map(int, fields)
    return (user + nice + system + irq + softirq) / TICKS


def family(root: int) -> dict[int, float]:
    """Return a process and its descendants, with the CPU seconds of each."""
    children, cpu_s = defaultdict(list), {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue  # it has ended
            fields = text.rpartition(")")[2].split()
            children[int(fields[1])].append(int(entry))
            cpu_s[int(entry)] = (int(fields[11]) + int(fields[12])) / TICKS
    found, front = {}, [root]
    while front:
        pid = front.pop()
        found[pid] = cpu_s.get(pid, 0.0)
        front += children[pid]
    return found


def memory_mb(pids) -> float:
    """Return the memory of processes; a page that n of them share counts 1/n each."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended
        total += sum(int(x.split()[1]) for x in lines if x.startswith("Pss:"))
    return total / 2**10


def wait_for_quiet() -> None:
    """Wait until little else runs, but not for ever."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        before = busy_s()
        time.sleep(2.0)
        if busy_s() - before < 2.0 * QUIET_CORES:
            return


def run_watched(command: list[str], environment: dict[str, str]) -> Watched:
    """Run a worker that prints its times as the last line, and watch it."""
    wait_for_quiet()
    begin, busy_before = time.monotonic(), busy_s()
    worker = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak_mb, cpu_s, over = 0.0, {}, threading.Event()

    def watch() -> None:
        nonlocal peak_mb
        while not over.wait(PERIOD_S):
            alive = family(worker.pid)
            cpu_s.update(alive)
            peak_mb = max(peak_mb, memory_mb(alive))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, log = worker.communicate()
    over.set()
    watcher.join()
    elapsed_s = time.monotonic() - begin
    if worker.returncode:
        print(log, file=sys.stderr)
        raise SystemExit(f"{' '.join(command)} failed, as its log above says.")
    others = (busy_s() - busy_before - sum(cpu_s.values())) / elapsed_s
    times = json.loads(output.splitlines()[-1])
    return Watched(times | {"begin": begin}, peak_mb, max(others, 0.0))
