"""Count the satellites in view from pole to pole."""

from datetime import datetime

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.coverage import count_in_view
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.settings import Coverage

_job.start(snakemake)
table = count_in_view(
    read_constellation(snakemake.input.constellation),
    datetime.fromisoformat(snakemake.params.start),
    snakemake.params.hours,
    Coverage(**snakemake.params.coverage),
)
write_table(table.round(4), snakemake.output.in_view)
