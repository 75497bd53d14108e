"""Writing files and folders whole or not at all, and always with the same bytes."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from fedorbit.base.errors import InputError

UNFINISHED = ".unfinished-"
"""How the names of files and folders begin that are being written."""
UNREADABLE = (ValueError, EOFError, RuntimeError, BadZipFile, zlib.error)
"""What NumPy, pandas and Arrow raise for contents that are not in their format."""


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` if the block ends well.

    The temporary file lies in the same folder with the same ending, so that the
    final rename is atomic; after an exception it is removed and ``path`` is as before.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=UNFINISHED, suffix=path.suffix, dir=path.parent
    )
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` if the block ends well.

    It lies beside ``path``, which must not exist yet; after an exception it is removed
    with all that is in it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
    try:
        yield unfinished
        umask = os.umask(0)
        os.umask(umask)
        unfinished.chmod(0o777 & ~umask)
        unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished)
        raise


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write ``table`` as Parquet or CSV, by the ending of ``path``.

    CSV floats are written as the shortest decimals that read back to the same
    number, so equal tables make equal bytes. Parquet has checksums of its pages, for
    other readers, and one of the whole file, which ``read_table`` verifies.
    """
    with whole(path) as unfinished:
        if unfinished.suffix == ".csv":
            table.to_csv(unfinished, index=False, lineterminator="\n")
        else:
            content = table.to_parquet(index=False, write_page_checksum=True)
            unfinished.write_bytes(sealed(content))


def sealed(content: bytes) -> bytes:
    """Return a Parquet file with the SHA-256 of its bytes in front of its footer.

    Checksums of pages leave the footer out, where a flipped bit can turn numbers into
    others. A Parquet file ends with the footer, its length in four bytes and ``PAR1``;
    readers find pages by their places, so what lies between is nothing to them.
    """
    end = _footer_at(content)
    return content[:end] + hashlib.sha256(content).digest() + content[end:]


def unsealed(content: bytes) -> bytes:
    """Return the file that was sealed; raises ``ValueError`` for any changed bit."""
    end = _footer_at(content)
    seal = max(end - hashlib.sha256().digest_size, 0)
    original = content[:seal] + content[end:]
    if content[seal:end] != hashlib.sha256(original).digest():
        raise ValueError("the checksum is not that of the contents")
    return original


def _footer_at(content: bytes) -> int:
    """Return where the footer of a Parquet file begins, by what its end says."""
    return max(len(content) - 8 - int.from_bytes(content[-8:-4], "little"), 0)


def write_json(values: Mapping[str, Any], path: str | Path) -> None:
    """Write plain values as JSON with sorted keys, so that equal ones make equal bytes.

    Raises ``ValueError`` for numbers that are not finite.
    """
    text = json.dumps(values, sort_keys=True, indent=2, allow_nan=False)
    with whole(path) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def broken(path: str | Path, kind: str) -> InputError:
    """Return the error that says that a file is not of its kind, as ``a dataset``."""
    return InputError(
        f"{path} is broken or not {kind}; bring it back with `dvc checkout` or "
        "`git checkout`, or delete it and run again."
    )


@contextmanager
def intact(path: str | Path, kind: str) -> Iterator[None]:
    """Raise ``InputError`` if the block cannot make sense of a file's contents."""
    try:
        yield
    except UNREADABLE:
        raise broken(path, kind) from None
    except OSError as error:
        # Arrow's has no number; places in a ZIP file may lie before its beginning.
        if type(error) is not OSError or error.errno not in (None, errno.EINVAL):
            raise
        raise broken(path, kind) from None


def read_table(path: str | Path) -> pd.DataFrame:
    """Return the Parquet or CSV table at ``path``, by its ending.

    Raises ``InputError`` if it is not one, or a Parquet table that differs in any bit
    from what ``write_table`` wrote.
    """
    if Path(path).suffix == ".csv":
        with intact(path, "a CSV table"):
            # By themselves pandas take a region called NA or None for no value.
            return pd.read_csv(path, keep_default_na=False, na_values=[""])
    content = Path(path).read_bytes()
    with intact(path, "a Parquet table of fedorbit"):
        return pd.read_parquet(BytesIO(unsealed(content)))
