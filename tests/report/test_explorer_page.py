"""The explorer's page in a real browser, opened from disk."""

import os
import shutil
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.report.made_explorer import (
    EAST,
    EVIL,
    HOURS,
    SETS,
    START,
    WEST,
    gathered,
)

from fedorbit.orbits.eclipse import sun_km
from fedorbit.orbits.propagate import positions
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.report.explorer.page import write_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; Debian has it: apt install chromium"
)
LOW = Walker(
    pattern="star",
    planes=2,
    satellites_per_plane=2,
    phasing=0,
    altitude_km=250,
    inclination_deg=97,
)
HIGH = LOW.model_copy(update={"altitude_km": 20_200, "inclination_deg": 55})


def renamed(shell, name):
    sets = walker_elements(shell, START - timedelta(days=2))
    return [replace(s, name=f"{name}-{k}") for k, s in enumerate(sets)]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        # Chromium has no sandbox for root, as in a container.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    write_page(gathered(EVIL), path)
    return path


@pytest.fixture
def open_page(browser, file):
    """Return a function that opens the page, and tells what should not happen."""
    contexts, told = [], []

    def start(path=file, **settings):
        settings = {"viewport": {"width": 1280, "height": 800}} | settings
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.on("request", lambda request: told.append(request.url))
        page.goto(path.as_uri())
        assert told.pop(0) == path.as_uri()
        return page

    yield start
    for context in contexts:
        context.close()
    assert told == []


@pytest.fixture
def still(open_page):
    """Return the page as somebody sees it who wants no motion: its clock stands."""
    return open_page(reduced_motion="reduce")


def seek(page, time_s):
    page.evaluate("time => explorer.seek(time)", time_s)


def time_of(page):
    return page.evaluate("explorer.data.time")


def wait_for_frames(page, number):
    """Wait until the running clock has been drawn some times; the page allows no eval,
    and so nothing that waits in it.
    """
    while page.evaluate("explorer.frames") < number:
        page.wait_for_timeout(20)


def sentence(page, view=0):
    return page.locator(".now").nth(view).inner_text()


def test_the_page_opens_from_disk_and_its_clock_runs(open_page):
    page = open_page()
    before = time_of(page)
    wait_for_frames(page, 20)
    assert time_of(page) > before
    page.click("#play")
    stopped = time_of(page)
    page.wait_for_timeout(200)
    assert time_of(page) == stopped
    assert page.inner_text("#play") == "▶ Play"


def test_it_begins_half_a_minute_before_the_way_that_is_followed(still):
    assert time_of(still) == 60 - 30


def test_without_motion_the_clock_stands_and_then_goes_by_steps(still):
    before = time_of(still)
    still.wait_for_timeout(300)
    assert time_of(still) == before
    still.click("#follow")  # so that steps are as long as the speed says
    seek(still, 0)
    still.click("#play")
    wait_for_frames(still, 2)
    assert time_of(still) == 2 * 120


def test_keys_play_and_step(still):
    seek(still, 600)
    for key, expected in (
        ("ArrowRight", 660),
        ("ArrowLeft", 600),
        ("Shift+ArrowRight", 1200),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 3600 * HOURS),
    ):
        still.keyboard.press(key)
        assert time_of(still) == expected, key
    seek(still, 0)
    still.keyboard.press("Space")
    assert still.evaluate("explorer.isPlaying") is True


@pytest.mark.parametrize(
    "sets", [SETS, [*SETS, *renamed(LOW, "LOW"), *renamed(HIGH, "HIGH")]]
)
def test_satellites_are_where_sgp4_has_them(open_page, tmp_path, sets):
    path = tmp_path / "explorer.html"
    write_page(gathered(sets=sets), path)
    page = open_page(path, reduced_motion="reduce")
    times_s = [0.0, 449.5, 2000.0, 4033.3, 3600 * HOURS]
    expected, _ = positions([s.satrec() for s in sets], START, times_s)
    for k, time_s in enumerate(times_s):
        found = page.evaluate("t => Array.from(explorer.data.tracks.all(t))", time_s)
        error_km = np.array(found).reshape(-1, 3) - expected[:, k]
        assert np.linalg.norm(error_km, axis=1).max() < 1.0
        one = page.evaluate("t => explorer.data.tracks.one(1, t)", time_s)
        assert one == pytest.approx(found[3:6], abs=1e-6)


def test_the_sun_is_where_the_almanac_has_it(still):
    found = still.evaluate("sunAt(explorer.data.sun, explorer.data.step_s, 5000)")
    expected = sun_km(START, [5000.0])[0]
    cosine = np.dot(found, expected) / np.linalg.norm(found) / np.linalg.norm(expected)
    assert np.degrees(np.arccos(min(1.0, cosine))) < 0.05


@pytest.mark.parametrize(
    ("time_s", "said"),
    [
        (65, "Flight 1 of 2. Lima hands its model to the satellite WALKER-01-01"),
        (310, "towards Quito. It has flown 4 minutes of 7 minutes."),
        (550, f"{EAST} is in view of Quito."),
        (605, "25 % of its model is now the model of Lima"),
        (800, f"Flight 2 of 2. {WEST} carries the model of Quito towards Lima."),
        (1100, "So what Lima had learned is back at Lima"),
        (1300, "0:18:20: Lima mixes"),  # the last news, when the way is over
        (7000, "The plan has ended at 0:18:20."),
    ],
)
def test_a_sentence_says_what_happens_now(still, time_s, said):
    seek(still, time_s)
    assert said in sentence(still)


