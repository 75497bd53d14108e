"""Print the tables of a study's card in docs/papers, from the results of the study.

python scripts/card.py results/fedmeld
"""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from fedorbit.base.yaml_files import read_yaml

LINKS = ("access", "feeder", "isl", "carried")
HEAD = (
    *("strategy", "rounds", "accuracy, %", "worst region, %", "hours to target"),
    *("regions idle", "access, GB", "feeder, GB", "ISL, GB", "carried, GB"),
)


def verdicts(folder: Path) -> list[str]:
    """Return a row for each claim: its name, statement, value and verdict."""
    rows = []
    for row in pd.read_csv(folder / "claims.csv").itertuples():
        value = "" if pd.isna(row.value) else f"{row.value:.3g}"
        has_interval = not pd.isna(row.value_low) and row.value_low != row.value_high
        if value and has_interval:
            value += f" ({row.value_low:.3g} to {row.value_high:.3g})"
        rows.append(_row([row.claim, row.statement, value, row.verdict]))
    return rows


def strategies(folder: Path) -> list[str]:
    """Return a row for each strategy at the study's own values."""
    metrics = pd.read_csv(folder / "tables" / "metrics.csv")
    found = metrics[metrics["setting"] == "default"].set_index("strategy")
    looks = read_yaml("config/plotting.yaml", "restore it from the repository")
    rows = []
    for name, look in looks["strategies"].items():
        if name in found.index:
            rows.append(_row([look["label"], *_told(found.loc[name])]))
    return rows


def _told(row: Any) -> list[str]:
    low, high = 100 * row["accuracy_low"], 100 * row["accuracy_high"]
    hours = row["hours_to_target"]
    return [
        f"{row['rounds']:.0f}",
        f"{100 * row['accuracy']:.1f} ({low:.1f} to {high:.1f})",
        f"{100 * row['worst']:.1f}",
        "" if pd.isna(hours) else f"{hours:.1f}",
        "" if pd.isna(row["idle_share"]) else f"{100 * row['idle_share']:.0f} %",
        *(_gigabytes(row[f"bits_{link}"]) for link in LINKS),
    ]


def _gigabytes(bits: float) -> str:
    size = bits / 8e9
    return f"{size:,.0f}" if size >= 100 else f"{size:.3g}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
def card(folder: Path) -> None:
    """Print both tables."""
    print(_row(["claim", "statement", "value", "verdict"]))
    print(*("|---" * 4, "|\n"), sep="", end="")
    print(*verdicts(folder), "", sep="\n")
    print(_row(list(HEAD)))
    print(*("|---" * len(HEAD), "|\n"), sep="", end="")
    print(*strategies(folder), sep="\n")


if __name__ == "__main__":
    card()
