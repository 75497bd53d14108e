"""What claims about experts measure: where leads flip, what devices pay, checks."""

import math
from dataclasses import replace

import pandas as pd
import pytest
from tests.plans.expert_scenes import ALL, EMS, OWN, changed, cluster_scene
from tests.plans.test_ems_by_hand import PASSES
from tests.plans.test_federated_experts import ALONE, FL, MASS
from tests.report.test_claims import evidence, measure, run

from fedorbit.plans.strategies.ems import plan_ems
from fedorbit.plans.strategies.fl_experts import plan_fl_experts
from fedorbit.plans.strategies.local_only import plan_local_only
from fedorbit.report.claims.evidence import Evidence
from fedorbit.report.claims.experts import (
    DeviceRatio,
    Flip,
    ShareOfChecks,
    falls_below_zero,
)
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.devices import DEVICES, device_costs

OVERLAP = "partition.overlap"
FLIP = Flip(
    name="flip",
    quantity="accuracy",
    sweep="overlap",
    axis=OVERLAP,
    strategy="ems",
    baseline="fl",
)


def swept(differences):
    """Return evidence of two strategies that differ so much at overlaps, by seed."""
    runs, cells = [], []
    for overlap, by_seed in differences.items():
        name = f"overlap={overlap}"
        for strategy in ("ems", "fl"):
            cells.append(("overlap", name, strategy, name, overlap))
            for seed, more in enumerate(by_seed):
                level = 0.5 + (more if strategy == "ems" else 0.0)
                runs.append(run(strategy, name, seed, [0.1, level]))
    return evidence(runs, cells, [OVERLAP])


def test_a_flip_lies_between_the_values_around_it():
    """Means .1, .05 and -.15: a quarter of the way from .4 to .8."""
    found = measure(FLIP, swept({0.0: [0.1, 0.1], 0.4: [0.04, 0.06], 0.8: [-0.15] * 2}))
    assert found.value == pytest.approx(0.5)
    # Student's t of two seeds is 12.7: the lower end at .4 is .05 - .127, from .1.
    below = 0.4 * 0.1 / (0.1 + 0.0771)
    assert found.low == pytest.approx(below, rel=1e-3)
    above = 0.4 + 0.4 * 0.1771 / (0.1771 + 0.15)
    assert found.high == pytest.approx(above, rel=1e-3)


def test_a_lead_that_is_never_lost_or_never_there():
    never = measure(FLIP, swept({0.0: [0.1, 0.11], 0.4: [0.1, 0.11]}))
    assert (never.value, never.low, never.high) == (math.inf,) * 3
    behind = measure(FLIP, swept({0.0: [-0.1, -0.11], 0.4: [0.3, 0.31]}))
    assert (behind.value, behind.low, behind.high) == (-math.inf,) * 3
    with pytest.raises(NotTestable, match="who leads is not clear at any"):
        measure(FLIP, swept({0.0: [-0.1, 0.1], 0.4: [-0.1, 0.1]}))


def test_a_flip_needs_runs_of_both_at_each_value():
    both = swept({0.0: [0.1, 0.1], 0.4: [-0.1, -0.1]})
    planned = (both.cells["strategy"] == "ems") | (both.cells[OVERLAP] == 0.0)
    with pytest.raises(NotTestable, match="only one of both has runs at .* 0.4"):
        measure(FLIP, replace(both, cells=both.cells[planned]))


def test_a_line_is_below_zero_first_where_it_first_falls():
    assert falls_below_zero([0, 1, 2, 3], [1, -1, 1, -1]) == 0.5
    assert falls_below_zero([0, 1], [0, 0]) == math.inf


# Four experts of 5 Mbit in 100 parameters each; a sample passes two of them.
PART = {"parameters": 100, "training_flop_per_sample": 10.0}
CARD = {
    "model": {"active": 2},
    "training_flop_per_sample": 50.0,
    "parts": {f"expert/{number}": PART for number in range(4)},
}
WORLD = cluster_scene(PASSES, ["G"], horizon_s=700.0)
SCORED = cluster_scene(
    [*PASSES, ("S1", "G", 260, 280), ("S2", "G", 290, 295)], ["G"], horizon_s=700.0
)
EVERYWHERE = changed(FL, server="everywhere")


def costs(plan):
    return dict(zip(DEVICES, device_costs(plan.ops, plan.ledger, CARD), strict=True))


def test_what_a_device_pays_by_hand():
    ems = costs(plan_ems(WORLD, EMS, OWN))
    assert ems == {
        "parameters": 200,
        "flop_per_sample": 50.0,
        "uploads": 12,  # six exchanges of two devices
        "least_bits": 10e6,
        "most_bits": 10e6,
        "score_bits": 0.0,
    }
    everything = costs(plan_fl_experts(WORLD, EVERYWHERE, ALL, MASS))
    assert (everything["parameters"], everything["flop_per_sample"]) == (400, 50.0)
    assert everything["least_bits"] == everything["most_bits"] == 20e6
    # Of a single expert a sample passes no second one.
    single = OWN & [[True, False, True, False]]
    one = costs(plan_ems(WORLD, EMS, single))
    assert (one["parameters"], one["flop_per_sample"]) == (100, 40.0)


def test_scores_are_paid_for_apart_from_experts():
    scored = plan_ems(SCORED, changed(EMS, profiled="in_contact"), OWN)
    assert costs(scored)["score_bits"] == 4 * 32
    assert costs(scored)["least_bits"] == 10e6
    alone = costs(plan_local_only(WORLD, changed(ALONE, round_steps=1), OWN))
    assert (alone["parameters"], alone["uploads"], alone["most_bits"]) == (200, 0, 0.0)


def with_tables(**tables):
    return Evidence(pd.DataFrame(), pd.DataFrame(), 0.8, 100, tables=tables)


def test_a_ratio_of_what_devices_pay_has_its_ends_over_uploads():
    names = ["strategy", "setting", *DEVICES]
    rows = [
        ("ems", "default", 200, 50.0, 12, 10.0, 12.0, 128.0),
        ("ems", "other", 9, 9.0, 9, 9.0, 9.0, 9.0),
        ("fl", "default", 400, 50.0, 3, 40.0, 48.0, 0.0),
    ]
    given = with_tables(devices=pd.DataFrame(rows, columns=names))

    def ratio(quantity, baseline="fl"):
        metric = DeviceRatio(
            name="device_ratio", quantity=quantity, strategy="ems", baseline=baseline
        )
        return measure(metric, given)

    sent = ratio("upload_bits")
    assert (sent.value, sent.low, sent.high) == (0.25, 10 / 48, 12 / 40)
    assert ratio("parameters").value == ratio("parameters").low == 0.5
    assert ratio("flop_per_sample").value == 1
    with pytest.raises(NotTestable, match="no run of hfl"):
        ratio("parameters", "hfl")


def test_the_share_of_checks_that_hold():
    rows = [("recovery", "kmeans", s, s < 3) for s in range(4)]
    rows += [("recovery", "random", s, False) for s in range(4)]
    columns = ["check", "case", "seed", "holds"]
    given = with_tables(checks=pd.DataFrame(rows, columns=columns))

    def share(**of):
        return measure(ShareOfChecks(name="share_of_checks", **of), given).value

    assert share(check="recovery", case="kmeans") == 0.75
    assert share(check="recovery") == 0.375
    with pytest.raises(NotTestable, match="not made the check 'luck'"):
        share(check="luck")
    with pytest.raises(NotTestable, match="no table of checks"):
        metric = ShareOfChecks(name="share_of_checks", check="recovery")
        measure(metric, with_tables())
