from pathlib import Path

import pytest

from fedorbit.orbits.sources import element_path


@pytest.fixture
def written(tmp_path):
    def write(text: str, name: str = "satellites.txt") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_path_has_its_environment_variables_filled(written, monkeypatch):
    path = written("x")
    monkeypatch.setenv("SATELLITES", str(path.parent))
    for name in "$SATELLITES/satellites.txt", "${SATELLITES}/satellites.txt", str(path):
        assert element_path(name) == path


def test_a_path_that_leads_nowhere_is_named(refused, tmp_path, monkeypatch):
    monkeypatch.delenv("SATELLITES", raising=False)
    sentence = refused(element_path, "$SATELLITES/satellites.tle")
    assert "'$SATELLITES/satellites.tle'" in sentence
    assert "the environment variable SATELLITES is not set" in sentence
    monkeypatch.setenv("SATELLITES", str(tmp_path))
    sentence = refused(element_path, "$SATELLITES/satellites.tle")
    assert str(tmp_path / "satellites.tle") in sentence
