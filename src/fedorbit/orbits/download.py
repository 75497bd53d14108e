"""Snapshots of CelesTrak's element sets: downloaded seldom, kept with a record.

A snapshot is a pair of files in a folder of its group: ``<stamp>.csv``, the answer of
the service as it came, and ``<stamp>.json``, the record. The record is written last,
so a file without one is no snapshot. OMMs are asked for, as CSV, since TLEs leave out
satellites with numbers above 99999; a snapshot of TLEs ends in ``.tle``.
"""

import hashlib
import json
import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
import urllib3
from filelock import FileLock
from pydantic import AwareDatetime, Field

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole, write_text
from fedorbit.base.settings import Name, Settings, between, parse
from fedorbit.base.text import decoded, read_bytes
from fedorbit.orbits.lists import format_of, parse_elements
from fedorbit.orbits.records import Reading
from fedorbit.orbits.sources import CelesTrak

# CelesTrak has new elements every two hours, and refuses those who ask more often.
LEAST_INTERVAL = timedelta(hours=2)
ATTEMPTS = 4
TIME_LIMIT_S = 120.0  # for all attempts together
QUIET_LIMIT_S = 20.0  # without a connection or a byte
MOST_BYTES = 1 << 28  # of an answer; all satellites there are take some 10 MB
FIRST_PAUSE_S = 2.0  # doubles from one attempt to the next
ODD = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    ValueError,
    OSError,
)
"""What answers raise that are none."""
BUSY = (429, 500, 502, 503, 504)  # answers after which it is worth asking again
STAMP = "%Y-%m-%dT%H%M%SZ"
RECORDS = "[0-9]*.json"  # leaves out the hidden files of writers that were killed


class Snapshot(Settings):
    """The record of a snapshot."""

    group: Name
    """CelesTrak's name of the satellites."""
    url: str
    """The service that was asked."""
    downloaded: AwareDatetime = Field(strict=False)
    """When the download ended."""
    sha256: str
    """Checksum of the file."""
    ending: Literal["csv", "tle"] = "tle"
    """That of the file: OMMs as CSV or, where a service has no others, TLEs."""
    satellites: between(int, 0, 100_000_000)
    """Number of element sets."""
    first_epoch: AwareDatetime = Field(strict=False)
    """Oldest epoch."""
    last_epoch: AwareDatetime = Field(strict=False)
    """Newest epoch."""

    @property
    def stamp(self) -> str:
        """Return the name of the snapshot's files, without their endings."""
        return self.downloaded.astimezone(UTC).strftime(STAMP)

    @property
    def file(self) -> str:
        """Return the name of the file of element sets."""
        return f"{self.stamp}.{self.ending}"

    def write(self, path: str | Path) -> None:
        """Write the record, whole or not at all."""
        write_text(self.model_dump_json(indent=2) + "\n", path)


class Unreachable(Exception):
    """The service gave no elements; asking again now is no use."""


class Interrupted(Unreachable):
    """The service gave no elements; asking again may help."""


def obtain_snapshot(
    source: CelesTrak, folder: str | Path, now: datetime
) -> tuple[Snapshot, str]:
    """Return the snapshot that a study uses, and a sentence on where it comes from.

    That is the one that the study names. If it names none it is a fresh download,
    or else the newest in ``folder`` from the same URL: when that is less than two
    hours old, or when the service gives nothing. Raises ``InputError`` if there is
    none of these.
    """
    folder = Path(folder) / source.group
    folder.mkdir(parents=True, exist_ok=True)
    # Studies with the same group would otherwise ask at the same time.
    with FileLock(folder / ".lock"):
        if source.snapshot:
            return _named_snapshot(source, folder)
        last = _last_snapshot(source, folder)
        if last and now - last.downloaded < LEAST_INTERVAL:
            return last, (
                f"{source.group}: used the snapshot {last.stamp}, which is less than "
                "two hours old; the service asks not to be asked sooner"
            )
        try:
            content = download(source.url, source.group)
            reading = _reading(content)
        except Unreachable as error:
            if last is None:
                raise InputError(
                    f"{source.url}: group {source.group!r} could not be downloaded "
                    f"({error}), and {folder} holds no earlier snapshot from there; "
                    "try again later or use another source."
                ) from None
            return last, (
                f"{source.group}: KEPT THE OLD SNAPSHOT {last.stamp}, as {source.url} "
                f"gave nothing new ({error})"
            )
        snapshot = _keep(content, reading, source, folder, now)
    fewer = last.satellites - snapshot.satellites if last else 0
    warning = f", {fewer} FEWER THAN IN {last.stamp}" if fewer > 0 else ""
    bad = len(reading.left_out)
    warning += f"; {bad} MORE RECORDS CANNOT BE USED" if bad else ""
    return snapshot, (
        f"{source.group}: downloaded {snapshot.satellites} satellites from "
        f"{source.url} as the snapshot {snapshot.stamp}{warning}"
    )


def read_snapshot(record: str | Path, folder: str | Path) -> tuple[Path, Snapshot]:
    """Return the file of element sets that a record tells of, and the record.

    Raises ``InputError`` if the file is missing or not as it was downloaded.
    """
    snapshot = _read_record(record)
    path = Path(folder) / snapshot.group / snapshot.file
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file, but {record} tells of it; restore it, or "
            "remove the record to choose another snapshot."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != snapshot.sha256:
        raise InputError(
            f"{path}: differs from what was downloaded by {record}; restore it, or "
            "remove the record to choose another snapshot."
        )
    return path, snapshot


