"""Find which models clients anywhere on Earth can get, how old and how good."""

from datetime import datetime

import numpy as np
import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.contacts import find_contacts
from fedorbit.orbits.lists import read_constellation
from fedorbit.plans.plan import Plan
from fedorbit.plans.readings.availability import (
    Availability,
    newest_by_place,
    places,
    versions_on_board,
)
from fedorbit.report.numbers.availability import availability, with_accuracy
from fedorbit.report.numbers.rounds import read_rounds

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
settings, scenario = Availability(**params.settings), params.sky["scenario"]
sites = places(settings, scenario["regions"]["min_elevation_deg"])
satellites = read_constellation(paths.constellation)
start = datetime.fromisoformat(scenario["start"])
contacts = find_contacts(satellites, sites, start, scenario["hours"])
columns = ["strategy", "model", "time_s", "accuracy"]
rounds = read_rounds(paths.rounds, columns, setting="default")
whole_h = np.arange(1, int(scenario["hours"]) + 1)
times_s = 3600 * (whole_h if len(whole_h) else np.array([scenario["hours"]]))
tables = []
for strategy, *plan in zip(settings.strategies, paths.ops, paths.ledgers, strict=True):
    versions = versions_on_board(Plan.read(*plan))
    newest = newest_by_place(versions, contacts, times_s)
    found = with_accuracy(newest, rounds[rounds["strategy"] == strategy])
    tables.append(found.assign(strategy=strategy))
every = pd.concat(tables, ignore_index=True)
table = availability(every, contacts["site"].nunique())
write_table(table, snakemake.output.table)
last = every[every["hour"] == every["hour"].max()]
where = sites[["name", "latitude_deg", "longitude_deg"]]
last = last.merge(where, left_on="site", right_on="name").drop(columns=["name", "site"])
write_table(last, snakemake.output.places)
print(table.to_string(index=False))
