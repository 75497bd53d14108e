"""Draw the accuracy at the end against the age of elements."""

import _job
from fedorbit.files import read_table, write_table
from fedorbit.report.figures import save
from fedorbit.report.perturbation import accuracy_by_age, plot_accuracy_by_age

_job.start(snakemake)
rounds = read_table(snakemake.input.rounds)
table = read_table(snakemake.input.perturbation)
own = table[table["patience_s"] == snakemake.params.patience_s]
cases = own[["case", "source", "age_days"]].rename(columns={"case": "setting"})
found = accuracy_by_age(rounds[rounds["strategy"] == "fedmeld"], cases)
write_table(found, snakemake.output.accuracy)
save(plot_accuracy_by_age(found), snakemake.output.figure)
