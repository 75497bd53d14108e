"""What pydantic finds wrong with settings, as one sentence for who wrote them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

UNKNOWN = "extra_forbidden"
UNTAGGED = ("union_tag_not_found", "union_tag_invalid")
BELOW, TOLD = "below", "told"
"""Kinds of our own: problems that lie below a key, and one with its whole sentence."""
LONGEST_VALUE = 200  # characters that are shown of a value
SHOULD_BE = {
    "model_type": "be keys with values",
    "model_attributes_type": "be keys with values",
    "dict_type": "be keys with values",
    "list_type": "be a list",
    "string_type": "be a text",
    "float_type": "be a number",
    "int_type": "be a whole number",
    "int_from_float": "be a whole number",
    "bool_type": "be true or false",
    "finite_number": "be a finite number",
    "too_short": "hold at least {min_length}",
    "too_long": "hold at most {max_length}",
    "string_too_short": "have at least {min_length} characters",
    "string_too_long": "have at most {max_length} characters",
    "string_pattern_mismatch": "match {pattern}",
}

Problem = Mapping[str, Any]
"""One of pydantic's errors."""


@dataclass(frozen=True)
class _Found:
    """A problem in settings of a kind, which stand under the keys ``above``."""

    kind: Any
    problem: Problem
    above: tuple

    @property
    def type(self) -> str:
        return self.problem["type"]

    @property
    def keys(self) -> tuple:
        """Return the keys that lead to the value."""
        keys, _ = follow(self.kind, self.problem["loc"])
        return (*self.above, *keys, *self.problem.get("ctx", {}).get("below", ()))

    @property
    def expected(self) -> Any:
        return follow(self.kind, self.problem["loc"])[1]


def below(kind: Any, problems: Sequence[Problem]) -> PydanticCustomError:
    """Return the error of a validator that found problems in settings of a kind."""
    return PydanticCustomError(BELOW, BELOW, {"kind": kind, "problems": problems})


def told(sentence: str, below: tuple = ()) -> PydanticCustomError:
    """Return an error for a validator of a field, with the whole sentence on it.

    ``below`` are the keys below the field that are to blame.
    """
    return PydanticCustomError(TOLD, TOLD, {"told": sentence, "below": below})


def complaint(kind: Any, problems: Sequence[Problem]) -> tuple[tuple, str]:
    """Return the keys of the worst problem, and the sentence on it.

    A misspelt key is the worst, since it also counts as missing. All missing keys are
    told together.
    """
    found = list(_flat(kind, problems, ()))
    for one in found:
        close = one.type in UNTAGGED and _misspelt(one)
        if one.type == UNKNOWN or close:
            keys = (*one.keys, close) if close else one.keys
            return keys, _unknown(keys, [_tag(one)] if close else _known_keys(one))
    missing = [one for one in found if one.type in ("missing", UNTAGGED[0])]
    if missing:
        return missing[0].keys, _missing(missing)
    return found[0].keys, _wrong(found[0])


def _flat(kind: Any, problems: Sequence[Problem], above: tuple) -> Iterator[_Found]:
    """Yield all problems, those that lie below others in their place."""
    for problem in problems:
        if problem["type"] == BELOW:
            keys, _ = follow(kind, problem["loc"])
            inner = problem["ctx"]
            yield from _flat(inner["kind"], inner["problems"], (*above, *keys))
        else:
            yield _Found(kind, problem, above)


def _wrong(one: _Found) -> str:
    """Return the sentence on a value that is there but wrong."""
    if one.type == TOLD:
        return one.problem["ctx"]["told"]
    key = _dotted(one.keys)
    message = one.problem.get("msg", "").removeprefix("Value error, ")
    if one.type == UNTAGGED[1]:
        value = one.problem["input"][_tag(one)]
        return f"{key}.{_tag(one)} is {_shown(value)}; it should be {_choice(one)}."
    if one.type == "value_error":
        return f"{key}: {message}." if key else f"{message}."
    if one.type in SHOULD_BE:
        should_be = SHOULD_BE[one.type].format(**one.problem.get("ctx", {}))
        message = f"Input should {should_be}"
    message = message.replace("Input should", "it should")
    return f"{key or 'all'} is {_shown(one.problem['input'])}; {message}."


