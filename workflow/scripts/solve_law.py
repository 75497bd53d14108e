"""Choose FedMeld's mixing ratio by our law, with a pilot training."""

import _job
import _pilot
from fedorbit.base.files import write_json
from fedorbit.learn.law.solve import solve_law

_job.start(snakemake)
solution = solve_law(*_pilot.given(snakemake))
write_json(solution, snakemake.output.solution)
