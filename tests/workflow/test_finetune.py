"""Split fine-tuning on a tiny star, from the pretrained model to the verdicts."""

import json
import re

import pandas as pd
import yaml
from tests.tiny import write_yaml

STUDY = """
kind: aboard
extends: finetune
description: Split fine-tuning, for a test
claims: finetune
seeds: [0, 1]
scenario:
  hours: 4
  constellation: {planes: 3, satellites_per_plane: 9}
clients: {samples: 100}
dataset: small_tiles
model:
  {dim: 8, depth: 1, heads: 1, checkpoint: data/models/small.safetensors}
training: {local_steps: 2, batch_size: 4}
evaluation: {interval_rounds: 5, samples: 100}
latency: {starts_h: [0, 1], speeds_flop_s: [1.0e+9, 1.0e+12]}
target_accuracy: 0.2
strategies:
  split: {rounds: 12}
  onboard: {rounds: 12}
  raw_download: {rounds: 12}
  autoflsat: {exchanges: 12}
  fedavg_satellites: {participants: 3, rounds: 12}
  fedprox_satellites: {participants: 3, rounds: 12}
  fedbuff_satellites: {buffer_size: 2, rounds: 12}
sweeps:
  constellations: null
  schedules: null
  backbone: null
  stations:
    strategies: [split]
    over:
      - scenario.stations.file: [data/stations/polar.csv, data/stations/fourteen.csv]
  energy:
    strategies: [onboard]
    over:
      - clients.battery:
          - null
          - {capacity_j: 1.0e+5, floor: 0.5, start: 1.0, panel_w: 60.0, idle_w: 20.0,
             compute_w: 40.0, send_w: 15.0}
figures: null
provenance: "chosen: for a test"
"""


def write_files(folder) -> None:
    config = folder / "config"
    write_yaml(config / "studies" / "small.yaml", yaml.safe_load(STUDY))
    tiles = yaml.safe_load((config / "datasets" / "landcover.yaml").read_text())
    sizes = {"size_px": 8, "train_samples": 300, "test_samples": 100}
    write_yaml(config / "datasets" / "small_tiles.yaml", tiles | sizes)
    model = yaml.safe_load((config / "models" / "landcover.yaml").read_text())
    model["model"] |= {"dim": 8, "depth": 1, "heads": 1}
    model["pretraining"] |= {"steps": 3, "batch_size": 4, "decoder_dim": 8}
    write_yaml(config / "models" / "small.yaml", model | {"dataset": "small_tiles"})


def test_split_fine_tuning_from_the_model_to_the_verdicts(
    make_tiny, snakemake, tmp_path
):
    folder = make_tiny(tmp_path)
    top = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    top |= {"studies": ["small"], "seeds": None}
    write_yaml(folder / "config" / "config.yaml", top)
    write_files(folder)
    status, output = snakemake(folder, "--cores", "2", "--", "all_small")
    assert status == 0, output
    assert_every_strategy_learns_and_what_crosses_is_told(folder)
    assert_split_and_on_board_learn_the_same_heads(folder)
    assert_claims_are_judged_by_legs_and_totals(folder)
    assert_a_satellite_that_waits_for_charge_is_later(folder)
    assert_afterwards_nothing_is_to_be_done(folder, snakemake)
    assert_an_edit_of_a_strategy_redoes_its_own(folder, snakemake)


def assert_every_strategy_learns_and_what_crosses_is_told(finished):
    results = finished / "results" / "small"
    rounds = pd.read_csv(results / "rounds.csv")
    own = rounds[rounds["setting"] == "default"]
    strategies = yaml.safe_load(STUDY)["strategies"]
    assert set(own["strategy"]) == set(strategies)
    assert set(own["seed"]) == {0, 1} and "orbit" in set(own["group"])
    payloads = pd.read_csv(results / "tables" / "payloads.csv")
    sent = payloads.groupby("strategy")["payload"].agg(set)
    assert sent["split"] == {"embedding", "feature", "model"}
    assert sent["raw_download"] == {"raw", "model"}
    assert sent["onboard"] == sent["fedavg_satellites"] == {"model"}


def assert_split_and_on_board_learn_the_same_heads(finished):
    rounds = pd.read_csv(finished / "results" / "small" / "rounds.csv")
    own = rounds[(rounds["setting"] == "default") & (rounds["group"] == "orbit")]
    by = ["seed", "round", "model"]
    sides = [own[own["strategy"] == s].set_index(by) for s in ("split", "onboard")]
    columns = ["accuracy", "loss"]
    pd.testing.assert_frame_equal(sides[0][columns], sides[1][columns])
    assert own["accuracy"].nunique() > 3


def assert_claims_are_judged_by_legs_and_totals(finished):
    results = finished / "results" / "small"
    claims = pd.read_csv(results / "claims.csv").set_index("claim")
    assert claims.loc["B-C2", "verdict"] == "holds by derivation"
    assert claims.loc["B-C9", "verdict"] == "holds by derivation"
    assert claims.loc["B-C8", "verdict"].startswith("not testable here")
    totals = pd.read_csv(results / "tables" / "totals.csv")
    assert set(totals["speed_flop_s"]) == {1e9, 5e11, 1e12}
    for name in ("latency", "downlink", "planes", "ratio", "accuracy", "scoreboard"):
        assert "<svg" in (results / "figures" / f"{name}.svg").read_text()[:2000]


def assert_a_satellite_that_waits_for_charge_is_later(finished):
    results = finished / "results" / "small"
    cells = pd.read_csv(results / "tables" / "cells.csv")
    setting = cells[cells["sweep"] == "energy"]["setting"].iloc[-1]
    verdict = results / "plans" / setting / "onboard" / "verdict.json"
    assert json.loads(verdict.read_text())["feasible"]
    assert (results / "skies" / "default" / "sunlight.parquet").is_file()


def assert_afterwards_nothing_is_to_be_done(finished, snakemake):
    status, output = snakemake(finished, "-n", "--", "all_small")
    assert status == 0 and "Nothing to be done" in output


def assert_an_edit_of_a_strategy_redoes_its_own(finished, snakemake):
    path = finished / "src" / "fedorbit" / "plans" / "strategies" / "raw_download.py"
    text = path.read_text()
    path.write_text(f"{text}\n# edited\n")
    try:
        status, output = snakemake(finished, "-n", "--", "all_small")
    finally:
        path.write_text(text)
    assert status == 0
    assert set(re.findall(r"Planning (\w+) for", output)) == {"raw_download"}
    assert "Training split" not in output and "Measuring the legs" not in output
