"""What cannot be planned is a result, and does not take the others with it."""

import re

import pandas as pd
import yaml
from tests.tiny import write_yaml


def test_a_study_with_an_infeasible_strategy_ends_well(make_tiny, snakemake, tmp_path):
    folder = make_tiny(tmp_path)
    path = folder / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    # Within five minutes a model gets to the ground and back, but not between regions.
    study["scenario"]["hours"] = 1 / 12
    del study["sweeps"], study["provenance"]["sweeps"]
    write_yaml(path, study)
    status, output = snakemake(folder, "--cores", "2", "all_tiny")
    assert status == 0, output
    results = folder / "results" / "tiny"
    table = pd.read_csv(results / "tables" / "infeasible.csv")
    of_study = table[table["setting"] == "default"].set_index("strategy")["reason"]
    assert list(of_study.index) == ["fedmeld"]
    assert "no exchange around the ring fits into 0.0833333 h" in of_study["fedmeld"]
    # The tiny study plans two regions over one hour.
    needed = (
        r"It would fit into 0\.\d h; its last flight, from D\w+ to D\w+, arrives at"
    )
    assert re.search(needed, of_study["fedmeld"])
    assert of_study["fedmeld"] in output  # it is told while the workflow runs
    summary = pd.read_csv(results / "tables" / "summary.csv", index_col="strategy")
    assert summary["infeasible"].notna().to_dict() == {"hfl": False, "fedmeld": True}
    assert summary.loc["hfl", "rounds"] > 0
    for name in ("accuracy", "costs", "timeline"):
        assert "infeasible" in (results / "figures" / f"{name}.svg").read_text(), name
