import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.orbits.made import lines_of

from fedorbit.orbits import download
from fedorbit.orbits.download import obtain_snapshot, read_snapshot
from fedorbit.orbits.lists import read_elements
from fedorbit.orbits.omm import write_elements
from fedorbit.orbits.sources import CelesTrak
from fedorbit.orbits.walker import Walker, walker_elements

NOON = datetime(2023, 8, 22, 12, tzinfo=UTC)
EPOCH = datetime(2023, 8, 21, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
HTML = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"
# What CelesTrak answers to those who ask twice in two hours, with the status 403.
TOO_SOON = (
    b"GP data has not updated since your last successful\n"
    b"download of GROUP=starlink at 2023-08-22 11:11:36 UTC.\n"
    b"Data is updated once every 2 hours.\n"
)


def satellites_of(count: int) -> list:
    walker = Walker(
        pattern="delta",
        planes=1,
        satellites_per_plane=count,
        phasing=0,
        altitude_km=550,
        inclination_deg=53,
    )
    return walker_elements(walker, EPOCH)


def snapshot_text(satellites: int) -> bytes:
    """Return an answer in TLEs, as of a service that knows nothing else."""
    lines = map(lines_of, satellites_of(satellites))
    return "".join(
        f"STARLINK-{1000 + i:<20}\r\n{line1}\r\n{line2}\r\n"
        for i, (line1, line2) in enumerate(lines)
    ).encode()


def table_text(satellites: list, folder) -> bytes:
    """Return an answer in OMMs, as CSV."""
    write_elements(satellites, folder / "answer.txt.csv")
    content = (folder / "answer.txt.csv").read_bytes()
    (folder / "answer.txt.csv").unlink()
    return content


class Service:
    """A service whose answers are written in advance; it keeps what it was asked."""

    def __init__(self):
        self.answers = []
        self.asked = []

    def give(self, *answers) -> None:
        """Answer the next requests so: a status, a body and perhaps its length."""
        self.answers += answers


@pytest.fixture
def service(monkeypatch):
    """Return a service on the loopback interface."""
    monkeypatch.setattr(download, "FIRST_PAUSE_S", 0.001)
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            service.asked.append(urlsplit(self.path))
            status, body, *length = service.answers.pop(0)
            if status == DRIPPING:
                for _ in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.1)
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str((length or [len(body)])[0]))
            self.end_headers()
            self.wfile.write(body)
            if status == 200 and length == [STALLING]:
                self.wfile.flush()
                time.sleep(60)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}/NORAD/elements/gp.php"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield service
    server.shutdown()
    server.server_close()


STALLING = 10_000_000
DRIPPING = 199


def source_of(service, **changes) -> CelesTrak:
    return CelesTrak(source="celestrak", group="starlink", url=service.url, **changes)


def files_in(folder) -> list[str]:
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.suffix in (".csv", ".tle", ".json")
    )


def test_a_download_is_kept_as_it_came_with_its_record(service, tmp_path):
    text = table_text(satellites_of(7), tmp_path)
    service.give((200, text))
    snapshot, sentence = obtain_snapshot(source_of(service), tmp_path, NOON)
    assert files_in(tmp_path) == ["2023-08-22T120000Z.csv", "2023-08-22T120000Z.json"]
    folder = tmp_path / "starlink"
    assert (folder / "2023-08-22T120000Z.csv").read_bytes() == text
    record = json.loads((folder / "2023-08-22T120000Z.json").read_text())
    assert record == {
        "group": "starlink",
        "url": service.url,
        "downloaded": "2023-08-22T12:00:00Z",
        "sha256": hashlib.sha256(text).hexdigest(),
        "ending": "csv",
        "satellites": 7,
        "first_epoch": "2023-08-21T06:00:00Z",
        "last_epoch": "2023-08-21T06:00:00Z",
    }
    assert snapshot.satellites == 7 and "downloaded 7 satellites" in sentence
    assert [parse_qs(url.query) for url in service.asked] == [
        {"GROUP": ["starlink"], "FORMAT": ["csv"]}
    ]
    path = tmp_path / "record.json"
    snapshot.write(path)
    assert path.read_bytes() == (folder / "2023-08-22T120000Z.json").read_bytes()
    assert read_snapshot(path, tmp_path) == (
        folder / "2023-08-22T120000Z.csv",
        snapshot,
    )


