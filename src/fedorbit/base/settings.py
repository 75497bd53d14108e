"""The base of all settings, and one-sentence complaints about bad ones."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from fedorbit.base.complaints import BELOW, UNKNOWN, below, complaint, is_settings
from fedorbit.base.errors import InputError


class Settings(BaseModel):
    """Values from a config file: types are strict, unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
    )


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included, as a check of one number."""

    low: float
    high: float

    def __call__(self, number: float) -> float:
        """Return the number; raises pydantic's error if it is not in the range."""
        if self.low <= number <= self.high:
            return number
        ends = f"from {_readable(self.low)} to {_readable(self.high)}"
        raise PydanticCustomError("out_of_range", f"Input should be {ends}")


def between(kind: Any, low: float, high: float) -> Any:
    """Return the type of numbers of a kind from ``low`` to ``high``, both included.

    Ranges are ten times what anybody means, or more: beyond them are slips.
    """
    return Annotated[kind, AfterValidator(Range(low, high))]


def all_different(values: list) -> list:
    """Return values none of which stands twice; else raise ``ValueError``."""
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands twice in {values}; name it once")
    return values


def _readable(number: float) -> str:
    short = number == int(number) and abs(number) < 1e10
    return f"{number:,.0f}" if short else f"{number:g}"


def _plain(name: str) -> str:
    if not re.fullmatch("[A-Za-z0-9_-]{1,100}", name):
        message = "Input should be a name of up to 100 letters, digits, _ and -"
        raise PydanticCustomError("no_name", message)
    return name


Name = Annotated[str, AfterValidator(_plain)]
"""The name of a file in a folder of the project, or of a folder: never a path."""
Label = Annotated[str, Field(max_length=200)]
"""Words for a figure or a table."""
Seed = between(int, 0, 2**32 - 1)
"""Where random draws begin."""
Seeds = Annotated[
    list[Seed],
    Field(min_length=1, max_length=1000),
    AfterValidator(all_different),
]
"""One repetition for each; a single one, for a try, has no intervals."""
Rounds = between(int, 1, 1_000_000)
"""A number of rounds."""
Steps = between(int, 1, 1_000_000)
"""Steps of a client in a round."""
BatchSize = between(int, 1, 1_000_000)
"""Samples of a step."""
Samples = between(int, 1, 1_000_000_000)
"""A number of samples."""


LONGEST_PART = 255  # bytes of a name, for the file systems of Linux


def _not_upwards(path: str) -> str:
    if any(len(part.encode()) > LONGEST_PART for part in PurePath(path).parts):
        raise ValueError(
            f"{path[:40]!r}... has a part of more than {LONGEST_PART} bytes, as no "
            "file has; correct it"
        )
    if ".." in PurePath(path).parts and not PurePath(path).is_absolute():
        raise ValueError(
            f"{path!r} leads upwards by '..'; write the whole path from / on, or put "
            "the file into the project"
        )
    return path


GivenPath = Annotated[
    str, Field(min_length=1, max_length=1000), AfterValidator(_not_upwards)
]
"""The path of what a config reads: one from / on may lead anywhere, others not up."""
AnySettings = TypeVar("AnySettings", bound=Settings)


Source = str | Path | Callable[[tuple], str | Path]
"""The file that values come from, or a function that tells it from a path of keys."""


def parse(
    kind: type[AnySettings], values: Mapping[str, Any], source: Source
) -> AnySettings:
    """Return ``values`` as settings of the given kind.

    Raises ``InputError`` with one sentence on all keys that are missing, or else on
    the first thing that is wrong: it names the file, the key, the value and what it
    should be.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        keys, sentence = complaint(kind, error.errors())
        where = source(keys) if callable(source) else source
        raise InputError(f"{where}: {sentence}") from None


def by_name(find: Callable[[str], type[Settings]], names: Callable[[], list[str]]):
    """Return a validator of settings whose ``name`` says of which kind they are.

    ``find`` returns the kind of a name, one of ``names``. Its field has the type
    ``Any``, since the kinds are not known before.
    """

    def validate(values: Any) -> Settings:
        if isinstance(values, Settings):
            return values
        if not isinstance(values, Mapping):
            raise PydanticCustomError("dict_type", "no mapping")
        if values.get("name") not in names():
            tag = "invalid" if "name" in values else "not_found"
            problem = {
                "type": f"union_tag_{tag}",
                "loc": (),
                "input": values,
                "ctx": {"discriminator": "name"},
            }
            raise below(dict.fromkeys(names()), [problem])
        kind = find(values["name"])
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            raise below(kind, error.errors()) from None

    return PlainValidator(validate)


def by_key(find: Callable[[str], type[Settings]], names: Callable[[], list[str]]):
    """Return a validator of mappings from names to the settings of their kinds.

    ``find`` returns the kind of a name, one of ``names``. The settings stay as they
    are.
    """

    def validate(values: dict[str, Any]) -> dict[str, Any]:
        problems = []
        for name, own in values.items():
            try:
                if name in names():
                    find(name).model_validate(own)
                    continue
                problem = {"type": UNKNOWN, "ctx": {"known": names()}}
            except ValidationError as error:
                inner = {"kind": find(name), "problems": error.errors()}
                problem = {"type": BELOW, "ctx": inner}
            problems.append({"loc": (name,)} | problem)
        if problems:
            raise below(None, problems)
        return values

    return AfterValidator(validate)


def kind_of(
    kinds: Mapping[str, type[AnySettings]],
    tag: str,
    values: Mapping[str, Any],
    source: str | Path,
) -> type[AnySettings]:
    """Return the kind of settings that ``values`` say they are under the key ``tag``.

    Raises ``InputError`` with the kinds there are if they say none or an unknown one.
    """
    known = ", ".join(kinds)
    if tag not in values:
        raise InputError(
            f"{source}: the key {tag!r} is missing; add it as one of {known}."
        )
    kind = values[tag]
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(f"{source}: {tag} is {kind!r}; it should be one of {known}.")
    return kinds[kind]


def settings_below(kind: type[Settings], key: str) -> list[type[Settings]]:
    """Return the kinds of settings that may stand under a key of some settings."""
    field = kind.model_fields.get(key)
    if field is None:
        return []
    members = (field.annotation, *get_args(field.annotation))
    return [member for member in members if is_settings(member)]
