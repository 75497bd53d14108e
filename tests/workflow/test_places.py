"""Ground stations and places anywhere are optional blocks of a study that learns."""

import pandas as pd
import pytest
import yaml
from tests.tiny import write_yaml

STATIONS = """name,latitude_deg,longitude_deg,altitude_m
Azores,36.99,-25.13,200
Canberra,-35.40,148.98,700
"""


def test_stations_and_places_are_tables_and_figures(copied, snakemake):
    path = copied / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    study["candidate_stations"] = "data/stations/others.csv"
    study["availability"] = {"strategies": ["fedmeld"], "step_deg": 60}
    study["draws"] = {"seed": 0, "skies": 2, "strategies": ["fedmeld", "hfl"]}
    study["draws"]["stations"] = [1, 2]
    study["provenance"]["draws"] = "assumed: for a test"
    study["provenance"]["candidate_stations"] = "assumed: for a test"
    study["provenance"]["availability"] = "assumed: for a test"
    write_yaml(path, study)
    status, output = snakemake(copied, "--cores", "2", "-n")
    assert status and "candidate_stations is 'data/stations/others.csv'" in output
    (copied / "data/stations/others.csv").write_text(STATIONS)
    results = copied / "results" / "tiny"
    figures = ["figures/stations.svg", "figures/availability.svg"]
    assert {*figures, "tables/places.csv"} <= snakemake.pending(copied)
    targets = [f"results/tiny/{figure}" for figure in figures]
    targets.append("results/tiny/tables/spread.csv")
    status, output = snakemake(copied, "--cores", "2", *targets)
    assert status == 0, output
    table = pd.read_csv(results / "tables" / "stations.csv")
    assert sorted(table["station"]) == ["Azores", "Canberra"]
    assert (table["passes"] > 0).all()
    draws = pd.read_csv(results / "tables" / "draws.csv")
    assert list(draws["strategy"]) == ["fedmeld", "hfl", "hfl"] * 2
    assert list(draws["stations"]) == [0, 1, 2] * 2
    assert draws["start"].nunique() == 2
    table = pd.read_csv(results / "tables" / "availability.csv")
    assert table["hour"].tolist() == [1.0]
    assert table["age_h"].between(0, 1).all()
    summary = pd.read_csv(results / "tables" / "summary.csv", index_col="strategy")
    assert table["accuracy_p95"][0] == pytest.approx(
        summary.loc["fedmeld", "accuracy_mean"], abs=0.3
    )
