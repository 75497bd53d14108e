"""Compile the contacts into the plan of one strategy, and check it."""

import _job
from fedorbit.files import read_table
from fedorbit.orbits.links import Links
from fedorbit.orbits.sites import read_sites
from fedorbit.plans import STRATEGIES
from fedorbit.plans.check import check_plan
from fedorbit.plans.isls import Isls
from fedorbit.plans.regional import Scene
from fedorbit.plans.sky import Sky
from fedorbit.study import Card

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
card, links = Card(**params.card), Links(**params.links)
kind, planner = STRATEGIES[snakemake.wildcards.strategy]
settings = kind(**params.settings)
flop = params.local_steps * params.batch_size * card.training_flop_per_sample
contacts, isls = read_table(paths.contacts), None
if paths.isls:
    isls = Isls(read_table(paths.isls), getattr(links, f"isl_{settings.isl}"))
    contacts = isls.linked(contacts)
scene = Scene(
    sky=Sky(contacts),
    links=links,
    regions=list(read_sites(paths.regions)["name"]),
    stations=list(read_sites(paths.stations)["name"]),
    clients_per_region=params.clients["per_region"],
    horizon_s=params.hours * 3600,
    model_bits=card.bits,
    compute_s=flop / params.clients["compute_flop_s"],
    local_steps=params.local_steps,
    evaluation_interval=params.evaluation_interval,
    isls=isls,
)
plan = planner(scene, settings)
check_plan(plan, scene)
plan.write(snakemake.output.ops, snakemake.output.ledger)
print(f"{len(plan.ops)} operations and {len(plan.ledger)} transfers")
