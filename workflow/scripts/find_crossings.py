"""Find when satellites of different planes see each other, and how far away."""

from datetime import datetime

import _job
from fedorbit.base.errors import SettingsError
from fedorbit.base.files import write_table
from fedorbit.orbits.crossings import find_crossings, ranges_of
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.planes import find_planes
from fedorbit.orbits.settings import Sight

_job.start(snakemake)
values, scenario = snakemake.params.values, snakemake.params.values["scenario"]
if scenario.get("crossings") is None:
    raise SettingsError(
        "the key scenario.crossings is missing, but a strategy has planes that talk to "
        "one another; add it or leave the strategy out."
    )
sight = Sight(**scenario["crossings"])
element_sets = read_constellation(snakemake.input.constellation)
start = datetime.fromisoformat(scenario["start"])
crossings = find_crossings(
    element_sets,
    find_planes(element_sets, max(one.epoch for one in element_sets)),
    start,
    scenario["hours"],
    sight.grazing_km,
    sight.max_doppler_hz,
    values["links"]["isl_radio"]["carrier_hz"],
    sight.planes_apart,
)
write_table(crossings, snakemake.output.crossings)
write_table(ranges_of(element_sets, crossings, start), snakemake.output.ranges)
print(f"{len(crossings)} windows between satellites of different planes")
