"""Draw the verdicts on all claims."""

import _job
from fedorbit.base.files import read_table
from fedorbit.report.figures.scoreboard import plot_scoreboard
from fedorbit.report.figures.style import save

_job.start(snakemake)
verdicts = read_table(snakemake.input.claims)
_, title = _job.drawing(snakemake.params)
figure = plot_scoreboard(verdicts, title)
save(figure, snakemake.output.figure, *snakemake.output.printed)
