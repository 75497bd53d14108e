"""Snakemake's records of what it has made: where they lie, and what they say.

There is one JSON file for each output in ``METADATA``, and one in ``INCOMPLETE`` while
the output's job runs. For ``results/a.csv`` its name is ``cmVzdWx0cy9hLmNzdg==``, the
path in base64. A longer name than a file may have is cut: all parts but the last are
folders, and begin with ``@``. Snakemake keeps all this to itself and may change it, so
a test reads what the installed version writes.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

from fedorbit.base.errors import InputError

METADATA, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
LOCKS = Path(".snakemake/locks")


def record_path(folder: Path, output: str) -> Path:
    """Return where an output's record lies in ``METADATA`` or ``INCOMPLETE``."""
    name = urlsafe_b64encode(output.encode()).decode()
    longest = os.pathconf(".", "PC_NAME_MAX") - 1  # room for the @
    parts = [name[start : start + longest] for start in range(0, len(name), longest)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


def mark_incomplete(output: str) -> None:
    """Leave what Snakemake leaves beside an output whose job is cut off."""
    path = record_path(INCOMPLETE, output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"external_jobid": null}')


def has_record(output: str) -> bool:
    """Return whether Snakemake has a record of an output that can be read."""
    try:
        return "endtime" in json.loads(record_path(METADATA, output).read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return False


def is_running() -> bool:
    """Return whether a run holds the folder's lock."""
    return any(LOCKS.glob("*.lock"))


def ended_s() -> Iterator[tuple[str, float]]:
    """Yield each recorded output, and when its job ended in seconds of Unix time.

    Outputs without such a time are left out. Raises ``InputError`` if a file is no
    record.
    """
    for path in sorted(METADATA.rglob("*")):
        if not path.is_file():
            continue
        name = "".join(path.relative_to(METADATA).parts).replace("@", "")
        try:
            output = urlsafe_b64decode(name).decode()
            time_s = json.loads(path.read_text())["endtime"]
            if time_s is not None:
                yield output, float(time_s)
        except (ValueError, LookupError, TypeError):
            raise InputError(
                f"{path}: not a record that Snakemake has written; delete the file."
            ) from None
