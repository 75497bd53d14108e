"""What the same bytes on every processor cost: processor time, portable over fast.

Contacts, links, plan and trainings of the study fedmeld, in fresh processes that take
turns, so that whatever else the machine does weighs on both:

python bench/numerics.py
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from time import process_time

import click
import pandas as pd

from fedorbit.base.numerics import variables
from fedorbit.data.homes import Homes, region_homes
from fedorbit.data.partition import parse_partition, partition_samples
from fedorbit.data.prepare import prepare_dataset
from fedorbit.data.settings import load_dataset_settings
from fedorbit.learn.model import parse_model
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import make_task
from fedorbit.learn.settings import Evaluation, Training
from fedorbit.orbits.choice import walker_constellation
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.grid import grid_ranges
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.sources import parse_constellation
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategy import find_strategy
from fedorbit.studies.cards import load_card
from fedorbit.studies.scenes import scene_values
from fedorbit.studies.study import load_study

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config"
REPORT = Path(__file__).with_suffix(".md")
OPERATIONS = {"mlp": 2000, "cnn": 60}  # of the plan, so that each takes seconds
LINK_HOURS = 1

Timed = Iterator[tuple[str, float]]
"""Works, each with the processor time in seconds at its end."""


def works() -> dict[str, float]:
    """Do each work once, and return the processor time that it took, in seconds."""
    times = {"the start of a process": process_time()}
    values = load_study(CONFIG, "fedmeld", "quick").values
    spaces = [values["scenario"][kind] for kind in ("regions", "stations")]
    sites = read_masked_sites([(p["file"], p["min_elevation_deg"]) for p in spaces])
    regions = read_masked_sites([(spaces[0]["file"], 0)])
    homes = region_homes(list(regions["name"]), values["clients"]["per_region"])
    made = []
    for steps in (fly(values, sites, homes, made), learn(values, homes, made)):
        begin = process_time()
        for work, end in steps:
            times[work] = end - begin
            begin = process_time()
    return {work: took for work, took in times.items() if work}


def fly(values: dict, sites: pd.DataFrame, homes: Homes, made: list) -> Timed:
    """Find contacts and links, and put the operations of a plan into ``made``."""
    scenario = values["scenario"]
    start, hours = datetime.fromisoformat(scenario["start"]), scenario["hours"]
    sets, _ = walker_constellation(
        parse_constellation(scenario["constellation"]), start
    )
    find_contacts(sets[:2], sites, start, hours)
    yield "", process_time()  # what compiled code and element sets take
    contacts = find_contacts(sets, sites, start, hours)
    yield "contacts", process_time()
    grid_ranges(sets, start, LINK_HOURS)
    yield "links between satellites", process_time()
    card = load_card(CONFIG / "cards", values["card"])
    scene = SceneSettings(**scene_values(values, card))
    strategy = find_strategy("fedmeld")
    settings = strategy.settings(**values["strategies"]["fedmeld"])
    made.append(strategy.plan(Scene.of(contacts, homes, [], scene), settings).ops)
    yield "a plan", process_time()


def learn(values: dict, homes: Homes, made: list) -> Timed:
    """Train two models by the first operations of a plan."""
    data = prepare_dataset(load_dataset_settings(CONFIG / "datasets", "digits"), ROOT)
    spread = parse_partition(values["partition"])
    partition = partition_samples(data.train_y, homes, spread, [0])
    training = Training(**values["training"])
    evaluation = Evaluation(**values["evaluation"])
    for name, model in (("mlp", values["model"]), ("cnn", {"name": "cnn"})):
        own = (parse_model(model), training, evaluation, 0)
        task = make_task(data, partition, *own)
        yield "", process_time()
        run_plan(made[0].iloc[: OPERATIONS[name]], task)
        yield f"{OPERATIONS[name]} operations, {name}", process_time()


def measured(numerics: str) -> dict[str, float]:
    """Return what ``works`` does, of a process with these numerics."""
    own = {k: v for k, v in os.environ.items() if k not in variables("portable")}
    done = subprocess.run(
        [sys.executable, __file__, "--once"],
        cwd=ROOT,
        env=own | {"OMP_NUM_THREADS": "1"} | variables(numerics),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=5, help="Of each.")
@click.option("--once", is_flag=True, help="Do the works, and print their times.")
def compare(times: int, once: bool) -> None:
    """Do all works in turn, and write bench/numerics.md."""
    if once:
        print(json.dumps(works()))
        return
    measured("portable")  # compiles
    pairs = [(measured("fast"), measured("portable")) for _ in range(times)]
    rows = []
    for work in pairs[0][0]:
        fast, portable = ([pair[n][work] for pair in pairs] for n in (0, 1))
        ratio = median(b / a for a, b in zip(fast, portable, strict=True))
        rows.append(
            f"| {work} | {median(fast):.2f} | {median(portable):.2f} | {ratio:.2f} |"
        )
    REPORT.write_text(
        "# What the same bytes on every processor cost\n\n"
        f"Made by `python bench/numerics.py`: medians of {times} processes of each, "
        "taken in turn,\nwith one thread. The links are those of "
        f"{LINK_HOURS} hour.\n\n"
        "| work | fast (s) | portable (s) | ratio |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )
    click.echo(REPORT.read_text())


if __name__ == "__main__":
    compare()
