"""Fly a plan of FedMeld in another sky than it was made for, and check it."""

import _job
from fedorbit.files import read_table, write_table
from fedorbit.orbits.links import Links
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.check import check_plan
from fedorbit.plans.exchanges import exchanges
from fedorbit.plans.fedmeld import FedMeld
from fedorbit.plans.plan import Plan
from fedorbit.plans.refly import refly
from fedorbit.plans.scene import Clients, Scene
from fedorbit.study import Card

_job.start(snakemake)
params, paths, out = snakemake.params, snakemake.input, snakemake.output
card, settings = Card(**params.card), FedMeld(**params.settings)
patience_s = float(snakemake.wildcards.patience_s)
scene = Scene.of(
    read_table(paths.contacts),
    list(read_sites(paths.regions)["name"]),
    [],
    hours=params.hours,
    links=Links(**params.links),
    clients=Clients(**params.clients),
    model_bits=card.bits,
    flop_per_sample=card.training_flop_per_sample,
    local_steps=params.local_steps,
    batch_size=params.batch_size,
    evaluation_interval=params.evaluation_interval,
)
planned = Plan.read(paths.ops, paths.ledger)
flown = refly(planned, scene, settings, patience_s)
check_plan(flown, scene)
flown.write(out.ops, out.ledger)
table = exchanges(planned, flown, scene, settings.round_interval, patience_s)
write_table(table, out.exchanges)
print(table["status"].value_counts().to_string())
