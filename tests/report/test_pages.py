import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docutils.utils import SystemMessage
from jinja2 import UndefinedError
from markupsafe import Markup

from fedorbit.report.claims.words import agreement, finding, unit
from fedorbit.report.pages.captions import caption
from fedorbit.report.pages.pages import (
    TEMPLATES,
    Entry,
    Picture,
    Question,
    counted,
    index_page,
    study_page,
)
from fedorbit.report.pages.tables import MOST_ROWS, latex, shown

ATTACK = """<script>alert("x")</script> & 'quotes' "more"><img src=x onerror=y>"""
WITHOUT_CLOSING = {"meta", "img", "br"}


class Read(HTMLParser):
    """The tags of a page in their order, each with its attributes; and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in WITHOUT_CLOSING:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, *names: str) -> list[dict]:
        return [attributes for tag, attributes in self.tags if tag in names]


VERDICTS = pd.DataFrame(
    {
        "claim": ["A1", "A2", "A3", "A4"],
        "statement": ["is better", "is faster", ATTACK, "is not known"],
        "source": "seen: abstract",
        "low": [0.0, np.nan, 1.0, 0.0],
        "high": [np.nan, 1.0, 1.0, np.nan],
        "margin": [0.01, np.nan, np.nan, np.nan],
        "value": [0.02, 2.9, 1.0, np.nan],
        "value_low": [0.01, 2.7, 1.0, np.nan],
        "value_high": [0.03, np.inf, 1.0, np.nan],
        "unit": ["accuracy", "times", "share", "accuracy"],
        "p_adjusted": [0.02, 0.0001, np.nan, np.nan],
        "verdict": [
            *("reproduced", "not reproduced", "reproduced"),
            "not testable here: nobody has it",
        ],
    }
)
TABLE = pd.DataFrame(
    {
        "strategy": ["fedmeld", ATTACK],
        "hours_h": [11.983456, np.nan],
        "bits": [5957062621440, 7],
        "feasible": [True, False],
    }
)


def a_picture(name: str = "accuracy") -> Picture:
    return Picture(name, "accuracy over hours", Markup("<p>Higher is better.</p>"))


def a_page(description: str = "Who wins?", verdicts=VERDICTS) -> str:
    return study_page(
        Question("mine", description, [("seeds", "3"), ("strategies", description)]),
        [a_picture(), a_picture("map")],
        [
            shown(TABLE, "tables/metrics.csv", "metrics", Markup("<p>Of runs.</p>")),
            shown(pd.concat([TABLE] * 20), "tables/long.csv", "long one", Markup()),
            shown(TABLE.head(0), "tables/none.csv", "none", Markup()),
        ],
        verdicts,
        ["runs/a.parquet"],
    )


@pytest.fixture
def page() -> Read:
    return Read(a_page())


def test_words_of_a_study_are_escaped():
    page = Read(a_page(ATTACK))
    index = Read(
        index_page(Markup(), [Entry(Question("mine", ATTACK, []), a_picture(), [])])
    )
    assert page.text.count(ATTACK) > 4
    assert ATTACK in index.text
    for read in (page, index):
        assert len(read.all("script")) == 1  # its own
        assert all("onerror" not in attributes for attributes in read.all("img"))


def test_verdicts_are_counted_by_kind():
    assert counted(VERDICTS) == [
        ("●", "reproduced", 2),
        ("✖", "not reproduced", 1),
        ("—", "not testable here", 1),
    ]
    assert counted(None) == []


def test_the_scoreboard_says_what_was_found(page):
    assert "at least 0, margin 1" in page.text
    assert "2 (1 to 3)points" in page.text
    assert "2.9 (2.7 to infinite)times" in page.text
    assert "p < 0.001" in page.text
    assert "nobody has it" in page.text
    assert {"href": "#verdicts"} in page.all("a")


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        # 4,252 s are 70.9 minutes.
        ({"value": 4252.4, "low": 3600.0}, ("at least 60", "71", "min")),
        ({"value": 9000.0, "low": 3600.0}, ("at least 1", "2.5", "h")),
        ({"value": 83.0, "low": 60.0}, ("at least 60", "83", "s")),
        ({"value": 0.424, "low": 0.5, "unit": "share"}, ("at least 50", "42", "%")),
        ({"value": 0.996, "low": 0.5, "unit": "share"}, ("at least 50", "100", "%")),
        ({"value": -0.95, "low": 0.2, "unit": "rank correlation"},)
        + (("at least 0.2", "-0.95", "rank correlation"),),
        ({"value": 8.5e10, "low": 1e9, "unit": "FLOP/s"},)
        + (("at least 1", "85", "GFLOP/s"),),
    ],
)
def test_numbers_of_claims_are_in_units_that_people_read(claim, words):
    row = {"unit": "s", "high": np.nan, "margin": np.nan, "verdict": "undecided"}
    row |= claim
    row |= {"value_low": row["value"], "value_high": row["value"]}
    assert (agreement(row), finding(row), unit(row)) == words


def test_a_claim_without_a_value_has_the_unit_of_its_edges():
    row = {"unit": "s", "value": np.nan, "low": np.nan, "high": 7200.0}
    assert unit(row) == "h"


def test_a_page_says_what_the_method_does():
    method = "Regions stand in a ring."
    question = Question("mine", "Who wins?", [], method)
    page = study_page(question, [a_picture()], [], None, [])
    index = index_page(Markup(), [Entry(question, a_picture(), [])])
    assert method in page and method in index


def test_the_list_of_studies_says_who_has_no_verdicts_and_names_other_folders():
    entries = [
        Entry(Question("judged", "?", []), a_picture(), counted(VERDICTS)),
        Entry(Question("other", "?", []), a_picture(), []),
    ]
    page = Read(index_page(Markup(), entries, ["alone"], ["old"]))
    assert "All figures, tables and verdicts of judged" in page.text
    assert "no verdicts. All figures and tables of other" in page.text
    links = {attributes["href"] for attributes in page.all("a")}
    assert "alone/index.html" in links and "old/index.html" not in links
    assert "not ended: old." in page.text
    assert "Other results" not in Read(index_page(Markup(), entries)).text


def test_a_study_without_claims_has_no_scoreboard():
    page = Read(a_page(verdicts=None))
    assert "Verdicts" not in page.text
    assert {"href": "#verdicts"} not in page.all("a")


def test_all_can_be_taken_along(page):
    links = {attributes["href"] for attributes in page.all("a")}
    for name in ("accuracy", "map"):
        assert f"figures/{name}.svg" in links
        assert {f"printed/{name}.pdf", f"printed/{name}.png"} < links
    for name in ("metrics", "long", "none"):
        assert {f"tables/{name}.csv", f"printed/{name}.tex"} < links
    assert {"claims.csv", "printed/claims.tex", "runs/a.parquet"} < links


def test_a_page_loads_nothing_but_its_own_figures(page):
    sources = {attributes["src"] for attributes in page.all("img")}
    assert sources == {"figures/accuracy.svg", "figures/map.svg"}
    assert page.all("link", "iframe") == [] and page.all("script") == [{}]
    assert "url(" not in a_page() and "@import" not in a_page()


def test_readers_of_screens_find_their_way(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    assert anchors[0] == "#main"  # skips to the content
    assert {anchor[1:] for anchor in anchors} <= set(ids)
    named = {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    assert named and named <= set(ids)
    for landmark in ("header", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert all(nav["aria-label"] for nav in page.all("nav"))
    assert page.all("html") == [{"lang": "en"}]
    assert all(len(image["alt"]) > 10 for image in page.all("img"))
    assert all(head["scope"] in ("col", "row") for head in page.all("th"))


@pytest.mark.parametrize("made", [a_page, lambda: index_page(Markup(), [])])
def test_headings_leave_out_no_level(made):
    tags = [tag for tag, _ in Read(made()).tags]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, by WCAG 2.2."""
    hexes = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
    parts = [int(hexes[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_letters_have_the_contrast_of_wcag_on_white_and_pale():
    style = (TEMPLATES / "pages.css").read_text()
    variables = dict(re.findall(r"--(\w+): (#\w+);", style))
    letters = {variables[name] for name in ("ink", "soft", "link")}
    letters |= set(re.findall(r"[^-]color: (#\w+);", style))
    assert len(letters) > 8
    for color in letters:
        for ground in ("#fff", variables["pale"]):
            light, dark = luminance(ground) + 0.05, luminance(color) + 0.05
            assert light / dark >= 4.5, color


def test_cells_have_few_digits_and_missing_values_none():
    table = shown(TABLE, "tables/metrics.csv", "metrics", Markup())
    assert table.rows == [
        ["fedmeld", "11.98", "5,957,062,621,440", "True"],
        [ATTACK, "", "7", "False"],
    ]
    assert table.are_numbers == [False, True, True, False]
    assert table.name == "metrics"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (43200.0, "43,200"),
        (-2.0, "-2"),
        (1e14, "100,000,000,000,000"),
        (1e15, "1e+15"),
        (43215.7, "43,216"),
        (9876.54, "9877"),
        (1234567.5, "1.235e+06"),
        (np.float32(0.1), "0.1"),
        (np.int64(2065), "2,065"),
        (np.inf, "inf"),
        (np.bool_(True), "True"),
    ],
)
def test_whole_numbers_are_written_as_such(value, cell):
    table = shown(pd.DataFrame({"n": [value]}), "tables/t.csv", "t", Markup())
    assert table.rows == [[cell]]


@pytest.mark.parametrize(("rows", "is_shown"), [(MOST_ROWS, True), (5001, False)])
def test_a_table_of_many_rows_is_only_linked(rows, is_shown):
    table = pd.DataFrame({"row": range(rows)})
    found = shown(table, "tables/t.csv", "t", Markup())
    assert found.length == rows and bool(found.rows) == is_shown
    text = latex(table)
    assert f"{MOST_ROWS} of {rows} rows" in text.splitlines()[0]
    assert text.count("\\\\\n") < MOST_ROWS + 10


def test_a_long_table_is_folded_and_an_empty_one_said_to_be_so(page):
    assert len(page.all("details")) == 1
    assert "Show 40 rows" in page.text
    assert "It has no rows." in page.text


def test_latex_has_columns_aligned_and_letters_escaped():
    text = latex(pd.DataFrame({"a_b": ["50 % & $x$", "{y}"], "n": [0.123456, np.nan]}))
    assert r"\begin{longtable}{lr}" in text
    assert r"a\_b & n \\" in text
    assert r"50 \% \& \$x\$ & 0.1235 \\" in text
    assert r"\{y\} &  \\" in text


GIVEN = {"snakemake": {"params": {"group": "region"}, "config": {"scale": "quick"}}}


def test_a_caption_quotes_what_is_given():
    text = "Where {{ snakemake.params.group }}s are. "
    text += "Scale **{{ snakemake.config.scale }}**."
    found = caption(text, GIVEN)
    assert "<p>Where regions are. Scale <strong>quick</strong>.</p>" in found


def test_a_caption_that_quotes_what_is_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        caption("{{ snakemake.params.grope }}", GIVEN)


@pytest.mark.parametrize(
    "text",
    [
        ".. raw:: html\n\n   <script>alert(1)</script>",
        ".. include:: /etc/passwd",
        "`broken",
    ],
)
def test_a_caption_brings_in_neither_html_nor_files(text):
    with pytest.raises(SystemMessage):
        caption(text, GIVEN)


def test_html_in_a_caption_is_escaped():
    assert "<script>" not in caption("A <script>alert(1)</script> tag.", GIVEN)


def test_all_captions_of_the_workflow_can_be_written(project):
    figure = {"description": "What is seen.", "sweep": "mixing", "draw": "lines"}
    params = {"group": "region", "drawing": {"group": "region"}, "figure": figure}
    given = {
        "snakemake": {"params": params, "config": {"scale": "quick", "linked": []}}
    }
    files = sorted((project / "workflow" / "report").glob("*.rst"))
    assert len(files) > 30
    for file in files:
        assert "<p>" in caption(Path(file).read_text(), given)


CHOOSE = """<script>
const heads = document.querySelectorAll("#table-{0} ~ .wide th");
const column = () => [...document.querySelectorAll("#table-{0} ~ .wide tbody tr")]
  .map((row) => row.cells[{1}].textContent);
heads[{1}].querySelector("button").click();
const once = [column(), heads[{1}].getAttribute("aria-sort")];
heads[{1}].querySelector("button").click();
const twice = [column(), heads[{1}].getAttribute("aria-sort")];
document.title = JSON.stringify([...once, ...twice]);
</script>"""
"""Sorts a table by a column, and again, and tells its cells in the page's title."""


def in_browser(page: str, path: Path) -> str:
    """Return the title of a page after its scripts have run in Chromium."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium here; apt-get install chromium brings it")
    path.write_text(page)
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
    command = [browser, *options, f"file://{path}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return html.unescape(re.search("<title>(.*?)</title>", shown, re.DOTALL)[1])


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (0, ["1.5", "9", "1,000", ""], ["1,000", "9", "1.5", ""]),
        (1, ["a2", "a10", "b", "c"], ["c", "b", "a10", "a2"]),
    ],
)
def test_a_table_sorts_by_a_column_in_a_browser(tmp_path, column, up, down):
    table = pd.DataFrame({"n": [1000, np.nan, 1.5, 9], "name": ["b", "a10", "c", "a2"]})
    page = study_page(
        Question("mine", ATTACK.replace("alert(", "document.title=("), []),
        [a_picture()],
        [shown(table, "tables/t.csv", "t", Markup())],
        None,
        [],
    )
    script = CHOOSE.replace("{0}", "t").replace("{1}", str(column))
    title = in_browser(page.replace("</body>", f"{script}</body>"), tmp_path / "p.html")
    assert json.loads(title) == [up, "ascending", down, "descending"]
