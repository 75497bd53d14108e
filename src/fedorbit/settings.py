"""The base of all settings, and one-sentence complaints about bad ones."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fedorbit.errors import InputError


class Settings(BaseModel):
    """Values from a config file: types are strict, unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class _Loader(yaml.SafeLoader):
    """Reads YAML, but refuses a key that stands twice instead of taking the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Return the mapping of a node with all its keys different."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} stands twice",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


AnySettings = TypeVar("AnySettings", bound=Settings)


def read_yaml(path: str | Path, remedy: str) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises ``InputError`` if there is no such file, with ``remedy`` as advice, or if
    it is not YAML or not a mapping.
    """
    path = Path(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; {remedy}.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            f"{path}{where}: not valid YAML ({getattr(error, 'problem', error)}); "
            "mend the line."
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; {remedy}.") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds no keys; {remedy}.")
    return content


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
        # A misspelt key also counts as missing, so unknown keys are reported first.
        problems = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        where = source(problems[0]["loc"]) if callable(source) else source
        raise InputError(f"{where}: {complaint(kind, problems[0])}") from None


def complaint(kind: type[Settings], problem: Mapping[str, Any]) -> str:
    """Return a pydantic problem as one sentence for the person who wrote the value."""
    key = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = _known_keys(kind, problem["loc"][:-1])
        close = get_close_matches(str(problem["loc"][-1]), known, n=1)
        remedy = (
            f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}."
        )
        return f"the key {key!r} is not known; {remedy}"
    if problem["type"] == "missing":
        return f"the key {key!r} is missing; add it."
    if problem["type"] == "value_error":
        return f"{key}: {message}." if key else f"{message}."
    message = message.replace("Input should be", "it should be")
    return f"{key} is {problem['input']!r}; {message}."


def _known_keys(kind: type[Settings], path: tuple) -> list[str]:
    """Return the keys that settings of this kind know at a path of keys."""
    annotation: Any = kind
    for part in path:
        if isinstance(annotation, type) and issubclass(annotation, Settings):
            annotation = annotation.model_fields[str(part)].annotation
        else:  # a mapping from names of one's own choice to settings of one kind
            annotation = get_args(annotation)[-1]
    return sorted(annotation.model_fields)
