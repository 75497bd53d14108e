"""With how many seeds a run is made."""

import pytest

from fedorbit.studies.study import load_study

SEEDS = list(range(10))


@pytest.fixture(scope="module")
def study(project, tmp_path_factory):
    """Return fedmeld with two sweeps that share a run, one of them with few seeds."""
    folder = tmp_path_factory.mktemp("config")
    for name in (
        "studies/fedmeld.yaml",
        "scales/quick.yaml",
        "scales/mnist.yaml",
        "scales/paper.yaml",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text((project / "config" / name).read_text())
    ratio = "strategies.fedmeld.mixing_ratio"
    (folder / "studies/mine.yaml").write_text(
        f"""
extends: fedmeld
description: Two sweeps
figures: null
sweeps:
  few: {{strategies: [fedmeld], seeds: 2, over: [{{{ratio}: [0.1, 0.2, 0.5]}}]}}
  many: {{strategies: [fedmeld], over: [{{{ratio}: [0.2, 0.3]}}]}}
provenance:
  sweeps: "assumed: for a test"
"""
    )
    return load_study(folder, "mine", "quick")


@pytest.mark.parametrize(
    ("setting", "seeds"),
    [
        ("mixing_ratio=0.1", [0, 1]),
        ("mixing_ratio=0.2", SEEDS),
        ("mixing_ratio=0.3", SEEDS),
        ("default", SEEDS),
    ],
)
def test_a_run_has_as_many_as_the_sweep_that_wants_most(study, setting, seeds):
    assert study.seeds_of("fedmeld", setting, SEEDS) == seeds
