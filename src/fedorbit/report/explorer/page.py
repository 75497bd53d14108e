"""The explorer as one file: template, script, style and data."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import mpld3
from jinja2 import Environment, PackageLoader, StrictUndefined

from fedorbit.base.files import write_text

SCRIPTS = ("sky", "globe", "charts", "words", "view", "player")
D3 = Path(mpld3.__file__).parent / "js" / "d3.v5.min.js"
"""The library that draws maps and curves, as mpld3 carries it."""


def page(data: Mapping[str, Any]) -> str:
    """Return the page that plays ``data``; the same data make the same text.

    What a study says, such as its description, is text on the page and never a part
    of its language.
    """
    folder = files("fedorbit.report.explorer") / "parts"
    scripts = [(folder / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    loader = PackageLoader("fedorbit.report.explorer", "parts")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html").render(
        study=data["study"],
        description=data["description"],
        left_out=data["left_out"],
        style=(folder / "page.css").read_text("utf-8"),
        library=D3.read_text("utf-8"),
        script="\n".join(scripts),
        data=as_json(data),
    )


def as_json(data: Mapping[str, Any]) -> str:
    """Return data as JSON in which nothing can end the element that holds it.

    Raises ``ValueError`` for a number that JSON does not have, such as NaN.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # Inside of texts, where alone these can be, they mean the same.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write_page(data: Mapping[str, Any], path: str | Path) -> None:
    """Write the page of ``data`` whole or not at all."""
    write_text(page(data), path)
