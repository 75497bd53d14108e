"""YAML files as plain values, with one sentence on whatever is wrong with them."""

from pathlib import Path
from typing import Any

import yaml

from fedorbit.base.errors import InputError


class _Loader(yaml.CSafeLoader):
    """Reads YAML, but refuses a key that stands twice instead of taking the last.

    It refuses markup too: Snakemake writes values as they are into a script of its
    report, which a text such as ``</script>`` would end.
    """

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        """Return the text of a node that begins or ends no part of an HTML page."""
        text = super().construct_scalar(node)
        for mark in ("</", "<!"):
            if mark in text:
                raise yaml.constructor.ConstructorError(
                    problem=f"{mark!r} would be markup in the report",
                    problem_mark=node.start_mark,
                )
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Return the mapping of a node with all its keys different."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} stands twice",
                    problem_mark=key.start_mark,
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


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


def read_listed(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file that is named by its stem, one of a folder.

    Raises ``InputError`` as ``read_yaml`` does; the advice lists the names there are.
    """
    names = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
    none = f"{path.parent} holds no YAML files"
    return read_yaml(path, f"choose one of {names}" if names else none)