def _read_record(record: str | Path) -> Snapshot:
    try:
        values = json.loads(decoded(read_bytes(record), record))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{record}, line {error.lineno}: not valid JSON ({error.msg}); "
            "restore the record."
        ) from None
    return parse(Snapshot, values, record)


def _named_snapshot(source: CelesTrak, folder: Path) -> tuple[Snapshot, str]:
    """Return the snapshot that a study names; raises ``InputError`` without it."""
    record = folder / f"{source.snapshot}.json"
    if not record.is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob(RECORDS)))
        raise InputError(
            f"{record}: there is no such snapshot; "
            + (f"choose one of {there}." if there else "name none to download one.")
        )
    _, snapshot = read_snapshot(record, folder.parent)
    if snapshot.url != source.url:
        raise InputError(
            f"{record}: was downloaded from {snapshot.url}, not from {source.url}; "
            "correct the url or choose another snapshot."
        )
    return snapshot, f"{source.group}: used the snapshot {snapshot.stamp} as asked"


def _last_snapshot(source: CelesTrak, folder: Path) -> Snapshot | None:
    """Return the newest snapshot from the same URL, if there is any."""
    records = {path: _read_record(path) for path in folder.glob(RECORDS)}
    same = [path for path, record in records.items() if record.url == source.url]
    if not same:
        return None
    newest = max(same, key=lambda path: records[path].downloaded)
    return read_snapshot(newest, folder.parent)[1]


def _keep(
    content: bytes,
    reading: Reading,
    source: CelesTrak,
    folder: Path,
    now: datetime,
) -> Snapshot:
    """Write what was downloaded and its record, and return the record."""
    now = now.replace(microsecond=0)
    epochs = [s.epoch for s in reading.sets]
    first = decoded(content, "the answer").strip().partition("\n")[0]
    snapshot = Snapshot(
        group=source.group,
        url=source.url,
        downloaded=now,
        sha256=hashlib.sha256(content).hexdigest(),
        ending="tle" if format_of(first, "the answer") == "tle" else "csv",
        satellites=len(reading.sets),
        first_epoch=min(epochs),
        last_epoch=max(epochs),
    )
    with whole(folder / snapshot.file) as unfinished:
        unfinished.write_bytes(content)
    snapshot.write(folder / f"{snapshot.stamp}.json")
    return snapshot


def _reading(content: bytes) -> Reading:
    """Return the records of an answer; raises ``Unreachable`` without a satellite."""
    try:
        return parse_elements(content, "the answer")
    except InputError as error:
        begin = " ".join(content[:80].decode("utf-8", "replace").split())
        wrong = str(error).partition(";")[0]
        raise Unreachable(
            f"it answered something else than element sets, {begin!r}: {wrong}"
        ) from None


def download(url: str, group: str) -> bytes:
    """Return the service's answer for a group.

    Asks again, after pauses that double, when there is no connection, it breaks off,
    or the service is busy. Raises ``Unreachable`` in the end, or at once for an
    answer that will not change. It never takes longer than ``TIME_LIMIT_S``, though
    bytes drip and names are looked up for ever: the thread that asks is left to itself.
    """
    found: Future[bytes] = Future()

    def ask() -> None:
        try:
            found.set_result(_ask_often(url, group))
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return found.result(TIME_LIMIT_S)
    except TimeoutError:
        raise Unreachable(f"it took more than {TIME_LIMIT_S:g} s") from None


def _ask_often(url: str, group: str) -> bytes:
    """Return the first answer that is whole; raises ``Unreachable`` without one."""
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Interrupted),
        stop=tenacity.stop_after_attempt(ATTEMPTS)
        | tenacity.stop_before_delay(TIME_LIMIT_S),
        wait=tenacity.wait_exponential(FIRST_PAUSE_S),
        reraise=True,
    )
    return attempts(_ask, url, group)


class _OneHost(requests.Session):
    """Follows redirects to the same host alone."""

    def get_redirect_target(self, answer: requests.Response) -> str | None:
        target = super().get_redirect_target(answer)
        here = urlsplit(answer.url)
        there = urlsplit(urljoin(answer.url, target or ""))
        return target if there.hostname == here.hostname else None


def _ask(url: str, group: str) -> bytes:
    """Return the body of one answer that is whole; raises ``Unreachable``."""
    try:
        with (
            _OneHost() as session,
            session.get(
                url,
                params={"GROUP": group, "FORMAT": "csv"},
                headers={"User-Agent": "fedorbit"},
                timeout=QUIET_LIMIT_S,
                stream=True,
            ) as answer,
        ):
            if answer.status_code in BUSY:
                raise Interrupted(f"it answered {answer.status_code}")
            body = b""
            while part := answer.raw.read1(1 << 16, decode_content=True):
                body += part
                if len(body) > MOST_BYTES:
                    raise Unreachable(f"its answer has more than {MOST_BYTES:,} bytes")
    except ODD as error:
        raise Interrupted(_reason(error)) from None
    if answer.is_redirect or "location" in answer.headers:
        raise Unreachable(f"it sends to another host, {answer.headers['location']}")
    if answer.status_code != HTTPStatus.OK:
        words = " ".join(body.decode("utf-8", "replace").split())[:150]
        raise Unreachable(f"it answered {answer.status_code}: {words}")
    return body


def _reason(error: Exception) -> str:
    """Return what lies behind an exception of requests, in one line."""
    wrapped = error.args[0] if error.args else error
    return " ".join(str(getattr(wrapped, "reason", wrapped)).split())
