"""Draw the split's time over that of learning on board."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.latency import Place, plot_ratio
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
_, title = _job.drawing(params)
places = [Place(**place) for place in params.places]
totals = read_table(snakemake.input.totals)
figure = plot_ratio(totals, places, params.speed, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
