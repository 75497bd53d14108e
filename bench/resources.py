"""What do jobs take, and what do their rules ask a cluster for?

    python bench/resources.py

Reads what Snakemake has measured of each job that it ran here, in benchmarks/, and
writes bench/resources.md: by rule, the largest memory, the longest time, and what the
rule asks for at the first attempt. It complains of rules that ask for too little.
"""

import re
import sys
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).parents[1]
REPORT = Path(__file__).with_suffix(".md")
SNAKEMAKES_MB = 600.0
"""What the two Snakemakes take that run a job on a cluster, beside the job."""
MORE_MEMORY, MORE_TIME = 1.5, 10.0
"""How many times what was measured a rule asks for."""

HEAD = """# What jobs take and ask for

Written by `python bench/resources.py` from what Snakemake measured of {jobs} jobs on
one machine. A rule asks for {memory:g} times the largest memory of its jobs and
{snakemakes:g} MB for Snakemake, and for {time:g} times the longest time.

| rule | jobs | MB | asks for | seconds | asks for |
|---|---:|---:|---:|---:|---:|
"""


def asked(rules: Path) -> pd.DataFrame:
    """Return the MB and minutes that each rule of a folder asks for, by its name.

    A rule that inherits from another asks for the same. Raises ``ValueError`` for a
    rule that does not ask for both.
    """
    found = {}
    for file in sorted(rules.glob("*.smk")):
        for text in re.split(r"^(?=rule |use rule )", file.read_text(), flags=re.M)[1:]:
            if inherits := re.match(r"use rule (\w+) as (\w+) with:", text):
                found[inherits[2]] = inherits[1]
                continue
            name = re.match(r"rule (\w+):", text)[1]
            keys = ("mem_mb", "runtime")
            values = [re.search(rf"\b{key}=growing\((\d+)\)", text) for key in keys]
            if not all(values):
                raise ValueError(f"rule {name} in {file.name} lacks mem_mb or runtime.")
            found[name] = [int(value[1]) for value in values]
    rows = {k: found[v] if isinstance(v, str) else v for k, v in found.items()}
    return pd.DataFrame.from_dict(rows, "index", columns=["asked_mb", "asked_min"])


def measured(benchmarks: Path, names: list[str]) -> pd.DataFrame:
    """Return the jobs, the largest memory in MB and the longest time in s of rules.

    A file lies in a folder of its rule or is called after it, below the study's folder.
    """
    jobs = []
    for path in sorted(benchmarks.rglob("*.tsv")):
        parts = path.relative_to(benchmarks).with_suffix("").parts
        if of := [part for part in parts[:2] if part in names]:
            table = pd.read_csv(path, sep="\t", na_values="-")
            jobs.append(table[["s", "max_rss"]].assign(rule=of[0]))
    by_rule = pd.concat(jobs).groupby("rule")
    largest = by_rule[["s", "max_rss"]].max().fillna(0)
    return largest.assign(jobs=by_rule.size())


def too_little(table: pd.DataFrame) -> list[str]:
    """Return the rules that ask for less than they should."""
    memory = MORE_MEMORY * table["max_rss"] + SNAKEMAKES_MB > table["asked_mb"]
    time = MORE_TIME * table["s"] > 60 * table["asked_min"]
    return list(table.index[memory | time])


def report(table: pd.DataFrame) -> str:
    """Return the page."""
    page = HEAD.format(
        jobs=table["jobs"].sum(),
        memory=MORE_MEMORY,
        snakemakes=SNAKEMAKES_MB,
        time=MORE_TIME,
    )
    row = "| `{}` | {jobs:.0f} | {max_rss:.0f} | {asked_mb:.0f} MB "
    row += "| {s:.0f} | {asked_min:.0f} min |\n"
    return page + "".join(row.format(rule, **of) for rule, of in table.iterrows())


def main() -> None:
    """Write the page, and end badly if a rule asks for too little."""
    rules = asked(PROJECT / "workflow" / "rules")
    table = measured(PROJECT / "benchmarks", list(rules.index)).join(rules)
    REPORT.write_text(report(table))
    if rules := too_little(table):
        sys.exit(f"These rules ask for too little: {', '.join(rules)}.")


if __name__ == "__main__":
    main()
