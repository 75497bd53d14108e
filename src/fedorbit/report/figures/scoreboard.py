"""The verdicts on all claims as a picture."""

from textwrap import wrap

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

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
from fedorbit.report.figures.style import set_title, use_style

# Of the palette of Okabe and Ito; the shapes differ, too, for readers of grey.
MARKS = {
    REPRODUCED: {"marker": "o", "color": "#009E73"},
    NOT_REPRODUCED: {"marker": "X", "color": "#D55E00"},
    EQUIVALENT: {"marker": "s", "color": "#CC79A7"},
    UNDECIDED: {"marker": "o", "color": "#E69F00", "fillstyle": "left"},
    DERIVED: {"marker": "D", "color": "#0072B2"},
    NOT_TESTABLE: {"marker": "_", "color": "0.4"},
}
LINE_INCHES = 0.15
LETTERS = 54  # of a line of a statement
LETTERS_OF_EDGES = 13
LETTERS_OF_REASON = 30
LETTERS_OF_MARK = 5
PLACES = {
    "claim": 0.0,
    "statement": 0.08,
    "agrees": 0.5,
    "ours": 0.625,
    "mark": 0.83,
}
HEADS = {
    "claim": "claim",
    "statement": "statement",
    "agrees": "agrees if",
    "ours": "found, 95 % interval",
    "mark": "verdict",
}


def plot_scoreboard(verdicts: pd.DataFrame, title: str) -> Figure:
    """Return the table of verdicts, a row for each claim, with a mark for each verdict.

    ``verdicts`` has the columns of ``judge_claims``. Above the table stands how many
    claims have which verdict. Reasons of claims that are not testable stand in place of
    a value.
    """
    use_style()
    blocks = [_words(claim) for claim in verdicts.to_dict("records")]
    heights = [0.7 + max(len(lines) for lines in block.values()) for block, _ in blocks]
    total = sum(heights) + 3.5
    figure, axes = plt.subplots(figsize=(7.2, 0.35 + LINE_INCHES * total))
    _count(axes, [kind for _, kind in blocks])
    for key, head in HEADS.items():
        axes.text(PLACES[key], 2.0, head, size=8, weight="bold", va="center")
    y = 3.0
    for (block, kind), height in zip(blocks, heights, strict=True):
        axes.axhline(y, color="0.85", linewidth=0.6)
        for key, lines in block.items():
            for number, line in enumerate(lines):
                indent = 0.03 if key == "mark" else 0
                axes.text(
                    PLACES[key] + indent, y + 1 + number, line, size=7, va="center"
                )
        axes.plot(PLACES["mark"] + 0.01, y + 1, markersize=7, **MARKS[kind])
        y += height
    axes.set(xlim=(0, 1), ylim=(total, 0))
    axes.set_axis_off()
    set_title(figure, title)
    return figure


def _count(axes: plt.Axes, kinds: list[str]) -> None:
    """Write how many claims have each verdict, with its mark."""
    words = {kind: f"{kinds.count(kind)} {kind}" for kind in MARKS}
    letters = sum(map(len, words.values())) + LETTERS_OF_MARK * len(MARKS)
    x = 0.0
    for kind, mark in MARKS.items():
        axes.plot(x + 0.01, 0.5, markersize=7, **mark)
        axes.text(x + 0.03, 0.5, words[kind], size=7, va="center")
        x += (len(words[kind]) + LETTERS_OF_MARK) / letters


def _words(claim: dict) -> tuple[dict[str, list[str]], str]:
    """Return the lines of each column for a claim, and the kind of its verdict."""
    kind = kind_of_verdict(claim)
    is_tested = kind != NOT_TESTABLE
    words = f"{finding(claim)} {unit(claim)}" if is_tested else finding(claim)
    found = wrap(words, LETTERS_OF_REASON)
    if chance(claim):
        found.append(chance(claim))
    block = {
        "claim": [claim["claim"]],
        "statement": wrap(claim["statement"], LETTERS),
        "agrees": wrap(agreement(claim), LETTERS_OF_EDGES),
        "ours": found,
        "mark": [kind],
    }
    return block, kind
