"""What tests of studies share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(project, tmp_path) -> Path:
    """Return a copy of the project's folder of configs, to be changed."""
    copied = tmp_path / "config"
    shutil.copytree(project / "config", copied)
    return copied
