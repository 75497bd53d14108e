"""Choose FedMeld's round interval and mixing ratio by SC-MR, with pilot trainings."""

import _job
import _pilot
from fedorbit.base.files import write_json
from fedorbit.learn.scmr.solve import solve_scmr

_job.start(snakemake)
solution = solve_scmr(*_pilot.given(snakemake))
write_json(solution, snakemake.output.solution)
