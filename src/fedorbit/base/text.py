"""The text in a file, whatever it was saved as; and the names in it."""

import gzip
import io
import re
import unicodedata
import zlib
from pathlib import Path

from fedorbit.base.errors import InputError, printable

LARGEST_BYTES = 1 << 28  # 256 MiB, ten times the catalogue of all objects
MARKS = {  # UTF-32 first, whose mark begins like that of UTF-16
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
ARCHIVES = {
    b"\x1f\x8b": "gzip",
    b"PK": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
LONGEST_NUMBER = 60  # characters


def read_bytes(
    path: str | Path, remedy: str = "correct the path", most_bytes: int | None = None
) -> bytes:
    """Return what a file holds.

    Raises ``InputError`` if it is huge or cannot be read, or with ``remedy`` as advice
    if there is none.
    """
    most_bytes = most_bytes or LARGEST_BYTES
    try:
        with open(path, "rb") as file:
            content = file.read(most_bytes + 1)
    except FileNotFoundError:
        if re.match("[a-z]+:/", str(path)):
            remedy = "it is an address, so download the file first"
        raise InputError(f"{path}: there is no such file; {remedy}.") from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read ({getattr(error, 'strerror', error)}); "
            "give a file of text."
        ) from None
    if len(content) > most_bytes:
        raise _too_large(path, most_bytes)
    return content


def unpacked(content: bytes, source: str | Path) -> bytes:
    """Return contents, unpacked if they are packed by gzip; raises ``InputError``."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{source}: is broken as a gzip file ({error}); download it again."
        ) from None
    if len(content) > LARGEST_BYTES:
        raise _too_large(source, LARGEST_BYTES)
    return content


def decoded(
    content: bytes,
    source: str | Path,
    kind: str = "text",
    remedy: str = "save it as UTF-8",
) -> str:
    """Return contents as text: UTF-8, or UTF-16 or UTF-32 where a mark or zeros say so.

    Raises ``InputError`` for anything else, which says that it is no such ``kind``
    and what to do.
    """
    for mark, name in ARCHIVES.items():
        if content.startswith(mark):
            raise InputError(f"{source}: not {kind} but packed by {name}; unpack it.")
    encoding = next((e for m, e in MARKS.items() if content.startswith(m)), None)
    encoding = encoding or _by_zeros(content) or "utf-8"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        guess = ", perhaps of Windows-1252" if encoding == "utf-8" else ""
        raise InputError(
            f"{source}: not {kind} in {encoding.upper()}, for line {line} holds the "
            f"byte 0x{content[error.start]:02x}{guess}; {remedy}."
        ) from None


def _by_zeros(content: bytes) -> str | None:
    """Return the encoding of text of which most second bytes are zero, if it is so."""
    even, odd = content[:400:2], content[1:400:2]
    for encoding, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if high.count(0) > len(high) / 2 and low.count(0) <= len(low) / 10:
            return encoding
    return None


def _too_large(source: str | Path, most_bytes: int) -> InputError:
    return InputError(
        f"{source}: holds more than {most_bytes >> 20} MiB; give a smaller file."
    )


def plain_name(text: str) -> str:
    """Return a name in composed form, with single blanks; what is unseen is escaped."""
    return printable(" ".join(unicodedata.normalize("NFC", text).split()))


def parse_number(text: str) -> float | None:
    """Return the number that a text is, or nothing; Python's own rules allow more.

    ``1_000``, ``nan``, ``inf`` and digits of other scripts are no numbers here.
    """
    text = text.strip()
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) < float("inf") else None


def shown(text: str) -> str:
    """Return the beginning of a text in quotation marks, for a sentence."""
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
