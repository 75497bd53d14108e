"""Tabulate accuracy, time and bits to a target, idle share and staleness of all runs.

``params.runs`` names strategy, setting, hours and clients_per_region of each plan, in
the order of the inputs ``ops``, ``ledgers`` and ``regions``.
"""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import region_homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import plan_metrics
from fedorbit.report.claims.claims import load_claims
from fedorbit.report.numbers.metrics import metrics, per_run

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
rows = []
for run, ops, ledger, regions in zip(
    params.runs, given.ops, given.ledgers, given.regions, strict=True
):
    plan = Plan.read(ops, ledger)
    names = list(read_sites(regions)["name"])
    homes = region_homes(names, run["clients_per_region"])
    horizon_s = 3600 * run["hours"]
    rows.append(
        {"strategy": run["strategy"], "setting": run["setting"]}
        | plan_metrics(plan, homes, horizon_s)
    )
target = load_claims(given.claims).target_of(params.dataset, given.claims)
runs = per_run(read_table(given.rounds), target)
write_table(metrics(runs, pd.DataFrame(rows)), snakemake.output.metrics)
