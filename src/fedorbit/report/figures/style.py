"""The look that all figures share.

``looks`` maps each strategy to its ``label``, ``color``, ``marker`` and ``linestyle``,
in the order of legends; a strategy looks the same in all figures.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402
import seaborn as sns  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from fedorbit.base.files import whole  # noqa: E402
from fedorbit.report.figures.svg import settled  # noqa: E402

BEHIND = "#8C8C8C"  # the colour of strategies that a figure is not about
Looks = Mapping[str, Mapping[str, Any]]

STYLE = {
    # Matplotlib brings it; seaborn would take Arial first where that is installed.
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # letters that other programmes can edit
    "svg.hashsalt": "fedorbit",
    "svg.fonttype": "none",
}
UNDATED = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
    ".png": {},
}
"""What is told of a file besides the figure, by its ending: no time."""


def use_style() -> None:
    """Set the look that all figures share, whatever the user's own settings are."""
    plt.rcdefaults()
    sns.set_theme(context="paper", style="ticks", rc=STYLE)


def save(figure: Figure, *paths: str | Path) -> None:
    """Write a figure to each path, as SVG, PDF or PNG by its ending.

    A file appears whole or not at all, with the same bytes every time.
    """
    for path in map(Path, paths):
        drawn = BytesIO()
        metadata = UNDATED[path.suffix]
        figure.savefig(drawn, format=path.suffix[1:], metadata=metadata)
        content = drawn.getvalue()
        if path.suffix == ".svg":
            content = settled(content.decode()).encode()
        with whole(path) as unfinished:
            unfinished.write_bytes(content)
    plt.close(figure)


def dashes(look: Mapping[str, Any]) -> Any:
    """Return a look's line style as matplotlib takes it."""
    style = look["linestyle"]
    return style if isinstance(style, str) else (0, tuple(style))


def in_front(looks: Looks) -> list[str]:
    """Return the strategies that have their colours where a figure has all.

    If none of them is marked so, all have.
    """
    front = [name for name, look in looks.items() if look.get("is_front")]
    return front or list(looks)


def ink(color: str) -> tuple[float, ...]:
    """Return a colour that is dark enough for small letters."""
    return tuple(0.75 * part for part in to_rgb(color))


def pale(color: str, white: float) -> tuple[float, ...]:
    """Return a colour with a share of white, 0 to 1."""
    return tuple(white + (1 - white) * part for part in to_rgb(color))


def is_dark(color: Any) -> bool:
    """Return whether letters on a colour must be white, by Rec. 601's luma."""
    red, green, blue = to_rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def plain(name: str) -> str:
    """Return a name as matplotlib draws it letter by letter, dollars too."""
    return name.replace("$", r"\$")


def set_title(figure: Figure, title: str) -> None:
    """Write what learns and at which scale above a figure, in small letters."""
    figure.suptitle(plain(title), fontsize=8, color="0.35")


def say_at_bar(axes: plt.Axes, x: float, row: int, words: str) -> None:
    """Write words where a level bar would begin, or where it ends."""
    axes.annotate(
        words,
        (x, row),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        size=7,
        color="0.35",
    )


def rounded(number: float) -> str:
    """Return a number of gigabytes, of which few digits matter."""
    if number < 0.1:
        return f"{number:.1g}"
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
