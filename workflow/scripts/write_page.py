"""Write the page of a study, and its tables in LaTeX."""

from pathlib import Path

import _job
from fedorbit.base.files import read_table, write_text
from fedorbit.report.pages.gather import page_of_study
from fedorbit.report.pages.tables import latex

_job.start(snakemake)
folder, params = Path(snakemake.output.page).parent, snakemake.params
page = page_of_study(
    folder, params.question, params.pictures, params.tables, params.results
)
write_text(page, snakemake.output.page)
for told, path in zip(params.tables, snakemake.output.latex, strict=True):
    write_text(latex(read_table(folder / told["path"])), path)
