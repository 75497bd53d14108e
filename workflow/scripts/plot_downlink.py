"""Draw how soon embeddings are at stations."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.latency import Place, plot_downlink
from fedorbit.report.figures.style import save

_job.start(snakemake)
params = snakemake.params
_, title = _job.drawing(params)
places = [Place(**place) for place in params.places]
figure = plot_downlink(read_table(snakemake.input.latency), places, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
