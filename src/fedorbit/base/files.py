"""Writing files and folders whole or not at all, and always with the same bytes."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fedorbit.base.errors import InputError

UNFINISHED = ".unfinished-"
"""How the names of files and folders begin that are being written."""
CHUNK_BYTES = 2**20
UNREADABLE = (ValueError, EOFError, RuntimeError, BadZipFile, zlib.error)
"""What NumPy, pandas and Arrow raise for contents that are not in their format."""


@contextmanager
def whole(path: str | Path, to_disk: bool = False) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` if the block ends well.

    The temporary file lies in the same folder with the same ending, so that the
    final rename is atomic; after an exception it is removed and ``path`` is as before.
    With ``to_disk`` contents and name are on the disk in the end, so that a power cut
    leaves the old file or the new one. It takes some milliseconds more.
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
        if to_disk:
            _to_disk(name)
        os.replace(name, path)
        if to_disk:
            _to_disk(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _to_disk(path: str | Path) -> None:
    """Have a file's contents, or a folder's names, written to the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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


def write_text(text: str, path: str | Path) -> None:
    """Write a text as UTF-8, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


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
            table.to_parquet(unfinished, index=False, write_page_checksum=True)
            with open(unfinished, "r+b") as file:
                seal(file)


def write_parts(
    parts: Iterable[pd.DataFrame],
    schema: pa.Schema,
    path: str | Path,
    csv_path: str | Path,
) -> None:
    """Write the rows of all parts as a Parquet table and as a CSV table.

    One part after the other is written, as ``write_table`` does, so that they need not
    fit into memory together. Raises ``ValueError`` for a part that is not of the
    schema.
    """
    names = schema.names
    with whole(csv_path) as csv, whole(path) as unfinished:
        pd.DataFrame(columns=names).to_csv(csv, index=False, lineterminator="\n")
        with pq.ParquetWriter(unfinished, schema, write_page_checksum=True) as writer:
            for part in parts:
                rows = pa.Table.from_pandas(part, schema, preserve_index=False)
                writer.write_table(rows.replace_schema_metadata(None))
                part[names].to_csv(
                    csv, mode="a", header=False, index=False, lineterminator="\n"
                )
        with open(unfinished, "r+b") as file:
            seal(file)


def seal(file: BinaryIO) -> None:
    """Put the SHA-256 of a Parquet file in front of its footer.

    Checksums of pages leave the footer out, where a flipped bit can turn numbers into
    others. A Parquet file ends with the footer, its length in four bytes and ``PAR1``;
    readers find pages by their places, so what lies between is nothing to them.
    """
    end, size = _footer(file)
    digest = _digest(file, (0, size))
    file.seek(end)
    footer = file.read()
    file.seek(end)
    file.write(digest + footer)


def check_seal(file: BinaryIO) -> None:
    """Raise ``ValueError`` if any bit of a sealed file has changed."""
    end, size = _footer(file)
    start = max(end - hashlib.sha256().digest_size, 0)
    file.seek(start)
    if file.read(end - start) != _digest(file, (0, start), (end, size)):
        raise ValueError("the checksum is not that of the contents")
    file.seek(0)


def _footer(file: BinaryIO) -> tuple[int, int]:
    """Return where the footer of a Parquet file begins, by what its end says, and
    where the file ends.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - 8, 0))
    length = int.from_bytes(file.read(4), "little")
    return max(size - 8 - length, 0), size


def _digest(file: BinaryIO, *parts: tuple[int, int]) -> bytes:
    """Return the SHA-256 of parts of a file, from one place up to another."""
    digest = hashlib.sha256()
    for start, end in parts:
        file.seek(start)
        for place in range(start, end, CHUNK_BYTES):
            digest.update(file.read(min(CHUNK_BYTES, end - place)))
    return digest.digest()


def write_json(values: Mapping[str, Any], path: str | Path) -> None:
    """Write plain values as JSON with sorted keys, so that equal ones make equal bytes.

    Raises ``ValueError`` for numbers that are not finite.
    """
    text = json.dumps(values, sort_keys=True, indent=2, allow_nan=False)
    write_text(text + "\n", path)


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


def read_table(
    path: str | Path,
    columns: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return the Parquet or CSV table at ``path``, by its ending.

    Of a Parquet table only some ``columns`` may be read, and only the rows ``where``
    columns have the given values. Raises ``InputError`` if it is not one, or a Parquet
    table that differs in any bit from what was written.
    """
    if Path(path).suffix == ".csv":
        with intact(path, "a CSV table"):
            # By themselves pandas take a region called NA or None for no value.
            return pd.read_csv(path, keep_default_na=False, na_values=[""])
    filters = [(name, "==", value) for name, value in (where or {}).items()]
    with open(path, "rb") as file, intact(path, "a Parquet table of fedorbit"):
        check_seal(file)
        return pd.read_parquet(file, columns=columns, filters=filters or None)
