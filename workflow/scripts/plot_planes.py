"""Draw how soon planes have the mean of all."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.latency import Place, plot_planes
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
_, title = _job.drawing(params)
places = [Place(**place) for place in params.places]
figure = plot_planes(read_table(snakemake.input.latency), places, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
