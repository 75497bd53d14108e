"""What MkDocs does besides: pages from the code, and files from beside docs/.

Pages in docs/ are read in the repository as well, so they link to files that lie
elsewhere in it, such as figures. The site gets a copy of each of these.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from settings_reference import settings_page

LINK = re.compile(r"(\]\()((?:\.\./)+)([^)#\s]+)")
PROJECT = Path(__file__).parents[1]
BESIDE = "project"
"""Where the site has the files that lie beside docs/."""
MODULES = {
    "Satellites and contacts": (
        *("orbits.walker", "orbits.lists", "orbits.sites"),
        *("orbits.contacts", "orbits.isl", "orbits.links"),
    ),
    "Clients and data": ("data.homes", "data.datasets", "data.partition"),
    "Plans": ("plans.scene", "plans.plan", "plans.strategy", "plans.check.operations"),
    "Training": ("learn.model", "learn.run.task", "learn.run.engine"),
    "Studies and tables": ("studies.study", "studies.scenes", "base.files"),
}
"""The modules of the reference of Python, by what they are for."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from code, and all files that pages link to."""
    made = {"reference/settings.md": settings_page(), "reference/python.md": _modules()}
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    pages = [file for file in files.documentation_pages() if file.abs_src_path]
    beside = {target for page in pages for target in _beside(page)}
    for path in sorted(path for path in beside if (PROJECT / path).is_file()):
        content = (PROJECT / path).read_bytes()
        if path.suffix == ".md":
            # A page of its own would have links that lead nowhere.
            files.append(
                File.generated(config, f"{BESIDE}/{path}.txt", content=content)
            )
        else:
            files.append(File.generated(config, f"{BESIDE}/{path}", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return a page with links to the copies of what lies beside docs/."""
    folder = Path(page.file.src_path).parent

    def within(link: re.Match) -> str:
        start, upwards, path = link.groups()
        depth = len(folder.parts)
        if upwards.count("..") <= depth:
            return link[0]
        ending = ".txt" if path.endswith(".md") else ""
        return f"{start}{'../' * depth}{BESIDE}/{path}{ending}"

    return LINK.sub(within, markdown)


def _beside(page: File) -> set[Path]:
    """Return the files beside docs/ that a page links to, from the project on."""
    depth = len(Path(page.src_path).parent.parts)
    links = LINK.findall(Path(page.abs_src_path).read_text(encoding="utf-8"))
    return {Path(path) for _, up, path in links if up.count("..") == depth + 1}


def _modules() -> str:
    """Return the reference of Python, which mkdocstrings fills."""
    parts = ["# Reference of Python\n\nWhat scripts and notebooks use.\n"]
    for title, modules in MODULES.items():
        parts.append(f"## {title}\n")
        parts += [
            f"::: fedorbit.{name}\n    options:\n      heading_level: 3\n"
            for name in modules
        ]
    return "\n".join(parts)
