"""The recipes of docs/recipes.md, done as they are written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

PARTS = (
    "config",
    "data",
    "envs",
    "profiles",
    "scripts",
    "src",
    "workflow",
    "Snakefile",
)
FILE = re.compile(r"`([\w/.]+\.(?:yaml|csv|py))`[^`]*\Z")
"""The last file that is named before its contents."""


def steps(text: str) -> list[tuple[str, str, str]]:
    """Return the language, the file and the contents of each block of a page.

    Commands have no file.
    """
    found = []
    parts = re.split(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL)
    for before, language, content in zip(
        parts[::3], parts[1::3], parts[2::3], strict=False
    ):
        named = FILE.search(before)
        found.append((language, "" if language == "sh" else named[1], content))
    return found


def test_the_recipes_do_what_they_say(project, tmp_path):
    for name in PARTS:
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        copy(project / name, tmp_path / name)
    paths = [Path(sys.executable).parent, os.environ["PATH"]]
    places = {
        "PATH": os.pathsep.join(map(str, paths)),
        "PYTHONPATH": str(tmp_path / "src"),
    }
    done = steps((project / "docs" / "recipes.md").read_text())
    assert len(done) == 16
    for language, file, content in done:
        if language != "sh":
            (tmp_path / file).write_text(content)
            continue
        ended = subprocess.run(
            ["sh", "-ec", content],
            cwd=tmp_path,
            env=os.environ | places,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    results = tmp_path / "results"
    starvation = pd.read_csv(results / "mine/tables/starvation.csv")
    assert set(starvation["strategy"]) == {"fedmeld", "hfl"}
    counts = pd.read_csv(results / "my_sky/skies/default/satellites.csv")
    taking_part = counts.set_index("reason")["satellites"]["taking part"]
    assert 100 < taking_part < 600  # every sixth of the shells, some at other heights
    claims = pd.read_csv(results / "all_mine/claims.csv")
    assert claims["claim"].tolist() == ["M-1"] and claims["value"].between(-1, 1).all()
    drawn = (results / "all_mine/figures/accuracy.svg").read_text()
    assert "Forgetful" in drawn and "narrow on mine" in drawn
