"""Foundation models by the workflow."""

import json

import yaml
from safetensors import safe_open
from tests.learn.vits import SMALL
from tests.tiny import write_yaml

TILES = {
    "source": "landcover",
    "size_px": 16,
    "train_samples": 60,
    "test_samples": 10,
    "seed": 5,
    "origin": "made for a test",
}
MODEL = {
    "origin": "made for a test",
    "dataset": "tiles",
    "model": SMALL,
    "pretraining": {
        "steps": 2,
        "batch_size": 4,
        "masked": 0.5,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "decoder_dim": 8,
        "decoder_depth": 1,
        "seed": 0,
    },
}
TARGET = "data/models/small.safetensors"


def test_a_foundation_model_is_made_from_its_settings_and_its_tiles(
    make_tiny, snakemake, tmp_path
):
    folder = make_tiny(tmp_path)
    config = folder / "config"
    write_yaml(config / "datasets" / "tiles.yaml", TILES)
    write_yaml(config / "models" / "small.yaml", MODEL)
    status, output = snakemake(folder, "--cores", "1", TARGET)
    assert status == 0, output
    first = (folder / TARGET).read_bytes()
    with safe_open(folder / TARGET, "pt") as file:
        assert json.loads(file.metadata()["made_by"]) == MODEL
        # 4 x 4 patches of 13 bands.
        shape = file.get_slice("embedding.patch_embed.proj.weight").get_shape()
    assert shape == [8, 13, 4, 4]

    # The same settings make the same bytes, and others other ones.
    (folder / TARGET).unlink()
    assert snakemake(folder, "--cores", "1", TARGET)[0] == 0
    assert (folder / TARGET).read_bytes() == first
    values = yaml.safe_load((config / "models" / "small.yaml").read_text())
    values["pretraining"]["steps"] = 3
    write_yaml(config / "models" / "small.yaml", values)
    assert snakemake(folder, "--cores", "1", TARGET)[0] == 0
    assert (folder / TARGET).read_bytes() != first


def test_a_bad_foundation_model_ends_with_one_sentence(make_tiny, snakemake, tmp_path):
    folder = make_tiny(tmp_path)
    bad = MODEL | {"pretraining": MODEL["pretraining"] | {"masked": 1.5}}
    write_yaml(folder / "config" / "models" / "small.yaml", bad)
    status, output = snakemake(folder, "--cores", "1", TARGET)
    assert status == 1
    assert "config/models/small.yaml: pretraining.masked is 1.5" in output
    assert not (folder / TARGET).exists()
