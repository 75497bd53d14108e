"""Plans made with old elements come from the workflow, and need no real snapshots."""

import pandas as pd
import yaml
from tests.tiny import write_yaml

BLOCK = {
    "ages_days": [0, 20],
    "drift": {"median_late_s_per_day2": 0.22, "seed": 0},
    "patience_s": 60,
}


def test_an_optional_block_gives_a_table_and_a_figure(copied, snakemake, monkeypatch):
    path = copied / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    study["perturbation"] = BLOCK
    study["provenance"]["perturbation"] = "assumed: for a test"
    write_yaml(path, study)
    monkeypatch.delenv("FEDORBIT_DATA", raising=False)
    results = copied / "results" / "tiny"
    assert {
        "tables/perturbation.csv",
        "figures/perturbation.svg",
        "perturbation/age_days=20/record.parquet",
    } <= snakemake.pending(copied)
    figure = "results/tiny/figures/perturbation.svg"
    status, output = snakemake(copied, "--cores", "2", figure)
    assert status == 0, output
    table = pd.read_csv(results / "tables" / "perturbation.csv")
    assert table["age_days"].tolist() == [0, 20]
    assert table["on_time_percent"].iloc[0] == 100 > table["on_time_percent"].iloc[1]
    # At the age 0 it is the plan itself, whose run the study has.
    for name in ("ops", "ledger"):
        flown = results / "perturbation" / "age_days=0" / f"{name}.parquet"
        planned = results / "plans" / "default" / "fedmeld" / f"{name}.parquet"
        assert flown.read_bytes() == planned.read_bytes()
    assert not (results / "perturbation" / "age_days=0" / "record.parquet").exists()
    summary = pd.read_csv(results / "tables" / "summary.csv", index_col="strategy")
    own = summary.loc["fedmeld", "accuracy_mean"]
    assert table["accuracy"].iloc[0] == own
    assert table["accuracy"].notna().all()
