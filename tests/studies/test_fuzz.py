"""Damaged configs are read rightly, or refused in one sentence, and soon.

Set ``FEDORBIT_FUZZ`` to a number of files to try more of them.
"""

import math
import os
import time
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import yaml
from tests.studies import fuzz
from tests.tiny import CARD, REGIONS, SCALE, SCENARIO, STATIONS, STRATEGIES, SWEEPS

from fedorbit.base.errors import UNSEEN, InputError
from fedorbit.studies.catalogue import load_catalogue, read_config

FILES = int(os.environ.get("FEDORBIT_FUZZ", "300"))
SLOW_S = 20.0  # far above the longest, also on a busy machine
UNSOURCED = "assumed: for a test"


@pytest.fixture(scope="module")
def good(tmp_path_factory, project) -> Path:
    """Return a folder with a small project, whose config is good."""
    folder = tmp_path_factory.mktemp("good")
    config = project / "config"
    for name in ("config/studies", "config/scales", "config/cards", "config/datasets"):
        (folder / name).mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data/regions.csv").write_text(REGIONS)
    (folder / "data/stations.csv").write_text(STATIONS)
    paper = yaml.safe_load((config / "studies/fedmeld.yaml").read_text())
    sky = yaml.safe_load((config / "studies/orbits.yaml").read_text())
    scenario = paper["scenario"] | SCENARIO | {"hours": 1}
    scenario["regions"] = {"file": "data/regions.csv", "min_elevation_deg": 25}
    scenario["stations"] = {"file": "data/stations.csv", "min_elevation_deg": 10}
    sky["scenario"]["regions"] = scenario["regions"]
    sky["ageing"]["snapshots"] = ["data/regions.csv", "data/stations.csv"]
    keys = ("kind", "links", "clients", "partition", "training", "evaluation", "seeds")
    tiny = {key: paper[key] for key in keys} | {
        "description": "Two strategies, for a test",
        "scenario": scenario,
        "strategies": STRATEGIES,
        "sweeps": SWEEPS,
        "figures": {"mixing": {"x": "strategies.fedmeld.mixing_ratio", "y": ["loss"]}},
        "perturbation": paper["perturbation"],
        "provenance": UNSOURCED,
    }
    engine = {"device": "cpu", "numerics": "fast", "checkpoint_operations": 20}
    top = {"studies": ["tiny", "sky"], "scale": "quick", "seeds": [0, 1]}
    files = {
        "config.yaml": top | {"engine": engine},
        "studies/tiny.yaml": tiny,
        "studies/sky.yaml": sky,
        "scales/quick.yaml": SCALE
        | {"dataset": "clouds", "training": {"learning_rate": 0.2}},
        "cards/tiny.yaml": CARD,
        "datasets/clouds.yaml": yaml.safe_load(
            (config / "datasets/gaussians.yaml").read_text()
        ),
        "plotting.yaml": yaml.safe_load((config / "plotting.yaml").read_text()),
    }
    for name, values in files.items():
        text = yaml.safe_dump(values, sort_keys=False)
        (folder / "config" / name).write_text(text)
    return folder


def leaves(values):
    """Yield all keys and values of nested ones."""
    if isinstance(values, dict):
        for key, value in values.items():
            assert isinstance(key, str)
            yield key
            yield from leaves(value)
    elif isinstance(values, list):
        for value in values:
            yield from leaves(value)
    else:
        yield values


def is_visible(text: str) -> bool:
    return not any(unicodedata.category(c) in UNSEEN for c in text)


def assert_plausible(catalogue) -> None:
    """Assert that nothing is in a catalogue that no study means."""
    for study in catalogue.studies.values():
        assert 0 < study.values["scenario"]["hours"] <= 8766
        assert len(study.settings) <= 10_000
        for value in leaves(study.values):
            if isinstance(value, str):
                assert is_visible(value.replace("\n", "").replace("\t", ""))
            elif value is not None:
                assert math.isfinite(value) and abs(value) <= 1e24


def try_config(seed: int, folder: Path) -> str:
    """Read one damaged config; return what became of it."""
    random = Random(seed)
    path = Path("config") / random.choice(fuzz.FILES)
    text = path.read_text()
    path.write_bytes(fuzz.damaged(text, random))
    begin = time.perf_counter()
    try:
        catalogue = load_catalogue("config", read_config("config", {}))
    except InputError as error:
        sentence = str(error)
        assert sentence.startswith("config/") and sentence[-1] in ".?"
        assert is_visible(sentence) and len(sentence) < 3000
        return "refused"
    finally:
        path.write_text(text)
        assert time.perf_counter() - begin < SLOW_S
    assert_plausible(catalogue)
    return "read"


def test_damaged_configs(good, monkeypatch):
    monkeypatch.chdir(good)
    assert try_good() == "read"
    results = Counter(try_config(seed, good) for seed in range(FILES))
    print(f"{FILES} configs: {dict(results)}")
    assert min(results["read"], results["refused"]) > FILES / 50


def try_good() -> str:
    catalogue = load_catalogue("config", read_config("config", {}))
    assert_plausible(catalogue)
    return "read"
