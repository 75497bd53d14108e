"""Draw the verdicts on all claims."""

import _job
from fedorbit.files import read_table
from fedorbit.report.figures import save
from fedorbit.report.scoreboard import plot_scoreboard

_job.start(snakemake)
verdicts = read_table(snakemake.input.claims)
figure = plot_scoreboard(verdicts, _job.title(snakemake.params))
save(figure, snakemake.output.figure)
