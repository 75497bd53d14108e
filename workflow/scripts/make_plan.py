"""Compile the contacts into the plan of one strategy, and check it."""

import _job
from fedorbit.files import read_table
from fedorbit.orbits.links import Links
from fedorbit.orbits.sites import read_sites
from fedorbit.plans import STRATEGIES
from fedorbit.plans.check import check_plan
from fedorbit.plans.isls import Isls
from fedorbit.plans.meld import Meld
from fedorbit.plans.scene import Clients, Scene
from fedorbit.plans.starvation import starvation, starved
from fedorbit.study import Card

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
card, links, isls = Card(**params.card), Links(**params.links), None
kind, planner = STRATEGIES[snakemake.wildcards.strategy]
settings = kind(**params.settings)
if paths.isls:
    isls = Isls(read_table(paths.isls), getattr(links, f"isl_{settings.isl}"))
scene = Scene.of(
    read_table(paths.contacts),
    list(read_sites(paths.regions)["name"]),
    list(read_sites(paths.stations)["name"]),
    hours=params.hours,
    links=links,
    clients=Clients(**params.clients),
    model_bits=card.bits,
    flop_per_sample=card.training_flop_per_sample,
    local_steps=params.local_steps,
    batch_size=params.batch_size,
    evaluation_interval=params.evaluation_interval,
    isls=isls,
    meld=Meld.read(paths.meld) if paths.meld else None,
)
plan = planner(scene, settings)
check_plan(plan, scene)
plan.write(snakemake.output.ops, snakemake.output.ledger)
print(f"{len(plan.ops)} operations and {len(plan.ledger)} transfers")
per_region, horizon_s = scene.clients_per_region, scene.horizon_s
print(starved(starvation(plan.ops, scene.regions, per_region, horizon_s)))
