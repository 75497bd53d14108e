"""Tabulate what plans tell before training: idle share, staleness, rounds, flights."""

import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import plan_metrics

_job.start(snakemake)
given = snakemake.input
rows = []
for run, ops, ledger, homes in zip(
    snakemake.params.runs, given.ops, given.ledgers, given.homes, strict=True
):
    found = plan_metrics(Plan.read(ops, ledger), Homes.read(homes), 3600 * run["hours"])
    rows.append({"strategy": run["strategy"], "setting": run["setting"]} | found)
write_table(pd.DataFrame(rows), snakemake.output.plans)