@pytest.mark.parametrize(
    ("time_s", "satellite", "leg"),
    [(300, EAST, "Lima → Quito"), (800, WEST, "Quito → Lima")],
)
def test_a_model_flies_as_a_token_where_its_satellite_is(still, time_s, satellite, leg):
    """The pixel beside the letter has the strategy's colour."""
    seek(still, time_s)
    *_, is_seen, pixel = still.evaluate(
        """([name, time]) => {
          const { data, views } = explorer;
          const place = data.tracks.one(data.satellites.names.indexOf(name), time);
          explorer.turn(lonLat(place));
          const [x, y, isSeen] = views[0].globe.place(...place);
          const pixel = views[0].globe.pen.getImageData(x - 9, y, 1, 1).data;
          return [x, y, isSeen, Array.from(pixel)];
        }""",
        [satellite, time_s],
    )
    assert is_seen
    assert pixel == [0x08, 0x51, 0x9C, 255]
    assert still.locator(".legs li[aria-current=step]").inner_text() == leg


def test_a_click_on_a_region_shows_its_curve(still):
    seek(still, 1200)
    x, y, _ = still.evaluate(
        "explorer.views[0].globe.place(...explorer.data.sites[1].place)"
    )
    still.locator("canvas").click(position={"x": x, "y": y})
    assert still.evaluate("explorer.picked") == 1
    texts = still.locator(".accuracy text").all_text_contents()
    # Means over two seeds: 0.55 in Quito, 0.8 in Lima.
    assert {"Quito 55.0 %", "mean 67.5 %"} < set(texts)
    chosen = still.locator(".groups button[aria-pressed=true]")
    assert chosen.all_inner_texts() == ["Quito 55 %"]
    chosen.click()
    assert "Quito 55.0 %" not in still.locator(".accuracy text").all_text_contents()


def test_curves_grow_with_the_clock(still):
    seek(still, 1000)
    early = still.locator(".bits text").all_text_contents()
    seek(still, 7200)
    late = still.locator(".bits text").all_text_contents()
    # Sums are of every 15 s. The last flight ends at 1,000 s, after the sum of 990 s.
    assert {"access 4.00", "carried 3.00"} < set(late)
    assert {"access 4.00", "carried 2.00"} < set(early)
    seek(still, 100)
    assert "access 3.00" in still.locator(".bits text").all_text_contents()
    shown = still.locator("clipPath rect").all()
    before = [float(window.get_attribute("width")) for window in shown]
    seek(still, 200)
    for window, width in zip(shown, before, strict=True):
        assert float(window.get_attribute("width")) == pytest.approx(2 * width)


def test_two_strategies_side_by_side_share_the_clock(still):
    still.click("#compare")
    assert still.locator("section").count() == 2
    seek(still, 405)
    assert "Flight 1 of 2" in sentence(still)
    # Hierarchical FL has no model that comes back, so that all it does is told.
    assert sentence(still, 1) == "Nothing is sent, and nobody trains."
    seek(still, 200)
    assert sentence(still, 1) == "1 flight is under way, to Kourou."
    still.locator(".choice").nth(1).select_option("pfl")
    assert "cannot be planned" in sentence(still, 1)
    still.click("#compare")
    assert still.locator("section").count() == 1


def test_the_flat_map_has_all_sites_in_their_places(still):
    still.click("#shape")
    found = still.evaluate(
        "explorer.data.sites.map((s) => explorer.views[0].globe.place(...s.place))"
    )
    (lima, quito, kourou) = found
    assert lima[2] and quito[2] and kourou[2]
    assert quito[0] < lima[0] < kourou[0]  # from west to east
    assert kourou[1] < quito[1] < lima[1]  # from north to south
    degree = (kourou[0] - quito[0]) / (78.47 - 52.8)
    assert (lima[1] - quito[1]) / degree == pytest.approx(12.05 - 0.18, abs=0.01)


def test_what_a_study_says_is_text(still):
    assert still.locator("header p").inner_text() == EVIL
    assert still.title() == "made: the explorer"
    assert still.locator("img").count() == 0


def test_nothing_can_be_loaded_from_elsewhere(still):
    policy = still.locator("meta[http-equiv=Content-Security-Policy]")
    assert policy.get_attribute("content").startswith("default-src 'none';")


def test_all_controls_have_names(still):
    for control in still.locator("button, select, input").all():
        label = control.evaluate(
            "e => e.getAttribute('aria-label') || e.closest('label')?.textContent"
            " || e.textContent"
        )
        assert label.strip()


def test_it_fits_a_phone(open_page):
    page = open_page(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", has_touch=True
    )
    page.click("#compare")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [canvas.bounding_box() for canvas in page.locator("canvas").all()]
    assert all(box["width"] > 340 and box["height"] > 340 for box in boxes)
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
