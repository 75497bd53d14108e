"""Captions of results as HTML."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

# A caption may quote a study's own words, so it cannot bring in files or raw HTML, and
# what is wrong with it ends the job.
SAFE = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 2,
    "halt_level": 2,
}


def caption(source: str, given: Mapping[str, Any]) -> Markup:
    """Return a caption in reStructuredText, with what is ``given`` in place, as HTML.

    Raises Jinja's ``UndefinedError`` if it names what is not given, and docutils'
    ``SystemMessage`` if it is no reStructuredText.
    """
    environment = Environment(undefined=StrictUndefined, autoescape=False)
    # What is in the first place may be empty, and then leaves a blank.
    text = cleandoc(environment.from_string(source).render(given))
    parts = publish_parts(text, writer="html5", settings_overrides=SAFE)
    return Markup(parts["body"])
