"""What pages hold: the text around figures and tables, which lie beside them.

Everything that comes from a study is escaped. A page has its style and its script in
itself, and loads nothing but the figures of its folder.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fedorbit.report.claims.verdicts import (
    DERIVED,
    EQUIVALENT,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    UNDECIDED,
)
from fedorbit.report.claims.words import (
    agreement,
    chance,
    finding,
    kind_of_verdict,
    unit,
)
from fedorbit.report.pages.tables import ShownTable

TEMPLATES = Path(__file__).parent / "templates"
SYMBOLS = {
    REPRODUCED: "●",
    NOT_REPRODUCED: "✖",
    EQUIVALENT: "■",
    UNDECIDED: "◐",
    DERIVED: "◆",
    NOT_TESTABLE: "—",
}
"""The marks of the scoreboard's figure as letters, in the order of counts."""


@dataclass(frozen=True)
class Picture:
    """A figure of a study's page; its files have its name."""

    name: str
    title: str
    caption: Markup


@dataclass(frozen=True)
class Question:
    """What a study asks."""

    study: str
    """Its name, which is that of its folder."""
    description: str
    facts: list[tuple[str, str]]
    """Pairs of a word and what it stands for, such as the scale."""
    method: str | None = None
    """What the method does that it is about."""


@dataclass(frozen=True)
class Entry:
    """A study in the list of all."""

    question: Question
    answer: Picture
    counts: list[tuple[str, str, int]]
    """The verdicts on its claims, as ``counted`` gives them."""


def counted(verdicts: pd.DataFrame | None) -> list[tuple[str, str, int]]:
    """Return the symbol, the verdict and how many claims have it, of those that occur.

    ``verdicts`` is the table of ``judge_claims``; a study may have none.
    """
    if verdicts is None:
        return []
    counts = Counter(map(kind_of_verdict, verdicts.to_dict("records")))
    return [(s, kind, counts[kind]) for kind, s in SYMBOLS.items() if counts[kind]]


def study_page(
    question: Question,
    pictures: Sequence[Picture],
    tables: Sequence[ShownTable],
    verdicts: pd.DataFrame | None,
    others: Sequence[str],
) -> str:
    """Return the page of a study as HTML.

    The first of the pictures holds the answer. ``others`` are results that no page
    shows, by their paths in the study's folder.
    """
    return _filled(
        "study.html.j2",
        question=question,
        answer=pictures[0],
        pictures=pictures[1:],
        tables=tables,
        counts=counted(verdicts),
        claims=[]
        if verdicts is None
        else list(map(_claim, verdicts.to_dict("records"))),
        others=others,
    )


def index_page(
    about: Markup,
    entries: Sequence[Entry],
    with_page: Sequence[str] = (),
    without_page: Sequence[str] = (),
) -> str:
    """Return the page that leads to those of all studies, as HTML.

    Other folders of results are named, too, those ``with_page`` and those without.
    """
    return _filled(
        "index.html.j2",
        about=about,
        entries=entries,
        with_page=with_page,
        without_page=without_page,
    )


def _claim(row: dict) -> dict[str, str]:
    kind = kind_of_verdict(row)
    return {
        "name": row["claim"],
        "statement": row["statement"],
        "source": row["source"],
        "agrees": agreement(row),
        "found": finding(row),
        "unit": unit(row),
        "chance": chance(row),
        "verdict": kind,
        "symbol": SYMBOLS[kind],
    }


def _filled(template: str, **values: object) -> str:
    """Return a template with values, which are escaped unless they are markup."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["sentence"] = lambda words: words[:1].upper() + words[1:]
    environment.globals["style"] = _own("pages.css")
    environment.globals["script"] = _own("pages.js")
    return environment.get_template(template).render(values)


def _own(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))
