"""The reference of all settings, written from the classes that check them."""

import json
from collections.abc import Iterable, Iterator
from inspect import getdoc
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from markdown.extensions.toc import slugify
from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from fedorbit.base.meanings import meanings
from fedorbit.base.settings import Range, Settings
from fedorbit.data.settings import KINDS
from fedorbit.learn.model import find_model, model_names
from fedorbit.plans.strategy import find_strategy, strategy_names
from fedorbit.report.claims.claims import Claim
from fedorbit.studies.config import Config
from fedorbit.studies.kind import find_kind, kind_names

WORDS = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    NoneType: "null",
    Any: "settings of one of several kinds",
}
HEAD = """# Reference of settings

Written from the classes that check them. A key without a value in the third column has
to be given, unless the study that is extended or the scale says it
([studies.md](../studies.md)).
"""
Parts = dict[str, list[tuple[str, type[Settings]]]]
"""Names and classes of settings, by what they are."""


def settings_page() -> str:
    """Return the reference as Markdown."""
    parts: Parts = {
        "The file config/config.yaml": [("config", Config)],
        "Kinds of studies": [(n, find_kind(n).settings) for n in kind_names()],
        "Strategies": [(n, find_strategy(n).settings) for n in strategy_names()],
        "Models": [(n, find_model(n).settings) for n in model_names()],
        "Sources of datasets": list(KINDS.items()),
        "Claims": [("claim", Claim)],
    }
    first = [kind for named in parts.values() for _, kind in named]
    others = [kind for kind in _all(first) if kind not in first]
    parts["Parts of settings"] = [(kind.__name__, kind) for kind in others]
    headings = _headings(parts)
    text = [HEAD]
    for title, named in parts.items():
        text.append(f"## {title}\n")
        kinds = dict.fromkeys(kind for _, kind in named)
        text += [_section(kind, headings) for kind in kinds]
    return "\n".join(text)


def _all(kinds: list[type[Settings]]) -> list[type[Settings]]:
    """Return kinds of settings and all that may stand in them, each once."""
    found = dict.fromkeys(kinds)
    waiting = list(kinds)
    while waiting:
        for field in waiting.pop(0).model_fields.values():
            new = [kind for kind in _within(field.annotation) if kind not in found]
            found |= dict.fromkeys(new)
            waiting += dict.fromkeys(new)
    return list(found)


def _within(annotation: Any) -> Iterator[type[Settings]]:
    """Yield the settings that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for part in get_args(annotation):
        yield from _within(part)


def _headings(parts: Parts) -> dict[type[Settings], str]:
    """Return the heading of each kind: its names, with its file if others share one."""
    names: dict[type[Settings], list[str]] = {}
    for named in parts.values():
        for name, kind in named:
            names.setdefault(kind, []).append(name)
    joined = {kind: ", ".join(own) for kind, own in names.items()}
    low = [heading.lower() for heading in joined.values()]
    return {
        kind: heading
        if low.count(heading.lower()) == 1
        else f"{heading} of {kind.__module__.removeprefix('fedorbit.')}"
        for kind, heading in joined.items()
    }


def _section(kind: type[Settings], headings: dict[type[Settings], str]) -> str:
    texts = {key: _cell(text) for key, text in meanings(kind).items()}
    rows = [
        f"| `{key}` | {_type(field, headings)} | {_default(field)} | {texts[key]} |"
        for key, field in kind.model_fields.items()
    ]
    table = ["| key | may be | if not given | meaning |", "|---|---|---|---|", *rows]
    about = " ".join((getdoc(kind) or "").split())
    return "\n".join(
        [f"### {headings[kind]}\n", f"{about}\n", *(table if rows else []), ""]
    )


def _type(field: FieldInfo, headings: dict[type[Settings], str]) -> str:
    return _told(field.annotation, headings) + _range(field.metadata)


def _told(annotation: Any, headings: dict[type[Settings], str]) -> str:
    """Return a type in words."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _told(args[0], headings) + _range(args[1:])
    if origin in (Union, UnionType):
        return ", or ".join(_told(part, headings) for part in args)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args)
    if origin in (list, tuple):
        return f"list of: {_told(args[0], headings)}"
    if origin is dict:
        return f"mapping to: {_told(args[1], headings)}"
    if annotation in headings:
        heading = headings[annotation]
        return f"[{heading}](#{slugify(heading, '-')})"
    return WORDS.get(annotation, getattr(annotation, "__name__", "settings").lower())


def _range(metadata: Iterable[Any]) -> str:
    """Return the range among what is told beside a type, in words."""
    checks = [part.func for part in metadata if isinstance(part, AfterValidator)]
    ranges = [check for check in checks if isinstance(check, Range)]
    return "".join(f" from {_number(r.low)} to {_number(r.high)}" for r in ranges)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Settings):
        return "those of its class"
    return f"`{json.dumps(value, default=str)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
