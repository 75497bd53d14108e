"""How long Snakemake takes to see that nothing is to be done, here and in a toy.

The toy has as many jobs, one rule and no library. Both are listed in turn, so that
whatever else the machine does weighs on both. Run it on a finished tree:

python bench/listing.py
"""

import re
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

ROOT = Path(__file__).parent.parent
REPORT = Path(__file__).parent / "listing.md"
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "1")
NOTHING = "Nothing to be done"
TOY = """
rule all:
    input:
        expand("results/{{number}}.txt", number=range({jobs})),

rule touch:
    output:
        "results/{{number}}.txt",
    shell:
        "touch {{output}}"
"""


def jobs_of_all() -> int:
    """Return how many jobs a run from nothing has."""
    listing = subprocess.run(
        [*SNAKEMAKE, "--dry-run", "--forceall"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(re.search(r"^total +(\d+)", listing.stdout, re.MULTILINE)[1])


def listed_s(folder: Path) -> float:
    """Return the processor time of listing a finished tree, which has nothing to do."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    listing = subprocess.run(
        [*SNAKEMAKE, "--dry-run"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if NOTHING not in listing.stdout:
        raise click.ClickException(f"{folder} is not finished; run snakemake there.")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=7, help="Of each.")
def compare(times: int) -> None:
    """List both in turn, and write bench/listing.md."""
    jobs = jobs_of_all()
    with TemporaryDirectory() as name:
        toy = Path(name)
        # One job is that of the rule all.
        (toy / "Snakefile").write_text(TOY.format(jobs=jobs - 1))
        subprocess.run(
            [*SNAKEMAKE, "--quiet"], cwd=toy, capture_output=True, check=True
        )
        pairs = [(listed_s(ROOT), listed_s(toy)) for _ in range(times)]
    ours_s, toys_s = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(ours / other for ours, other in pairs)
    REPORT.write_text(
        "# Listing a finished tree\n\n"
        f"Made by `python bench/listing.py`: {jobs} jobs, medians of {times} listings "
        "of each,\ntaken in turn.\n\n"
        "| tree | processor time (s) | ratio |\n| --- | --- | --- |\n"
        f"| fedorbit | {ours_s:.2f} | {ratio:.2f} |\n"
        f"| a toy of as many jobs | {toys_s:.2f} | 1 |\n"
    )
    click.echo(REPORT.read_text())


if __name__ == "__main__":
    compare()