def test_numbers_that_no_tle_can_hold_come_too(service, tmp_path):
    sets = satellites_of(3)
    sets[2] = replace(sets[2], number=799_500_001)
    service.give((200, table_text(sets, tmp_path)))
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    path, _ = read_snapshot(tmp_path / "starlink" / f"{snapshot.stamp}.json", tmp_path)
    assert read_elements(path).sets == sets


def test_fewer_satellites_than_last_time_are_told(service, tmp_path):
    service.give((200, snapshot_text(5)), (200, snapshot_text(3)))
    obtain_snapshot(source_of(service), tmp_path, NOON)
    _, sentence = obtain_snapshot(source_of(service), tmp_path, NOON + 3 * HOUR)
    assert "downloaded 3 satellites" in sentence
    assert sentence.endswith(", 2 FEWER THAN IN 2023-08-22T120000Z")
    service.give((200, snapshot_text(3)))
    _, sentence = obtain_snapshot(source_of(service), tmp_path, NOON + 6 * HOUR)
    assert "FEWER" not in sentence


def test_records_of_an_answer_that_cannot_be_used_are_told(service, tmp_path):
    first = b"INCLINATION".join(snapshot_text(4).split(b" 53.0000", 1))
    service.give((200, first))
    snapshot, sentence = obtain_snapshot(source_of(service), tmp_path, NOON)
    assert snapshot.satellites == 3
    assert sentence.endswith("; 1 MORE RECORDS CANNOT BE USED")


@pytest.mark.parametrize("failures", [1, 3])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(service, tmp_path, status, failures):
    service.give(*[(status, b"busy")] * failures, (200, snapshot_text(3)))
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    assert snapshot.satellites == 3
    assert len(service.asked) == failures + 1


def test_a_service_that_stays_busy_is_left_after_four_attempts(
    service, tmp_path, refused
):
    service.give(*[(503, b"busy")] * 9)
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "it answered 503" in sentence
    assert len(service.asked) == 4


def test_a_body_that_breaks_off_is_asked_for_again(service, tmp_path):
    text = snapshot_text(5)
    service.give((200, text[:400], len(text)), (200, text))
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    assert snapshot.satellites == 5 and len(service.asked) == 2


def test_a_body_that_always_breaks_off_leaves_nothing(service, tmp_path, refused):
    # The part is whole satellites, so that only its length tells.
    text, part = snapshot_text(5), b"".join(snapshot_text(5).splitlines(True)[:6])
    service.give(*[(200, part, len(text))] * 4)
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "IncompleteRead" in sentence
    assert files_in(tmp_path) == []


