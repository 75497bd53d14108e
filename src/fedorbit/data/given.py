"""Files that people give: where they lie, and what is in folders and archives."""

import gzip
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fedorbit.base.errors import InputError, SettingsError

VARIABLE = "FEDORBIT_DATA"
TARS = (".tar.gz", ".tgz")
ARCHIVES = (*TARS, ".zip")
BROKEN = (
    EOFError,
    RuntimeError,  # a zip with a password or a rare compression
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def given_folder() -> Path | None:
    """Return the folder that the environment variable FEDORBIT_DATA names, if any."""
    name = os.environ.get(VARIABLE)
    return Path(name) if name else None


def find_given(key: str, name: str, what: str) -> Path:
    """Return where a file or folder lies that a setting names.

    It is looked for in ``FEDORBIT_DATA`` and in the project. Raises ``SettingsError``
    with the setting's key, and ``what`` it names, if there is none.
    """
    given = given_folder()
    places = dict.fromkeys([given / name, Path(name)] if given else [Path(name)])
    for place in places:
        if place.exists():
            return place
    hint = "" if given else f", or set {VARIABLE} to the folder that holds it"
    raise SettingsError(
        f"{key} is {name!r}, but there is no {' and no '.join(map(str, places))}; put "
        f"{what} there{hint}."
    )


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file in a folder or an archive.

    Names are paths below the folder. Archives are ``.tar.gz``, ``.tgz`` and ``.zip``,
    or else a single file with the ending ``.gz``; nothing is written. Raises
    ``InputError`` if an archive is broken, holds anything but files and folders, or
    names a file outside itself. In a folder, links are followed: it is one's own.
    """
    if path.is_dir():
        yield from _read_folder(path)
        return
    read = _read_zip if path.suffix == ".zip" else _read_gz
    try:
        for name, is_plain, content in read(path):
            inside = PurePosixPath(name)
            if not is_plain or inside.is_absolute() or ".." in inside.parts:
                raise InputError(
                    f"{path}: its member {name!r} is a link or lies outside the "
                    "archive; pack plain files and folders only."
                )
            if content is not None:
                yield name, content
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: broken or cut off ({reason}); get the file again."
        ) from None


def _read_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of the files of a folder, with what is linked into it."""
    for folder, _, files in os.walk(path, followlinks=True):
        _check_circle(Path(folder), path)
        for file in files:
            inner = Path(folder, file)
            if not inner.is_file():
                raise InputError(
                    f"{inner}: a link to nothing, or no plain file; mend or remove it."
                )
            yield inner.relative_to(path).as_posix(), inner.read_bytes()


def _check_circle(folder: Path, path: Path) -> None:
    """Raise ``InputError`` if a folder below a path is one of those that hold it."""
    inner = folder.relative_to(path).parents if folder != path else []
    if folder.resolve() in [(path / above).resolve() for above in inner]:
        raise InputError(
            f"{folder}: a link to a folder that holds it; remove the link."
        )


Member = tuple[str, bool, bytes | None]
"""Name, whether it is a file or a folder, and the bytes if it is a file."""


def _read_gz(path: Path) -> Iterator[Member]:
    with gzip.open(path) as packed:
        if path.name.endswith(TARS):
            with tarfile.open(fileobj=packed, mode="r:") as tar:
                for member in tar:
                    content = tar.extractfile(member).read() if member.isreg() else None
                    yield member.name, member.isreg() or member.isdir(), content
        else:
            yield path.stem, True, packed.read()
        while packed.read(1 << 20):  # the checksum stands at the end
            pass


def _read_zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
            content = None if info.is_dir() else archive.read(info)
            yield info.filename, is_plain, content


def unpack(path: Path, folder: Path) -> None:
    """Write the files of an archive into a folder; raises as ``contents`` does.

    What was written before an exception stays, so ``folder`` should be a temporary one.
    """
    for name, content in contents(path):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
