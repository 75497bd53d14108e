"""Things found by name, and files among them that are wrong."""

import sys

import pytest

from fedorbit.base.errors import InputError
from fedorbit.base.found import found, names_in


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes a package of one module ``mine``."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "mine.py").write_text(text)
        return name

    yield write
    for name in [n for n in sys.modules if n.startswith("package_of_")]:
        del sys.modules[name]


def test_what_a_file_defines_is_found_by_its_name(package):
    name = package("package_of_one", "THING = 7")
    assert names_in(name) == ["mine"]
    assert found(name, "mine", "THING") == 7
    with pytest.raises(KeyError):
        found(name, "other", "THING")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("package_of_a_slip", "THING = (", "never closed"),
        ("package_of_a_miss", "import no_such_library", "no_such_library"),
        ("package_of_nothing", "THINGS = 7", "no attribute 'THING'"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_reason(package, name, text, reason):
    package(name, text)
    with pytest.raises(InputError, match="mine.py: ") as refusal:
        found(name, "mine", "THING")
    assert reason in str(refusal.value)
