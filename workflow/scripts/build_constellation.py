"""Write the element sets of a Walker constellation as three-line TLEs."""

from datetime import datetime

import _job
from fedorbit.orbits.tle import write_tle
from fedorbit.orbits.walker import Walker, walker_elements

_job.start(snakemake)
walker = Walker(**snakemake.params.walker)
sets = walker_elements(walker, datetime.fromisoformat(snakemake.params.start))
write_tle(sets, snakemake.output.tle)
