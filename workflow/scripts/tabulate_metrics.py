"""Tabulate accuracy, time and bits to a target, idle share and staleness of all runs.

``params.runs`` names strategy, setting and hours of each plan, in the order of the
inputs ``ops``, ``ledgers``, ``homes`` and ``constellations``. A study that trains
nothing has no input ``rounds``.
"""

import pandas as pd

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.lists import read_constellation
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.activity import plan_metrics, satellites_used
from fedorbit.report.numbers.infeasible import with_reasons
from fedorbit.report.numbers.metrics import metrics, per_run, planned_bits
from fedorbit.report.numbers.rounds import read_rounds

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
rows, runs = [], None
names = {
    path: [satellite.name for satellite in read_constellation(path)]
    for path in set(given.constellations)
}
for run, ops, ledger, homes, constellation in zip(
    *(params.runs, given.ops, given.ledgers, given.homes, given.constellations),
    strict=True,
):
    plan = Plan.read(ops, ledger)
    horizon_s = 3600 * run["hours"]
    row = {"strategy": run["strategy"], "setting": run["setting"]}
    row |= plan_metrics(plan, Homes.read(homes), horizon_s)
    row["satellites"] = satellites_used(plan.ledger, names[constellation])
    rows.append(row if given.rounds else row | planned_bits(plan.ledger))
if given.rounds:
    runs = per_run(read_rounds(given.rounds), params.target_accuracy)
table = metrics(runs, pd.DataFrame(rows))
write_table(with_reasons(table, read_table(given.infeasible)), snakemake.output.metrics)
