"""A designer's study from its file to its figures: few cells, two regions, an hour."""

import pandas as pd
import pytest
from tests.tiny import write_yaml

STUDY = {
    "extends": "design",
    "description": "Two constellations over two regions",
    "seeds": [0],
    "scenario": {
        "hours": 2,
        "regions": {"file": "data/regions/tiny.csv"},
        "stations": {"file": "data/stations/tiny.csv"},
    },
    "grid": {
        "planes": [2, 12],
        "satellites_per_plane": [12],
        "altitude_km": [1200],
        "shapes": [{"pattern": "delta", "inclination_deg": 87}],
        "min_elevation_deg": [25],
        "stations": [1],
    },
    "forecast": {"exchanges": 30, "alone_rounds": 8, "cells": 2, "draw_seed": 0},
    "clients": {"per_region": 2, "compute_flop_s": 1.0e6},
    "training": {"learning_rate": 0.2, "batch_size": 32},
    "provenance": "assumed: for a test",
}


@pytest.mark.slow
def test_a_design_is_planned_forecast_and_checked(make_tiny, snakemake, tmp_path):
    folder = make_tiny(tmp_path)
    write_yaml(folder / "config" / "studies" / "mine.yaml", STUDY)
    asked = ("--config", 'studies=["mine"]', "seeds=[0]")
    status, output = snakemake(folder, "--cores", "2", *asked, "--", "all_mine")
    assert status == 0, output
    results = folder / "results" / "mine"
    designs = pd.read_csv(results / "tables" / "designs.csv")
    assert len(designs) == 2 * 3
    planned = designs[designs["reason"].isna()]
    assert {"fedmeld", "hfl"} <= set(planned["strategy"])
    assert designs.loc[designs["reason"].notna(), "hours_per_average"].isna().all()
    forecasts = pd.read_csv(results / "tables" / "forecasts.csv")
    both = forecasts.dropna(subset=["forecast_hours", "trained_hours"])
    averaged = both[both["strategy"] != "fedmeld"]
    # What averages all regions learns what the pilot has learned, whatever the sky.
    assert len(averaged)
    assert (averaged["forecast_exchanges"] == averaged["trained_exchanges"]).all()
    for name in ("designs", "pareto", "forecasts"):
        assert (results / "figures" / f"{name}.svg").read_text().startswith("<?xml")
    status, output = snakemake(
        folder, "--cores", "2", "--dry-run", *asked, "--", "all_mine"
    )
    assert status == 0 and "Nothing to be done" in output
