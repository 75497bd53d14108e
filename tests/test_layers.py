import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

LIBRARY = Path(find_spec("fedorbit").origin).parent
# Each room imports only from itself, from those before it, and from the ground floor.
ROOMS = ["orbits", "data", "plans", "theory", "learn", "report", "cli"]
GROUND_FLOOR = {"errors", "files", "settings", "vision"}
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
    assert {room_of(path) for path in FILES} - {""} <= set(ROOMS)
    assert len(FILES) > 20


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p)], ids=name_of)
def test_rooms_import_only_leftwards(path):
    allowed = GROUND_FLOOR | set(ROOMS[: ROOMS.index(room_of(path)) + 1])
    own = {name for name in imported(path) if name.split(".")[0] == "fedorbit"}
    assert {name.split(".")[1] for name in own} <= allowed


def test_the_ground_floor_imports_no_room():
    for name in GROUND_FLOOR:
        own = {n for n in imported(LIBRARY / f"{name}.py") if n.startswith("fedorbit")}
        assert {n.split(".")[1] for n in own} <= GROUND_FLOOR


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if room_of(p) != "learn" and p.name != "vision.py"],
    ids=name_of,
)
def test_only_learning_and_the_loader_of_torchvision_import_torch(path):
    assert packages(path).isdisjoint({"torch", "torchvision"})


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_library_knows_neither_snakemake_nor_dvc(path):
    assert packages(path).isdisjoint({"snakemake", "dvc"})


def test_a_study_is_read_without_loading_torch():
    code = "import fedorbit.study, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
