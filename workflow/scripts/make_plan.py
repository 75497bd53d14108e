"""Compile the contacts into the plan of one strategy, and check it."""

import _job
from fedorbit.files import read_table
from fedorbit.orbits.links import Links
from fedorbit.orbits.sites import read_sites
from fedorbit.plans import STRATEGIES
from fedorbit.plans.check import check_plan
from fedorbit.plans.regional import Scene
from fedorbit.plans.sky import Sky
from fedorbit.study import Card

_job.start(snakemake)
params = snakemake.params
card = Card(**params.card)
samples = params.local_steps * params.batch_size
flop = samples * card.training_flop_per_sample
scene = Scene(
    sky=Sky(read_table(snakemake.input.contacts)),
    links=Links(**params.links),
    regions=list(read_sites(snakemake.input.regions)["name"]),
    stations=list(read_sites(snakemake.input.stations)["name"]),
    clients_per_region=params.clients["per_region"],
    horizon_s=params.hours * 3600,
    model_bits=card.bits,
    compute_s=flop / params.clients["compute_flop_s"],
    local_steps=params.local_steps,
    evaluation_interval=params.evaluation_interval,
)
settings, planner = STRATEGIES[snakemake.wildcards.strategy]
plan = planner(scene, settings(**params.settings))
check_plan(plan, scene)
plan.write(snakemake.output.ops, snakemake.output.ledger)
print(f"{len(plan.ops)} operations and {len(plan.ledger)} transfers")
