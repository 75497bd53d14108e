"""Record which code, config, data and software the results of a study come from."""

import os

import _job
from fedorbit.base.files import write_json
from fedorbit.report.provenance import (
    digest_of,
    files,
    revision,
    satellites,
    software,
)

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
record = {
    "code": revision("."),
    "config": {"sha256": digest_of(params.study)},
    "data": files(given.data),
    "software": software(),
    "execution": {
        "threads_of_a_job": snakemake.threads,
        "numerics": params.numerics,
    },
}
if given.constellation:
    source = params.study["scenario"]["constellation"]["source"]
    record["satellites"] = satellites(given.constellation, source)
if params.execution:
    # What jobs were given; the machine that writes it down may have another.
    has_card = int(os.environ["FEDORBIT_CARDS"])
    record["execution"]["device"] = "cuda" if has_card else "cpu"
    record["config"] |= {key: params.execution[key] for key in ("scale", "seeds")}
write_json(record, snakemake.output.provenance)
