"""From the files of results to their pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from fedorbit.base.files import read_table
from fedorbit.report.pages.captions import caption
from fedorbit.report.pages.pages import Entry, Picture, Question, counted, study_page
from fedorbit.report.pages.tables import shown

VERDICTS = "claims.csv"
Told = Mapping[str, Any]
"""What is told of a result: ``title``, ``caption``, which is a file or none, and what
the caption quotes as ``given``. A figure has a ``name``, a table a ``path``."""


def page_of_study(
    folder: Path,
    question: Told,
    pictures: Sequence[Told],
    tables: Sequence[Told],
    results: Sequence[str],
) -> str:
    """Return the page of the study whose results are in a folder, as HTML.

    ``question`` has the values of ``Question``; ``results`` are the paths of all
    results in the folder. The first of the pictures holds the answer.
    """
    files = {told["path"]: read_table(folder / told["path"]) for told in tables}
    drawn = [f"figures/{told['name']}.svg" for told in pictures]
    return study_page(
        Question(**question),
        [_picture(told) for told in pictures],
        [
            shown(files[told["path"]], told["path"], told["title"], _caption(told))
            for told in tables
            if told["path"] != VERDICTS
        ],
        files.get(VERDICTS),
        sorted({*results} - {*files, *drawn}),
    )


def entry_of_study(folder: Path, question: Told, answer: Told) -> Entry:
    """Return what the list of all studies says of that with results in a folder."""
    verdicts = folder / VERDICTS
    table: pd.DataFrame | None = read_table(verdicts) if verdicts.is_file() else None
    return Entry(Question(**question), _picture(answer), counted(table))


def _picture(told: Told) -> Picture:
    return Picture(told["name"], told["title"], _caption(told))


def _caption(told: Told) -> Markup:
    if told["caption"] is None:
        return Markup()
    source = Path(told["caption"]).read_text(encoding="utf-8")
    return caption(source, told["given"])
