import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

LIBRARY = Path(find_spec("fedorbit").origin).parent
# Each room imports only from itself and from floors below its own.
FLOORS = [
    {"base"},
    {"orbits", "data", "theory"},
    {"plans"},
    {"learn"},
    {"report"},
    {"studies"},
    {"cli"},
]
LOADER = LIBRARY / "base" / "torchvision.py"
FILES = sorted(LIBRARY.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the dotted names of all modules that a file imports, at any depth."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(path: Path) -> str:
    parts = path.relative_to(LIBRARY).parts
    return parts[0] if len(parts) > 1 else ""


def name_of(path: Path) -> str:
    return path.relative_to(LIBRARY).as_posix()


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def test_every_room_stands_in_the_line():
    assert {room_of(path) for path in FILES} - {""} == set().union(*FLOORS)
    assert len(FILES) > 20


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p)], ids=name_of)
def test_rooms_import_only_downwards(path):
    room = room_of(path)
    floor = next(n for n, rooms in enumerate(FLOORS) if room in rooms)
    allowed = {room}.union(*FLOORS[:floor])
    own = {name for name in imported(path) if name.split(".")[0] == "fedorbit"}
    assert {name.split(".")[1] for name in own} <= allowed


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if room_of(p) != "learn" and p != LOADER],
    ids=name_of,
)
def test_only_learning_and_the_loader_of_torchvision_import_torch(path):
    assert packages(path).isdisjoint({"torch", "torchvision"})


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_library_knows_neither_snakemake_nor_dvc(path):
    assert packages(path).isdisjoint({"snakemake", "dvc"})


def test_a_study_is_read_without_loading_torch():
    code = "import fedorbit.studies.study, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
