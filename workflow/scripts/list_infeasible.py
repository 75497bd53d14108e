"""List the strategies that cannot be planned, at which setting, and why."""

import json
from pathlib import Path

import _job
from fedorbit.base.files import write_table
from fedorbit.report.numbers.infeasible import list_infeasible

_job.start(snakemake)
verdicts = [json.loads(Path(path).read_text()) for path in snakemake.input.verdicts]
write_table(
    list_infeasible(snakemake.params.runs, verdicts), snakemake.output.infeasible
)
