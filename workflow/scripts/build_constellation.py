"""Write the satellites that take part as three-line TLEs, and count the others."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.download import read_snapshot
from fedorbit.orbits.sources import (
    choose,
    parse_constellation,
    read_elements,
    walker_constellation,
)
from fedorbit.orbits.tle import write_tle

_job.start(snakemake)
scenario = snakemake.params.values["scenario"]
source = parse_constellation(scenario["constellation"])
start = datetime.fromisoformat(scenario["start"])
if source.source == "walker":
    sets, counts = walker_constellation(source, start)
else:
    path = snakemake.input.elements
    if source.source == "celestrak":
        path, _ = read_snapshot(path, snakemake.params.snapshots)
    print(f"reading {path}")
    everything = read_elements(path)
    sets, counts = choose(everything, source.select, start, scenario["hours"])
write_tle(sets, snakemake.output.tle)
write_table(counts, snakemake.output.satellites)
print(counts.to_string(index=False))
