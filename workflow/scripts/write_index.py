"""Write the page that leads to those of all studies."""

from pathlib import Path

import _job
from fedorbit.base.files import write_text
from fedorbit.report.pages.captions import caption
from fedorbit.report.pages.gather import entry_of_study
from fedorbit.report.pages.pages import index_page

_job.start(snakemake)
params = snakemake.params
about = caption(Path(snakemake.input.about).read_text("utf-8"), params.given)
folders = [Path(page).parent for page in snakemake.input.pages]
told = zip(folders, params.questions, params.answers, strict=True)
entries = [entry_of_study(*of_study) for of_study in told]
page = index_page(about, entries, params.with_page, params.without_page)
write_text(page, snakemake.output.index)
