"""What is done at the start, so that no result is taken for what it is not."""

import shutil
import sys
import time

from snakemake.persistence import PersistenceBase

from fedorbit.base.files import UNFINISHED

sys.path.append(str(FOLDER / "scripts"))
from snakemake_records import has_record, is_running, mark_incomplete

CLOCKS_DIFFER_S = 60  # between machines that share a folder


def remake_unrecorded():
    """Have all results made anew of which nobody knows what they were made from.

    Snakemake would take a file without a record for current, whatever has changed since.
    A dry run takes them for cut off without leaving marks.
    """
    paths = [path for name in STUDIES for path in whole_study(name)]
    lost = [path for path in paths if Path(path).is_file() and not has_record(path)]
    if workflow.output_settings.dryrun:
        take_for_cut_off(lost)
    else:
        for path in lost:
            mark_incomplete(path)
    if lost:
        print(
            f"{len(lost)} results have no record of what they were made from, such as "
            f"{lost[0]}; they are made anew. `make pull` would bring results back with "
            "their records.",
            file=sys.stderr,
        )


def take_for_cut_off(lost):
    """Have this Snakemake alone take results for those of jobs that were cut off."""
    marked = PersistenceBase.incomplete

    async def incomplete(persistence, job):
        return [*await marked(persistence, job), *(f for f in job.output if f in lost)]

    PersistenceBase.incomplete = incomplete


def refuse_the_future():
    """End if a file is dated in the future.

    Snakemake would find each result that is made of it too old, and delete it.
    """
    found = [path for name in STUDIES for path in whole_study(name)]
    found += [
        p for f in ("config", "data", "src", "workflow") for p in Path(f).rglob("*")
    ]
    for path in map(Path, found):
        if path.is_file() and path.stat().st_mtime > time.time() + CLOCKS_DIFFER_S:
            date = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
            raise SystemExit(
                f"Error: {path} is dated {date}, in the future; set the clock right or "
                f"touch the file, and run again."
            )


# A run that is under way has results whose records are still to come.
if workflow.is_main_process and not is_running():
    refuse_the_future()
    remake_unrecorded()


def remove_unfinished():
    """Remove what killed jobs have left; nobody writes it any more.

    Jobs end with the run that started them, and the lock keeps other runs away.
    """
    for folder in ("results", "data", "checkpoints"):
        for path in Path(folder).rglob(f"{UNFINISHED}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
