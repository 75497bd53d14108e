"""Put the record of the snapshot that a study uses beside its results."""

from datetime import UTC, datetime

import _job
from fedorbit.orbits.download import obtain_snapshot
from fedorbit.orbits.sources import parse_constellation

_job.start(snakemake)
source = parse_constellation(snakemake.params.constellation)
snapshot, sentence = obtain_snapshot(
    source, snakemake.params.snapshots, datetime.now(UTC)
)
snapshot.write(snakemake.output.record)
_job.say(sentence)
