"""The base of all settings, and one-sentence complaints about bad ones."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePath
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from fedorbit.base.errors import InputError


class Settings(BaseModel):
    """Values from a config file: types are strict, unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


Name = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$")]
"""The name of a file in a folder of the project, or of a folder: never a path."""


def _not_upwards(path: str) -> str:
    if ".." in PurePath(path).parts and not PurePath(path).is_absolute():
        raise ValueError(
            f"{path!r} leads upwards by '..'; write the whole path from / on, or put "
            "the file into the project"
        )
    return path


GivenPath = Annotated[str, Field(min_length=1), AfterValidator(_not_upwards)]
"""The path of what a config reads: one from / on may lead anywhere, others not up."""
AnySettings = TypeVar("AnySettings", bound=Settings)


Source = str | Path | Callable[[tuple], str | Path]
"""The file that values come from, or a function that tells it from a path of keys."""


def parse(
    kind: type[AnySettings], values: Mapping[str, Any], source: Source
) -> AnySettings:
    """Return ``values`` as settings of the given kind.

    Raises ``InputError`` with one sentence on the first thing that is wrong, which
    names the file, the key, the value and what it should be.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problem = _worst(error)
        keys, _ = _follow(kind, problem["loc"])
        if problem["type"] == FOUND:
            keys = (*keys, *problem["ctx"]["below"])
        where = source(keys) if callable(source) else source
        raise InputError(f"{where}: {complaint(kind, problem)}") from None


def _worst(error: ValidationError) -> Mapping[str, Any]:
    """Return the problem to tell; a misspelt key, as it also counts as missing."""
    return min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")


FOUND = "found"


def by_name(find: Callable[[str], type[Settings]], names: Callable[[], list[str]]):
    """Return a validator of settings whose ``name`` says of which kind they are.

    ``find`` returns the kind of a name, one of ``names``. Its field has the type
    ``Any``, since the kinds are not known before.
    """

    def validate(values: Any, info: ValidationInfo) -> Settings:
        above = (info.field_name,)
        if isinstance(values, Settings):
            return values
        if not isinstance(values, Mapping):
            raise PydanticCustomError("dict_type", "Input should be a valid dictionary")
        name = values.get("name")
        if name not in names():
            raise told(*_unnamed(above, values, names()))
        kind = find(name)
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            problem = _worst(error)
            below, _ = _follow(kind, problem["loc"])
            raise told(complaint(kind, problem, above), below) from None

    return PlainValidator(validate)


def told(sentence: str, below: tuple = ()) -> PydanticCustomError:
    """Return an error for a validator of a field, with the whole sentence on it.

    ``below`` are the keys below the field that are to blame.
    """
    return PydanticCustomError(FOUND, "{told}", {"told": sentence, "below": below})


def _unnamed(
    above: tuple, values: Mapping[str, Any], names: list[str]
) -> tuple[str, tuple]:
    """Return the sentence on a missing or unknown name, and its place."""
    *others, last = map(repr, names)
    choice = f"{', '.join(others)} or {last}"
    path = ".".join((*above, "name"))
    if "name" in values:
        return f"{path} is {values['name']!r}; it should be {choice}.", ("name",)
    misspelt = get_close_matches("name", [str(key) for key in values], n=1)
    if misspelt:
        return _unknown((*above, misspelt[0]), ["name"]), (misspelt[0],)
    return f"the key {path!r} is missing; add it as {choice}.", ()


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


def complaint(
    kind: type[Settings], problem: Mapping[str, Any], above: tuple = ()
) -> str:
    """Return a pydantic problem as one sentence for the person who wrote the value.

    ``above`` are the keys under which settings of this kind stand.
    """
    if problem["type"] == FOUND:
        return problem["ctx"]["told"]
    keys, annotation = _follow(kind, problem["loc"])
    keys = (*above, *keys)
    key = ".".join(str(part) for part in keys)
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = _known_keys(_follow(kind, problem["loc"][:-1])[1])
        return _unknown(keys, known)
    if problem["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return _untagged(keys, annotation, problem)
    if problem["type"] == "missing":
        return f"the key {key!r} is missing; add it."
    if problem["type"] == "value_error":
        return f"{key}: {message}." if key else f"{message}."
    message = message.replace("Input should be", "it should be")
    message = message.removesuffix(" or object to extract fields from")
    return f"{key} is {problem['input']!r}; {message}."


def _unknown(keys: tuple, known: list[str]) -> str:
    """Return the sentence on a key that is none of those known in its place."""
    close = get_close_matches(str(keys[-1]), known, n=1)
    remedy = (
        f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}."
    )
    return f"the key {'.'.join(map(str, keys))!r} is not known; {remedy}"


def _untagged(keys: tuple, members: Mapping, problem: Mapping[str, Any]) -> str:
    """Return the sentence on settings that do not say well which kind they are."""
    tag = problem["ctx"]["discriminator"].strip("'")
    path = ".".join(str(part) for part in (*keys, tag))
    *others, last = (repr(known) for known in members)
    choice = f"{', '.join(others)} or {last}"
    if problem["type"] == "union_tag_invalid":
        return f"{path} is {problem['input'][tag]!r}; it should be {choice}."
    misspelt = get_close_matches(tag, [str(key) for key in problem["input"]], n=1)
    if misspelt:
        return _unknown((*keys, misspelt[0]), [tag])
    return f"the key {path!r} is missing; add it as {choice}."


def _follow(kind: type[Settings], path: tuple) -> tuple[tuple, Any]:
    """Return the keys in the place of a problem, and what is expected there.

    Pydantic puts the tag of a union into the place, as in ``scenario, constellation,
    walker, planes``, though it is no key; the keys are without it. What is expected
    is an annotation or, for a union before its tag, a mapping from tags to kinds.
    """
    keys: list = []
    expected: Any = kind
    for part in path:
        if isinstance(expected, Mapping):
            expected = expected.get(part)
            continue
        keys.append(part)
        if get_origin(expected) in (dict, list):
            expected = get_args(expected)[-1]
        elif _is_settings(expected) and str(part) in expected.model_fields:
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


def _is_settings(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Settings)


def settings_below(kind: type[Settings], key: str) -> list[type[Settings]]:
    """Return the kinds of settings that may stand under a key of some settings."""
    field = kind.model_fields.get(key)
    if field is None:
        return []
    members = (field.annotation, *get_args(field.annotation))
    return [member for member in members if _is_settings(member)]


def _known_keys(annotation: Any) -> list[str]:
    """Return the keys that settings of this annotation know."""
    return sorted(annotation.model_fields) if _is_settings(annotation) else []
