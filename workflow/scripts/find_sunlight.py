"""Find how much of the Sun each satellite sees over the scenario."""

from datetime import datetime

import numpy as np
import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.orbits.eclipse import sunlight
from fedorbit.orbits.lists import read_constellation

STEP_S = 60.0

_job.start(snakemake)
scenario = snakemake.params.values["scenario"]
element_sets = read_constellation(snakemake.input.constellation)
end_s = 3600 * scenario["hours"]
times_s = np.append(np.arange(0.0, end_s, STEP_S), end_s)
share = sunlight(element_sets, datetime.fromisoformat(scenario["start"]), times_s)
table = pd.DataFrame(
    {
        "satellite": np.repeat([one.name for one in element_sets], len(times_s)),
        "time_s": np.tile(times_s, len(element_sets)),
        "share": share.ravel(),
    }
)
write_table(table.astype({"satellite": "category"}), snakemake.output.sunlight)
print(f"sunlit for {100 * table['share'].mean():.1f} % of the time")
