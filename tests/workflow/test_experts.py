"""Experts split among clusters, on images that a user has in folders of domains."""

import io

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from tests.tiny import write_yaml

DOMAINS, CLASSES, EACH, SIZE = 4, 2, 30, 8
STUDY = """
extends: experts
description: Experts on a user's own images, for a test
seeds: [0]
scenario: {hours: 8}
dataset: mine
clients: {per_region: 2}
model: {hidden: 16, width: 4}
pretraining: {body_steps: 50, steps: 100}
training: {local_steps: 5, batch_size: 4}
strategies:
  ems: {}
  fl_filled: {}
provenance: "chosen: for a test"
"""
ON_A_TRANSFORMER = """
extends: experts
description: Low-rank experts on a transformer, for a test
seeds: [0]
scenario: {hours: 8}
dataset: mine
clients: {per_region: 2}
model:
  name: lora_experts
  patch_px: 4
  bands_per_token: null
  dim: 8
  depth: 1
  heads: 2
  mlp_ratio: 1.0
  pooling: mean
  checkpoint: null
  experts: 8
  rank: 2
  active: 2
  routing: masked
pretraining: {gate: plain, steps: 20}
provenance: "chosen: for a test"
"""
DATASET = {
    "source": "domainfolder",
    "path": "mine",
    "size_px": SIZE,
    "held_out": 0.25,
    "seed": 0,
    "origin": "made for a test",
}


def write_images(folder) -> None:
    """Write noise in which a class has a bright half; a domain says which one."""
    rng = np.random.default_rng(0)
    for domain in range(DOMAINS):
        for label in range(CLASSES):
            own = folder / f"place_{domain}" / f"class_{label}"
            own.mkdir(parents=True)
            for number in range(EACH):
                pixels = rng.integers(0, 100, (SIZE, SIZE, 3))
                pixels[: SIZE // 2] += 120 * label
                turned = np.rot90(pixels.astype(np.uint8), domain)
                content = io.BytesIO()
                Image.fromarray(turned).save(content, "PNG")
                (own / f"{number}.png").write_bytes(content.getvalue())


@pytest.fixture
def write_study(make_tiny, tmp_path, monkeypatch):
    """Return a function that puts a study of the images into a folder."""

    def write(text: str):
        folder = make_tiny(tmp_path)
        write_images(folder / "mine")
        config = folder / "config"
        top = yaml.safe_load((config / "config.yaml").read_text())
        write_yaml(config / "config.yaml", top | {"studies": ["mine"], "seeds": None})
        write_yaml(config / "datasets" / "mine.yaml", DATASET)
        write_yaml(config / "studies" / "mine.yaml", yaml.safe_load(text))
        monkeypatch.delenv("FEDORBIT_DATA", raising=False)
        return folder

    return write


def test_experts_learn_from_a_users_own_folders(write_study, snakemake):
    folder = write_study(STUDY)
    results = "results/mine/tables"
    targets = [f"{results}/summary.csv", f"{results}/leakage.csv"]
    status, output = snakemake(folder, "--cores", "2", "--", *targets)
    assert status == 0, output

    # Three quarters are for training; a quarter of those is held out.
    partition = pd.read_parquet(folder / "results/mine/partitions/default.parquet")
    train = DOMAINS * CLASSES * EACH * 3 // 4
    assert len(partition) == train - round(0.25 * train)
    summary = pd.read_csv(folder / targets[0])
    assert set(summary["strategy"]) == {"ems", "fl_filled"}
    leaks = pd.read_csv(folder / targets[1])
    assert leaks["cluster"].nunique() == DOMAINS
    assert ((leaks["leakage"] >= 0) & (leaks["leakage"] <= 1)).all()


def test_experts_on_a_transformer_have_a_table_of_use_and_no_check_on_points(
    write_study, snakemake
):
    folder = write_study(ON_A_TRANSFORMER)
    table = "results/mine/tables/use.csv"
    status, output = snakemake(folder, "--cores", "2", "--", table)
    assert status == 0, output
    use = pd.read_csv(folder / table)
    # Each of four clusters is told all eight experts; two are its own.
    assert len(use) == DOMAINS * 8
    assert use.groupby("cluster")["assigned"].sum().eq(2).all()
    # Gates of a sample sum to 1, also of the experts that are its cluster's own.
    assert np.allclose(use.groupby("cluster")[["before", "after"]].sum(), 1, atol=1e-5)

    # Points of teachers are no images, so there is nothing to check them by.
    asked = ("--cores", "1", "--dry-run", "--", "all_mine")
    status, output = snakemake(folder, *asked)
    assert status == 0, output
    assert "plot_leakage" in output
    assert "check_experts" not in output
