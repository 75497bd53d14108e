"""Plans of FedMeld made with old elements, flown as the satellites really come.

The ideal shell of the study fedmeld falls behind as ``CHECK.drift`` says. If
FEDORBIT_DATA names a folder with ``starlink-*.tle``, real satellites are flown too.
What learns is that of the scale quick, with 64 hidden units. Writes
bench/perturbation.md, perturbation_exchanges.svg and perturbation_accuracy.svg:

    python bench/perturbation.py
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from fedorbit.base.files import whole
from fedorbit.data.homes import region_homes
from fedorbit.data.partition import partition_samples
from fedorbit.data.prepare import digits
from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.task import make_task
from fedorbit.orbits.ageing import pair_up
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.drift import Drift, drifted
from fedorbit.orbits.sites import read_masked_sites
from fedorbit.orbits.walker import walker_elements
from fedorbit.plans.check import check_plan
from fedorbit.plans.moves.refly import Perturbation, assignments, refly
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.exchanges import exchanges
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.strategies.fedmeld import FedMeld, plan_fedmeld
from fedorbit.plans.strategies.pfl import Pfl, plan_pfl
from fedorbit.report.figures.perturbation import (
    MODEL,
    SNAPSHOTS,
    accuracy_by_age,
    perturbation_table,
    plot_accuracy_by_age,
    plot_perturbation,
)
from fedorbit.report.figures.style import save
from fedorbit.report.numbers.rounds import collect_rounds
from fedorbit.studies.study import Study, load_card, load_study, scene_values

CHECK = Perturbation(
    patience_s=30,  # about the median time for which a carrier stays after its pick-up
    other_patiences_s=[0, 120, 300],
    ages_days=[0, 1, 3, 7, 14, 30],
    # Error p50 over age squared, first three rows of results/orbits/tables/ageing.csv.
    drift=Drift(median_late_s_per_day2=0.22, seed=0),
    altitude_km=[530, 560],  # these three as in the study orbits
    inclination_deg=[52.5, 53.5],
    max_epoch_age_days=3,
)
OLDEST_DAYS = 40.0  # pairs of snapshots further apart are left out
SEEDS = (0, 1, 2)
HERE = Path(__file__).parent
ROOT = HERE.parent

values = load_study(ROOT / "config", "fedmeld", "quick")
values["model"] = {"name": "mlp", "hidden": 64}
values["scenario"]["hours"] = 24.0
study = Study(**values)
card = load_card(ROOT / "config/cards", study.card)
scenario, training = study.scenario, study.training
mask_deg = scenario.regions.min_elevation_deg
sites = read_masked_sites([(ROOT / scenario.regions.file, mask_deg)])
homes = region_homes(list(sites["name"]), study.clients.per_region)
meld = FedMeld(**study.strategies["fedmeld"])


def scene(sets, start) -> Scene:
    """Return the study's scene with other satellites, at another time."""
    return Scene.of(
        find_contacts(sets, sites, start, scenario.hours),
        homes,
        [],
        SceneSettings(**scene_values(values, card)),
    )


def skies() -> Iterator[tuple[str, float, Plan, Scene]]:
    """Yield the source and age of elements, the plan made with them, and the sky."""
    shell = walker_elements(scenario.constellation, scenario.start)
    planned = plan_fedmeld(scene(shell, scenario.start), meld)
    for age_days in CHECK.ages_days:
        aged = drifted(shell, age_days, CHECK.drift)
        yield MODEL, age_days, planned, scene(aged, scenario.start)
    folder = os.environ.get("FEDORBIT_DATA")
    files = sorted(Path(folder).glob("starlink-*.tle")) if folder else []
    for pair in pair_up(files, CHECK.ageing(scenario.hours)):
        if pair.age_days < OLDEST_DAYS:
            old, new = (
                scene(s, pair.newer.epoch) for s in (pair.old_sets, pair.new_sets)
            )
            yield SNAPSHOTS, pair.age_days, plan_fedmeld(old, meld), new


def slack(planned: Plan, world: Scene) -> str:
    """Return how long carriers stay over the region after the planned pick-ups."""
    stays_s = []
    for (region, _), carry in assignments(planned, world).items():
        upstream = world.regions[world.regions.index(region) - 1]
        times_s = (carry.loaded_s, carry.loaded_s)
        row = world.sky.covering(carry.satellite, upstream, times_s)
        stays_s.append(world.sky.set_s[row] - carry.loaded_s)
    low, middle, high = np.percentile(stays_s, [5, 50, 95])
    return f"{middle:.1f} s (5th to 95th percentile {low:.1f} to {high:.1f} s)"


def rounds_of(plan: Plan, setting: str) -> pd.DataFrame:
    """Return the tidy rounds of a plan, executed once for each seed."""
    tables = []
    for seed in SEEDS:
        task = make_task(dataset, shares, study.model, training, study.evaluation, seed)
        record = run_plan(plan.ops, task).assign(seed=seed)
        tables.append(collect_rounds(record, plan.ledger, "fedmeld", setting))
    return pd.concat(tables)


dataset = digits()
shares = partition_samples(
    dataset.train_y,
    homes,
    study.partition,
    list(SEEDS),
)
cases, happened, rounds, settings = [], [], [], []
for source, age_days, planned, world in skies():
    if source == MODEL and age_days == 0:
        stays = slack(planned, world)
    for patience_s in [CHECK.patience_s, *CHECK.other_patiences_s]:
        flown = refly(planned, world, meld, patience_s)
        check_plan(flown, world)
        setting = f"{source}={age_days:.3g},patience_s={patience_s:g}"
        case = {"case": setting, "source": source, "age_days": age_days}
        cases.append(case | {"patience_s": patience_s})
        happened.append(
            exchanges(planned, flown, world, meld.round_interval, patience_s)
        )
        if patience_s == CHECK.patience_s:
            rounds.append(rounds_of(flown, setting))
            settings.append(
                {"setting": setting, "source": source, "age_days": age_days}
            )
    print(setting, "done", flush=True)
alone = plan_pfl(world, Pfl(average="never"))
never = pd.DataFrame([{"setting": "never", "source": "no exchange", "age_days": 0.0}])
lower = accuracy_by_age(rounds_of(alone, "never"), never)
accuracies = accuracy_by_age(pd.concat(rounds), pd.DataFrame(settings))
table = perturbation_table(cases, happened)
main = table[table["patience_s"] == CHECK.patience_s]
save(plot_perturbation(main), HERE / "perturbation_exchanges.svg")
save(plot_accuracy_by_age(accuracies), HERE / "perturbation_accuracy.svg")
with whole(HERE / "perturbation.md") as unfinished:
    unfinished.write_text(
        "# Plans made with old elements\n\n"
        "Made by `python bench/perturbation.py`, whose first lines say what is done; "
        "docs/perturbation.md reads it.\n\n"
        "In the plan for the ideal shell, a carrier stays in view after its pick-up "
        f"for {stays}, the median over all carries.\n\n"
        f"{table.to_markdown(index=False)}\n\n"
        "Accuracy at the end, mean over regions, with 95 % intervals over seeds:\n\n"
        f"{pd.concat([accuracies, lower]).to_markdown(index=False)}\n"
    )