BAD_ANSWERS = {
    "html": (200, HTML),
    "forbidden": (403, TOO_SOON),
    "no such group": (404, b"not here"),
    "a word": (200, b"No GP data found\n"),
    "nothing": (200, b""),
    "no text": (200, b"\xff\xfe\x00"),
    "damaged": (200, snapshot_text(2).replace(b"53.0000", b"53.0001")),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_another_answer_than_satellites_is_not_asked_for_again(
    service, tmp_path, refused, answer
):
    service.give(answer)
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert sentence.startswith(f"{service.url}: group 'starlink' could not be ")
    assert "try again later or use another source" in sentence
    assert files_in(tmp_path) == []
    assert len(service.asked) == 1


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_the_last_snapshot_is_kept_and_that_is_said(service, tmp_path, answer):
    service.give((200, snapshot_text(3)), answer)
    first, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    before = files_in(tmp_path)
    second, sentence = obtain_snapshot(source_of(service), tmp_path, NOON + 3 * HOUR)
    assert second == first and files_in(tmp_path) == before
    assert "KEPT THE OLD SNAPSHOT 2023-08-22T120000Z" in sentence
    assert service.url in sentence and "\n" not in sentence


def test_the_words_of_the_service_reach_the_reader(service, tmp_path, refused):
    service.give((403, TOO_SOON))
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "it answered 403: GP data has not updated since your last" in sentence
    service.give((200, HTML))
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "'<!DOCTYPE html> <html><body>Please" in sentence


@contextmanager
def nobody_listening():
    """Yield the URL of a port on which nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    yield f"http://127.0.0.1:{port}/gp.php"


def test_without_a_network_and_a_snapshot_one_sentence_says_so(
    service, tmp_path, refused
):
    with nobody_listening() as url:
        service.url = url
        sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert sentence.startswith(f"{url}: group 'starlink' could not be downloaded")
    assert "Connection refused" in sentence
    assert f"{tmp_path / 'starlink'} holds no earlier snapshot" in sentence


def test_without_a_network_the_last_snapshot_is_kept(service, tmp_path, monkeypatch):
    service.give((200, snapshot_text(3)), (200, snapshot_text(4)))
    obtain_snapshot(source_of(service), tmp_path, NOON)
    newest, _ = obtain_snapshot(source_of(service), tmp_path, NOON + 24 * HOUR)

    def unplugged(*args, **kwargs):
        raise download.requests.ConnectionError("unplugged")

    monkeypatch.setattr(download.requests.Session, "get", unplugged)
    kept, sentence = obtain_snapshot(source_of(service), tmp_path, NOON + 48 * HOUR)
    assert kept == newest and kept.satellites == 4
    assert "KEPT THE OLD SNAPSHOT 2023-08-23T120000Z" in sentence
    assert "unplugged" in sentence


@pytest.mark.parametrize(
    ("hours", "requests"), [(0.0, 1), (1.999, 1), (2.0, 2), (24.0, 2)]
)
def test_a_group_is_downloaded_once_in_two_hours(service, tmp_path, hours, requests):
    service.give((200, snapshot_text(3)), (200, snapshot_text(4)))
    obtain_snapshot(source_of(service), tmp_path, NOON)
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON + hours * HOUR)
    assert len(service.asked) == requests
    assert snapshot.satellites == {1: 3, 2: 4}[requests]


def test_studies_that_ask_at_once_share_one_download(service, tmp_path):
    service.give(*[(200, snapshot_text(3))] * 4)
    found = []

    def ask():
        found.append(obtain_snapshot(source_of(service), tmp_path, NOON)[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(service.asked) == 1 and found == [found[0]] * 4


def test_a_snapshot_from_elsewhere_is_no_stand_in(service, tmp_path, refused):
    service.give((200, snapshot_text(3)))
    obtain_snapshot(source_of(service), tmp_path, NOON)
    with nobody_listening() as url:
        service.url = url
        sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON + HOUR)
    assert "holds no earlier snapshot from there" in sentence


def test_a_named_snapshot_is_used_without_asking(service, tmp_path, refused):
    service.give((200, snapshot_text(3)), (200, snapshot_text(4)))
    first, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    obtain_snapshot(source_of(service), tmp_path, NOON + 24 * HOUR)
    named = source_of(service, snapshot="2023-08-22T120000Z")
    for later in NOON + HOUR, NOON + 999 * HOUR:
        assert obtain_snapshot(named, tmp_path, later)[0] == first
    assert len(service.asked) == 2
    missing = source_of(service, snapshot="2023-01-01T000000Z")
    sentence = refused(obtain_snapshot, missing, tmp_path, NOON)
    assert "choose one of 2023-08-22T120000Z, 2023-08-23T120000Z" in sentence
    service.url = "http://elsewhere.invalid/gp.php"
    elsewhere = source_of(service, snapshot="2023-08-22T120000Z")
    sentence = refused(obtain_snapshot, elsewhere, tmp_path, NOON)
    assert "not from http://elsewhere.invalid/gp.php" in sentence


def test_a_changed_or_lost_snapshot_is_refused(service, tmp_path, refused):
    service.give((200, snapshot_text(3)))
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    record, tle = tmp_path / "record.json", tmp_path / f"starlink/{snapshot.stamp}.tle"
    snapshot.write(record)
    tle.write_bytes(tle.read_bytes()[:-1])
    assert refused(read_snapshot, record, tmp_path).startswith(f"{tle}: differs from")
    tle.unlink()
    assert refused(read_snapshot, record, tmp_path).startswith(f"{tle}: there is no")


@pytest.mark.parametrize(
    "answer", [(DRIPPING, b""), (200, b"STARLINK", STALLING)], ids=["head", "body"]
)
def test_an_answer_that_drips_ends_at_the_time_limit(
    service, tmp_path, refused, monkeypatch, answer
):
    monkeypatch.setattr(download, "TIME_LIMIT_S", 0.5)
    service.give(answer)
    began_s = time.monotonic()
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "it took more than 0.5 s" in sentence and files_in(tmp_path) == []
    assert time.monotonic() - began_s < 5


def test_a_redirect_to_another_host_is_not_followed(service, tmp_path, refused):
    port = urlsplit(service.url).port
    for status in (301, 302, 307):
        service.give((status, f"http://localhost:{port}/elsewhere".encode()))
        sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
        assert "it sends to another host, http://localhost" in sentence
    assert [asked.path for asked in service.asked] == ["/NORAD/elements/gp.php"] * 3


def test_a_redirect_on_the_same_host_is_followed(service, tmp_path):
    service.give((301, b"/new/gp.php"), (200, snapshot_text(3)))
    snapshot, _ = obtain_snapshot(source_of(service), tmp_path, NOON)
    assert snapshot.satellites == 3
    assert [a.path for a in service.asked] == ["/NORAD/elements/gp.php", "/new/gp.php"]


@pytest.mark.parametrize("status", [204, 206, 300, 304, 418])
def test_an_odd_answer_keeps_the_last_snapshot(service, tmp_path, status):
    service.give((200, snapshot_text(3)), *[(status, b"")] * 4)
    obtain_snapshot(source_of(service), tmp_path, NOON)
    kept, sentence = obtain_snapshot(source_of(service), tmp_path, NOON + 24 * HOUR)
    assert kept.satellites == 3
    assert f"it answered {status}" in sentence


def test_an_endless_answer_is_given_up(service, tmp_path, refused, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", 1000)
    service.give((200, bytes(100_000)))
    sentence = refused(obtain_snapshot, source_of(service), tmp_path, NOON)
    assert "its answer has more than 1,000 bytes" in sentence


def test_a_download_that_is_killed_leaves_no_snapshot(service, tmp_path):
    service.give((200, snapshot_text(3), STALLING))
    code = (
        "import sys; from datetime import UTC, datetime;"
        "from fedorbit.orbits.download import obtain_snapshot;"
        "from fedorbit.orbits.sources import CelesTrak;"
        "source = CelesTrak(source='celestrak', group='starlink', url=sys.argv[1]);"
        "obtain_snapshot(source, sys.argv[2], datetime(2023, 8, 22, 12, tzinfo=UTC))"
    )
    arguments = [sys.executable, "-c", code, service.url, str(tmp_path)]
    with subprocess.Popen(arguments) as process:
        for _ in range(600):
            if service.asked:
                break
            time.sleep(0.05)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert len(service.asked) == 1
    assert files_in(tmp_path) == []
    # Neither does a record without end keep the next download from its work.
    (tmp_path / "starlink" / ".unfinished-x.json").write_text('{"group": "sta')
    (tmp_path / "starlink" / "2023-08-22T110000Z.tle").write_text("without a record")
    service.give((200, snapshot_text(3)))
    assert obtain_snapshot(source_of(service), tmp_path, NOON)[0].satellites == 3
