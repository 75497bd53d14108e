"""The documentation as a site, and what it shows of Python, done as it is written."""

import json
import os
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser

import nbformat
import pytest
import yaml

BUILD = (sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir")
LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "link": "href",
}
SECONDS = 30  # of a core; measured: eleven


class Loads(HTMLParser):
    """Addresses of what a page loads, rather than leads to."""

    def __init__(self, page: str):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if tag in LOADED and of.get("rel") != "canonical":
            self.found.append(of.get(LOADED[tag]) or "")


@pytest.fixture(scope="module")
def site(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(
        [*BUILD, str(folder)], cwd=project, env=quiet, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr  # links are checked
    return folder


def test_no_page_loads_anything_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        for address in Loads(page.read_text()).found:
            assert not re.match(r"(https?:)?//", address), (page, address)
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text())


def test_figures_of_pages_come_along(site):
    assert (site / "project/results/together/figures/together.svg").is_file()
    together = (site / "together.html").read_text()
    assert 'src="project/results/together/figures/together.svg"' in together
    card = (site / "papers/fedmeld.html").read_text()
    assert 'src="fedmeld-mnist-earlier/figures/accuracy.svg"' in card


@pytest.mark.parametrize(
    "words",
    [
        *("aboard", "learning", "hfl", "fedmeld", "arrays", "softmax"),
        *("half_life_rounds", "compute_flop_s", "mixing_ratio", "inclination_deg"),
        "Number of orbital planes",
    ],
)
def test_the_reference_has_settings_of_every_kind(site, words):
    assert words in (site / "reference/settings.html").read_text()


def test_the_reference_tells_ranges_and_values_that_need_not_be_given(site):
    text = (site / "reference/settings.html").read_text()
    row = re.search(r"<code>hours</code>.*?</tr>", text, re.DOTALL)[0]
    assert "number from 0.001 to 8,766" in row.replace("8766", "8,766")
    row = re.search(r"<code>convex_bound</code>.*?</tr>", text, re.DOTALL)[0]
    assert "true or false" in row and "<code>false</code>" in row


def test_the_reference_of_python_has_docstrings(site):
    text = (site / "reference/python.html").read_text()
    assert "find_contacts" in text and "run_plan" in text and "Scene" in text


def code_of(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


def run(code: str, project) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_on_python_works_as_written_in_under_thirty_lines(project):
    script, tables = code_of((project / "docs/python.md").read_text())
    lines = [line for line in script.splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith("from ")]) < 30
    began_s = os.times().children_user
    printed = run(script, project)
    assert os.times().children_user - began_s < SECONDS
    gigabytes = dict(re.findall(r"^(\w+) +([\d.]+)$", printed, re.MULTILINE))
    assert float(gigabytes["access"]) > float(gigabytes["carry"]) > 0
    accuracies = re.findall(r"^region/.* ([\d.]+)$", printed, re.MULTILINE)
    assert len(accuracies) == 5 and all(0.3 < float(a) < 1 for a in accuracies)
    assert "fedmeld" in run(tables, project)


def test_the_notebook_works_cell_by_cell(project):
    path = project / "docs/notebooks/first_steps.ipynb"
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert len(cells) > 6
    assert all(cell.outputs == [] for cell in cells)  # Git keeps no pictures in it
    code = "\n".join(cell.source for cell in cells)
    ends = (
        "\nimport json; print(json.dumps([len(contacts), len(plan.ops), lines.shape]))"
    )
    passes, operations, (times, regions) = json.loads(
        run(code + ends, project).splitlines()[-1]
    )
    assert passes > 1000 and operations > 500 and times > 10 and regions == 5


def test_the_citation_has_the_version_of_the_package(project):
    citation = yaml.safe_load((project / "CITATION.cff").read_text())
    package = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert citation["version"] == package["version"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    assert citation["url"] == citation["repository-code"]
