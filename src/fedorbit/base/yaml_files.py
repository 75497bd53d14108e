"""YAML files as plain values, with one sentence on whatever is wrong with them.

Plain words mean what they mean by the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/#103-core-schema): ``022`` is 22, ``1e-3`` is a number, and
``1:30``, ``NO`` and dates are texts. YAML 1.1 has merge keys besides, ``<<``, which
many files use; they are read, too.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from fedorbit.base.errors import InputError, printable
from fedorbit.base.text import decoded, read_bytes, shown

LARGEST_BYTES = 1 << 20
DEEPEST = 40  # keys below keys, and lists in lists
MOST_VALUES = 100_000  # with those that an alias repeats
LONGEST_NUMBER = 60  # characters; Python itself stops at some thousand digits
LONGEST_KEY = 200  # characters
TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
WORDS = {
    "null": ("~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": ("true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": ("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "merge": ("<<", ["<"]),
}
"""What plain words of each type look like, and how they begin."""
PATTERNS = {
    f"{TAG}{kind}": re.compile(rf"(?:{pattern})\Z")
    for kind, (pattern, _) in WORDS.items()
}
NODES = {"map": "mapping", "seq": "sequence"}
TAGS = {*PATTERNS, *(f"{TAG}{kind}" for kind in ("str", *NODES))}


class _Loader(yaml.CSafeLoader):
    """Reads YAML by the core schema of YAML 1.2."""

    yaml_implicit_resolvers = {}

    def construct_int(self, node: yaml.ScalarNode) -> int:
        """Return a whole number; a zero before it makes it no octal one."""
        base = {"0o": 8, "0x": 16}.get(node.value[:2], 10)
        return int(node.value, base)


for _kind, (_, _first) in WORDS.items():
    _Loader.add_implicit_resolver(f"{TAG}{_kind}", PATTERNS[f"{TAG}{_kind}"], _first)
_Loader.add_constructor(f"{TAG}int", _Loader.construct_int)


def read_yaml(path: str | Path, remedy: str) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises ``InputError`` if there is no such file, with ``remedy`` as advice, or if
    it is not YAML, not a mapping, or holds what no config means: markup (Snakemake
    writes values as they are into a script of its report, which ``</script>`` would
    end), characters that nobody sees, or keys that stand twice or are no text.
    """
    content = read_bytes(path, remedy, LARGEST_BYTES)
    text = decoded(content, path, "YAML")
    try:
        _refuse_depth(text)
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is not None:
            _Check().node(root)
        values = None if root is None else loader.construct_document(root)
    except yaml.reader.ReaderError as error:
        raise InputError(
            f"{path}: not valid YAML (U+{error.character:04X}: {error.reason}); remove "
            "the character."
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        problem = ", ".join(filter(None, (error.context, error.problem)))
        raise InputError(
            f"{path}{where}: not valid YAML ({problem}); mend the line."
        ) from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds no keys; write some into it, or {remedy}.")
    return values


def plain_value(text: str) -> Any:
    """Return what a short YAML text means; raises ``yaml.YAMLError`` if it is none."""
    return yaml.load(text, _Loader)  # noqa: S506


def read_listed(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file that is named by its stem, one of a folder.

    Raises ``InputError`` as ``read_yaml`` does; the advice lists the names there are.
    """
    names = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
    none = f"{path.parent} holds no YAML files"
    return read_yaml(path, f"choose one of {names}" if names else none)


def _fault(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _refuse_depth(text: str) -> None:
    """Raise an error for deep nesting, by which PyYAML would end the process."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _fault(event, f"nested more than {DEEPEST} deep")


class _Check:
    """Refuses what is YAML but no config."""

    def __init__(self) -> None:
        self.values = 0

    def node(self, node: yaml.Node, depth: int = 1) -> None:
        """Raise an error for what is wrong in a node or below it.

        An alias counts as what it stands for; one that holds itself has no end.
        """
        self.values += 1
        if depth > DEEPEST or self.values > MOST_VALUES:
            raise _fault(
                node,
                f"more than {MOST_VALUES} values or {DEEPEST} in one another, with "
                "those that aliases repeat",
            )
        kind = node.tag.removeprefix(TAG)
        if node.id != NODES.get(kind, "scalar") or node.tag not in TAGS:
            tag = shown(node.tag.replace(TAG, "!!"))
            raise _fault(node, f"the tag {tag} means nothing here; leave it out")
        if isinstance(node, yaml.ScalarNode):
            self._scalar(node, kind)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                self.node(value, depth + 1)
        else:
            self._keys([key for key, _ in node.value])
            for pair in node.value:
                for inner in pair:
                    self.node(inner, depth + 1)

    def _scalar(self, node: yaml.ScalarNode, kind: str) -> None:
        text = node.value
        pattern = PATTERNS.get(node.tag)
        if pattern is not None and not pattern.match(text):
            raise _fault(node, f"{shown(text)} is no {kind}; leave the tag out")
        if kind in ("int", "float") and len(text) > LONGEST_NUMBER:
            raise _fault(node, f"a number of {len(text)} characters; shorten it")
        for mark in ("</", "<!"):
            if mark in text:
                raise _fault(node, f"{mark!r} would be markup in the report")
        seen = text.replace("\n", "").replace("\t", "")
        if printable(seen) != seen:
            raise _fault(node, f"{shown(text)} holds a character that nobody sees")

    def _keys(self, keys: list[yaml.Node]) -> None:
        seen = set()
        for key in keys:
            if key.tag not in (f"{TAG}str", MERGE):
                name = key.value[:40] if key.id == "scalar" else f"a {key.id}"
                raise _fault(key, f"the key {name or 'null'} is no text; quote it")
            if not 0 < len(key.value) <= LONGEST_KEY:
                length = len(key.value)
                raise _fault(key, f"a key of {length} characters; name it well")
            if key.value in seen:
                raise _fault(key, f"the key {shown(key.value)} stands twice")
            seen.add(key.value)
