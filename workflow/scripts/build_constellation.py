"""Write the satellites that take part as a table of OMMs, and count the others."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.choice import (
    choose,
    epoch_ages_days,
    farthest_days,
    walker_constellation,
)
from fedorbit.orbits.download import read_snapshot
from fedorbit.orbits.lists import read_elements
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.sources import parse_constellation

_job.start(snakemake)
scenario = snakemake.params.values["scenario"]
source = parse_constellation(scenario["constellation"])
start, hours = datetime.fromisoformat(scenario["start"]), scenario["hours"]
if source.source == "walker":
    sets, counts = walker_constellation(source, start)
else:
    path = snakemake.input.elements
    if source.source == "celestrak":
        path, _ = read_snapshot(path, snakemake.params.snapshots)
    print(f"reading {path}")
    reading = read_elements(path)
    for record in reading.left_out:
        print(f"left out, {record.where}: {record.told}")
    sets, counts = choose(reading.sets, source.select, start, hours, reading.left_out)
farthest = farthest_days(epoch_ages_days(sets, start), hours).max()
write_elements(sets, snakemake.output.constellation)
write_table(counts, snakemake.output.satellites)
print(counts.to_string(index=False))
print(f"the scenario goes up to {farthest:.1f} days from an epoch")
