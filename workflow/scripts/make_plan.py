"""Compile the contacts into the plan of one strategy, and check it."""

import _job
from fedorbit.base.files import read_table
from fedorbit.data.homes import region_homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.check import check_plan
from fedorbit.plans.isls import Isls
from fedorbit.plans.readings.starvation import starvation, starved
from fedorbit.plans.scene import Scene, SceneSettings
from fedorbit.plans.scmr.solution import Solution
from fedorbit.plans.strategy import find_strategy

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
of_study, isls = SceneSettings(**params.scene), None
strategy = find_strategy(snakemake.wildcards.strategy)
settings = strategy.settings(**params.settings)
if paths.isls:
    isls = Isls(read_table(paths.isls), getattr(of_study.links, f"isl_{settings.isl}"))
regions = list(read_sites(paths.regions)["name"])
scene = Scene.of(
    read_table(paths.contacts),
    region_homes(regions, of_study.clients.per_region),
    list(read_sites(paths.stations)["name"]),
    of_study,
    isls=isls,
    scmr=Solution.read(paths.meld) if paths.meld else None,
)
plan = strategy.plan(scene, settings)
check_plan(plan, scene)
plan.write(snakemake.output.ops, snakemake.output.ledger)
print(f"{len(plan.ops)} operations and {len(plan.ledger)} transfers")
print(starved(starvation(plan.ops, scene.homes, scene.horizon_s)))
