"""Sample the ranges of all links between satellites over the scenario."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.grid import grid_ranges
from fedorbit.orbits.lists import read_constellation

_job.start(snakemake)
scenario = snakemake.params.values["scenario"]
ranges = grid_ranges(
    read_constellation(snakemake.input.constellation),
    datetime.fromisoformat(scenario["start"]),
    scenario["hours"],
)
write_table(ranges, snakemake.output.isls)
links = len(ranges.drop_duplicates(["satellite_a", "satellite_b"]))
print(f"{links} links, {len(ranges) // links} times")
