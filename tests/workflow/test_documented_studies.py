"""The studies of docs/studies.md, planned as a reader would have them planned."""

import shutil

import pandas as pd
import pytest

PARTS = ("config", "data", "envs", "scripts", "src", "workflow", "Snakefile")


@pytest.mark.parametrize("place", [0, 1])
def test_a_study_of_the_documents_can_be_planned(
    project, snakemake, tmp_path, place, compile_once
):
    compile_once(tmp_path)
    for name in PARTS:
        path = project / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, tmp_path / name)
    text = (project / "docs" / "studies.md").read_text()
    blocks = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    study = [block for block in blocks if block.startswith("extends: ")][place]
    (tmp_path / "config" / "studies" / "mine.yaml").write_text(study)
    regions = text.split("```csv\n")[1].split("```")[0]
    (tmp_path / "data" / "regions" / "mine.csv").write_text(regions)
    table = "results/mine/tables/starvation.csv"
    asked = ("--config", 'studies=["mine"]', "--", table)
    status, output = snakemake(tmp_path, "--cores", "2", *asked)
    assert status == 0, output
    assert {"fedmeld", "hfl"} <= set(pd.read_csv(tmp_path / table)["strategy"])
