"""Which files of a project a Python program imports, without running it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

# A parser would take ten times as long; a line of a text that looks like an import
# names no file, and does no harm if it does.
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)"
    r"|import[ \t]+([^\n]*))",
    re.MULTILINE,
)
NAME = re.compile(r"[\w.]+")


def program_files(starts: Iterable[Path], roots: Sequence[Path]) -> list[Path]:
    """Return some Python files and all that they import by name, at any remove.

    Modules are looked for below ``roots``; those that lie elsewhere, as libraries, are
    left out. Modules that are found by a name at run time have to be among ``starts``.
    """
    files = list(starts)
    found = set(files)
    for file in files:
        new = [f for f in imported_files(file, tuple(roots)) if f not in found]
        files += new
        found.update(new)
    return files


@cache
def imported_files(path: Path, roots: tuple[Path, ...]) -> list[Path]:
    """Return the files below ``roots`` that a Python file imports by its whole name."""
    names = set()
    for module, members, modules in IMPORT.findall(path.read_text(encoding="utf-8")):
        if module:
            names |= {module, *(f"{module}.{n}" for n in NAME.findall(members))}
        names |= set(NAME.findall(modules))
    return sorted(
        {f for r in roots for n in names for f in files_by_module(r).get(n, ())}
    )


@cache
def files_by_module(root: Path) -> dict[str, list[Path]]:
    """Return the files of each module and package below a folder, by its whole name."""
    files = defaultdict(list)
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        files[name].append(path)
    return dict(files)


def module_files(package: Path, name: str) -> list[Path]:
    """Return the file of a module of a package, or all files if it is a folder."""
    file = package / f"{name}.py"
    return [file] if file.is_file() else sorted((package / name).rglob("*.py"))
