"""Which library draws the explorer: size on the page, and pictures a second.

Each candidate is one file without a network that moves 1,584 satellites over the coasts
of the Earth, as fast as headless Chromium draws it in software. Then come the pages of
studies that are there.

    pip install --target peers --no-deps -r bench/explorer_requirements.txt
    python bench/explorer.py peers results/*/explorer.html > bench/explorer.md
"""

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median

import pandas as pd
from playwright.sync_api import sync_playwright

from fedorbit.orbits.propagate import positions, subpoints
from fedorbit.orbits.walker import Walker, walker_elements
from fedorbit.report.explorer.page import D3

SECONDS = 4.0
ROUNDS = 3
LOCAL = ("file:", "data:", "blob:")
STEPS = 30  # pictures that are played in turn, a minute apart
START = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
SHELL = Walker(
    pattern="delta",
    planes=72,
    satellites_per_plane=22,
    phasing=1,
    altitude_km=550,
    inclination_deg=53,
)
PROGRAMS = Path(__file__).parent / "explorer_candidates"


def candidates(peers: Path) -> dict[str, tuple[str, str]]:
    """Return the library and the name of the program of each, by what it is called."""
    sys.path.append(str(peers))
    import bokeh
    import mpld3
    import plotly
    import vl_convert

    static = peers / "bokeh/server/static/js"
    bokeh_js = [static / f"{name}.min.js" for name in ("bokeh", "bokeh-api")]
    plotly_js = (peers / "plotly/package_data/plotly.min.js").read_text("utf-8")
    made = f"plotly {plotly.__version__}"
    return {
        f"D3 5.7 of mpld3 {mpld3.__version__}, globe": (D3.read_text("utf-8"), "d3"),
        f"Vega of vl-convert {vl_convert.__version__}, globe": (
            vl_convert.javascript_bundle(),
            "vega",
        ),
        f"{made}, globe of SVG (scattergeo)": (plotly_js, "plotly_geo"),
        f"{made}, globe of WebGL (scatter3d)": (plotly_js, "plotly_3d"),
        f"bokeh {bokeh.__version__}, flat map": (
            "".join(path.read_text("utf-8") for path in bokeh_js),
            "bokeh",
        ),
    }


def sky() -> str:
    """Return coasts and the places below satellites, as JavaScript."""
    table = pd.read_csv("data/map/coastlines.csv")
    coasts = [
        line[["longitude_deg", "latitude_deg"]].to_numpy().tolist()
        for _, line in table.groupby("line")
    ]
    satellites = [s.satrec() for s in walker_elements(SHELL, START)]
    r_km, _ = positions(satellites, START, [60.0 * k for k in range(STEPS)])
    lat, lon = (angle.T.round(2).tolist() for angle in subpoints(r_km))
    named = {"coasts": coasts, "lon": lon, "lat": lat}
    return "".join(f"const {k} = {json.dumps(v)};" for k, v in named.items())


def write(path: Path, library: str, name: str, data: str) -> None:
    """Write the page of a candidate."""
    # Vega comes as a module; programs that use one have to be modules, too.
    kind = "module" if name == "vega" else "text/javascript"
    count, program = (
        (PROGRAMS / f"{each}.js").read_text("utf-8") for each in ("count", name)
    )
    library = library.replace("</script>", "<\\/script>")
    path.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><body>'
        '<canvas width="800" height="700"></canvas><div id="plot"></div>'
        f'<script type="{kind}">{library}</script>'
        f"<script>{data}{count}</script>"
        f'<script type="{kind}">{program}</script>',
        encoding="utf-8",
    )


def measured(browser, path: Path, pictures: str) -> tuple[float, int, list[str]]:
    """Return pictures a second, requests that would leave, and errors."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error).splitlines()[0]))
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(3000)
    before, begin = page.evaluate(pictures), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    drawn = page.evaluate(pictures) - before
    rate = drawn / (time.perf_counter() - begin)
    page.close()
    leaving = [url for url in requests if not url.startswith(LOCAL)]
    return rate, len(leaving), errors


def median_rates(browser, paths: dict[str, tuple[Path, str]]) -> dict[str, tuple]:
    """Return by name what is told of a page's pictures a second, and its requests.

    Pages are measured in turn, so that what else the machine does weighs on all.
    """
    found = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, (path, pictures) in paths.items():
            found[name].append(measured(browser, path, pictures))
            print(name, found[name][-1], file=sys.stderr)
    told = {}
    for name, tries in found.items():
        rates = [rate for rate, _, _ in tries]
        text = f"{median(rates):.0f} ({min(rates):.0f} to {max(rates):.0f})"
        errors = [error for *_, own in tries for error in own]
        told[name] = (errors[0] if errors else text, tries[0][1])
    return told


def main(peers: Path, pages: list[Path]) -> None:
    """Print the report."""
    data, known = sky(), candidates(peers)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        paths = {}
        for name, (library, program) in known.items():
            path = Path(folder) / f"{program}.html"
            write(path, library, program, data)
            paths[name] = (path, "pictures")
        paths |= {str(page): (page, "explorer.frames") for page in pages}
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        version = browser.version
        rates = median_rates(browser, paths)
        browser.close()
    rows = [
        f"| {name} | {len(library.encode()) / 1e6:.2f} | {rates[name][0]} "
        f"| {rates[name][1]} |"
        for name, (library, _) in known.items()
    ]
    studies = [
        f"| {page.parent.name} | {page.stat().st_size / 1e6:.2f} "
        f"| {rates[str(page)][0]} |"
        for page in pages
    ]
    machine = f"{os.cpu_count()} cores of {platform.machine()}"
    print(
        REPORT.format(
            version=version,
            machine=machine,
            load=os.getloadavg()[2],
            candidates="\n".join(rows),
            studies="\n".join(studies),
            seconds=SECONDS,
            rounds=ROUNDS,
        ),
        end="",
    )


REPORT = """\
# What draws the explorer

Written by `python bench/explorer.py`, as its first lines say, on {machine},
on which {load:.0f} programs wanted to run at a time. Headless Chromium
{version} draws in software. Each row is 1,584 satellites over the
coasts of the Earth at 800 x 700 pixels (800 x 400 for a flat map): pictures a second in
{seconds:g} s, the median of {rounds} tries in turn, and the least and the most. A
browser draws 60 at most. *Requests* are those that would leave the page for a server.

| candidate | its library (MB) | pictures a second | requests |
|---|---|---|---|
{candidates}

Pages of studies, with all that they carry, at 1280 x 800 pixels, playing as they do
when they are opened:

| study | page (MB) | pictures a second |
|---|---|---|
{studies}
"""


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