def _missing(missing: Sequence[_Found]) -> str:
    """Return the sentence on all keys that are missing."""
    paths = {}
    for one in missing:
        is_tag = one.type != "missing"
        path = _dotted((*one.keys, _tag(one)) if is_tag else one.keys)
        paths[path] = _choice(one) if is_tag else ""
    if len(paths) == 1:
        (path, choice), *_ = paths.items()
        remedy = f"add it as {choice}" if choice else "add it"
        return f"the key {path!r} is missing; {remedy}."
    *others, last = [f"{p!r} ({c})" if c else repr(p) for p, c in paths.items()]
    return f"the keys {', '.join(others)} and {last} are missing; add them."


def _unknown(keys: tuple, known: Sequence[str]) -> str:
    """Return the sentence on a key that is none of those known in its place."""
    close = get_close_matches(str(keys[-1]), known, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known are {_list(known)}."
    return f"the key {_dotted(keys)!r} is not known; {remedy}"


def _list(known: Sequence[str]) -> str:
    return ", ".join(known) or "none"


def _tag(one: _Found) -> str:
    """Return the key that should say of which kind settings are."""
    return one.problem["ctx"]["discriminator"].strip("'")


def _choice(one: _Found) -> str:
    """Return the values of the key that says of which kind settings are."""
    *others, last = (repr(known) for known in one.expected)
    return f"{', '.join(others)} or {last}" if others else last


def _misspelt(one: _Found) -> str | None:
    """Return the key that is probably meant to be the one that tells the kind."""
    if one.type == UNTAGGED[1]:
        return None
    keys = [str(key) for key in one.problem["input"]]
    return next(iter(get_close_matches(_tag(one), keys, n=1)), None)


def _known_keys(one: _Found) -> list[str]:
    """Return the keys that are known in the place of an unknown one."""
    if "known" in one.problem.get("ctx", {}):
        return one.problem["ctx"]["known"]
    _, around = follow(one.kind, one.problem["loc"][:-1])
    return sorted(around.model_fields) if is_settings(around) else []


def _dotted(keys: tuple) -> str:
    return ".".join(str(key) for key in keys)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def follow(kind: Any, path: tuple) -> tuple[tuple, Any]:
    """Return the keys in the place of a problem, and what is expected there.

    Pydantic puts the tag of a union into the place, as in ``scenario, constellation,
    walker, planes``, though it is no key; the keys are without it, and without the
    mark of a key that is itself wrong. What is expected is an annotation or, for a
    union before its tag, a mapping from tags to kinds.
    """
    keys: list = []
    expected: Any = kind
    for part in path:
        if isinstance(expected, Mapping):
            expected = expected.get(part)
            continue
        if part == "[key]":
            continue
        keys.append(part)
        if get_origin(expected) in (dict, list):
            expected = get_args(expected)[-1]
        elif is_settings(expected) and str(part) in expected.model_fields:
            expected = _expected(expected.model_fields[str(part)])
        else:
            expected = None
    return tuple(keys), expected


def _expected(field: FieldInfo) -> Any:
    """Return a field's annotation or, if it is a tagged union, its kinds by tag.

    An optional field is expected to be what it is if it is given.
    """
    if field.discriminator is None:
        parts = get_args(field.annotation)
        return parts[0] if parts[1:] == (NoneType,) else field.annotation
    return {
        tag: member
        for member in get_args(field.annotation)
        for tag in get_args(member.model_fields[str(field.discriminator)].annotation)
    }


def is_settings(annotation: Any) -> bool:
    """Return whether an annotation is a kind of settings."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
