import math

import numpy as np
import pandas as pd
import pytest

from fedorbit.base.errors import RunError
from fedorbit.report.claims.checks import CHECKS
from fedorbit.report.claims.claims import COLUMNS, judge_claims, load_claims, verdict
from fedorbit.report.claims.evidence import Evidence, NotTested, Value
from fedorbit.report.claims.measures import (
    MEASURES,
    BitsRatio,
    Difference,
    DifferenceOfCells,
    ShareOfCells,
    Trend,
    TrendOfBest,
)
from fedorbit.report.claims.theory import BoundRatio, BoundSlope, Theory
from fedorbit.report.numbers.rounds import ROUNDS

RATIO = "strategies.fedmeld.mixing_ratio"
MIX = "partition.region_concentration"


def run(strategy, setting, seed, accuracies, bits=(1, 0, 0, 0)) -> list[tuple]:
    """Return rounds of one region, one in an hour, with bits sent in each of them."""
    return [
        (strategy, setting, seed, number, 3600.0 * number, "region/A", "region", "test")
        + (accuracy, 1 - accuracy, *(number * each for each in bits), 0, 3600.0)
        for number, accuracy in enumerate(accuracies)
    ]


def evidence(runs, cells=(), keys=(), convex=None, target=0.8) -> Evidence:
    return Evidence(
        pd.DataFrame([row for some in runs for row in some], columns=ROUNDS),
        pd.DataFrame(cells, columns=["sweep", "cell", "strategy", "setting", *keys]),
        target,
        convex,
    )


def measure(metric, given: Evidence) -> Value:
    return MEASURES[type(metric)](metric, given)


def difference(**values) -> Difference:
    given = {"name": "difference", "quantity": "accuracy"}
    return Difference(**given, strategy="fedmeld", baseline="hfl", **values)


TWO = evidence(
    [run("fedmeld", "default", s, [0.1, a]) for s, a in enumerate((0.8, 0.9, 0.7))]
    + [run("hfl", "default", s, [0.1, a]) for s, a in enumerate((0.7, 0.6, 0.6))]
)


def test_a_difference_is_paired_over_seeds():
    found = measure(difference(), TWO)
    # 0.1, 0.3, 0.1: mean 1 / 6, deviation 0.11547, 4.3027 * 0.11547 / sqrt(3).
    assert found.value == pytest.approx(0.5 / 3)
    assert found.high - found.value == pytest.approx(0.28684, abs=1e-5)


def test_what_a_study_lacks_is_not_tested():
    with pytest.raises(NotTested, match="no run of pfl"):
        measure(difference().model_copy(update={"baseline": "pfl"}), TWO)
    with pytest.raises(NotTested, match="no sweep 'time_limit'"):
        measure(difference(sweep="time_limit"), TWO)


def bits_ratio(links, given):
    named = {"name": "bits_ratio", "strategy": "fedmeld", "baseline": "hfl"}
    return measure(BitsRatio(**named, links=links), given)


def test_bits_to_the_target_are_those_of_the_links_that_count():
    given = evidence(
        [
            row
            for seed in range(3)
            for row in (
                run("fedmeld", "default", seed, [0.1, 0.5, 0.8], (8, 0, 0, 5)),
                run("hfl", "default", seed, [0.1, 0.8, 0.9], (10, 6, 0, 6)),
            )
        ]
    )
    # At the target after two rounds and one: 16 against 10, and 0 against 6.
    assert bits_ratio(["access"], given).value == pytest.approx(1.6)
    assert bits_ratio(["access", "feeder"], given).value == pytest.approx(1.0)
    assert bits_ratio(["feeder"], given).value == 0
    with pytest.raises(NotTested, match="hfl sends nothing on isl"):
        bits_ratio(["isl"], given)


def test_a_target_that_is_missed_makes_bits_a_bound_or_infinite():
    def given(ours, theirs):
        return evidence(
            [
                run(strategy, "default", seed, levels, (4, 0, 0, 0))
                for seed in range(3)
                for strategy, levels in (("fedmeld", ours), ("hfl", theirs))
            ]
        )

    high, low = [0.1, 0.9], [0.1, 0.2, 0.3]
    # The baseline's 8 bits at the end stand for the more that it would need.
    assert bits_ratio(["access"], given(high, low)).value == pytest.approx(0.5)
    assert bits_ratio(["access"], given(low, high)).value == math.inf
    assert verdict(bits_ratio(["access"], given(low, high)), None, 0.5) == (
        "not reproduced"
    )
    with pytest.raises(NotTested, match="neither strategy reaches 80 %"):
        bits_ratio(["access"], given(low, low))


# Final accuracies by concentration (rows 0.1, 1) and ratio (columns 0, 0.3, 0.6).
GRID = {0.1: (0.2, 0.6, 0.7), 1.0: (0.5, 0.9, 0.8)}


def mixing(spread: float = 0.0) -> Evidence:
    cells, runs = [], []
    for mix, row in GRID.items():
        for ratio, accuracy in zip((0.0, 0.3, 0.6), row, strict=True):
            name = f"{mix},{ratio}"
            cells.append(("mixing_region", name, "fedmeld", name, ratio, mix))
            cells.append(("mixing_region", name, "hfl", f"hfl-{mix}", ratio, mix))
            for seed in range(3):
                level = accuracy + spread * seed
                runs.append(run("fedmeld", name, seed, [0.1, level]))
                if ratio == 0:
                    runs.append(run("hfl", f"hfl-{mix}", seed, [0.1, 0.65]))
    return evidence(runs, cells, [RATIO, MIX])


def test_cells_are_found_by_their_values():
    metric = DifferenceOfCells(
        name="difference_of_cells",
        quantity="accuracy",
        sweep="mixing_region",
        strategy="fedmeld",
        where={MIX: "least", RATIO: 0.6},
        against={MIX: "least", RATIO: "least"},
    )
    found = measure(metric, mixing())
    assert (found.value, found.low) == pytest.approx((0.5, 0.5))
    missing = metric.model_copy(update={"where": {RATIO: 0.5}})
    with pytest.raises(NotTested, match="no cell with .*mixing_ratio 0.5"):
        measure(missing, mixing())
    other = metric.model_copy(update={"where": {"clients.per_region": 1}})
    with pytest.raises(NotTested, match="not over clients.per_region"):
        measure(other, mixing())


def test_the_best_ratio_is_correlated_with_the_concentration():
    metric = TrendOfBest(
        name="trend_of_best",
        sweep="mixing_region",
        strategy="fedmeld",
        best=RATIO,
        axis=MIX,
    )
    # Best 0.6 at 0.1 and 0.3 at 1: the one falls as the other rises.
    found = measure(metric, mixing())
    assert (found.value, found.low, found.high) == pytest.approx((-1, -1, -1))


def test_the_share_of_cells_counts_those_no_worse():
    metric = ShareOfCells(
        name="share_of_cells",
        sweep="mixing_region",
        strategy="fedmeld",
        baseline="hfl",
    )
    # 0.7, 0.9 and 0.8 are at least 0.65, the other three are not.
    assert measure(metric, mixing()).value == pytest.approx(0.5)
    # With seed 2, 0.6 is 0.7: shares 3/6, 3/6 (0.65 is not below 0.65) and 4/6.
    found = measure(metric, mixing(spread=0.04))
    assert found.value == pytest.approx((3 / 6 + 3 / 6 + 4 / 6) / 3)


def test_a_trend_at_equal_rounds_ignores_what_longer_runs_learn_later():
    key = "strategies.fedmeld.round_interval"
    runs, cells = [], []
    for interval, levels in ((1, [0.1, 0.5, 0.6]), (2, [0.1, 0.4, 0.5, 0.9])):
        cells.append(("staleness", str(interval), "fedmeld", str(interval), interval))
        runs += [run("fedmeld", str(interval), seed, levels) for seed in range(3)]
    given = evidence(runs, cells, [key])
    values = {"name": "trend", "quantity": "accuracy", "sweep": "staleness"}
    values |= {"strategy": "fedmeld", "axis": key}
    assert measure(Trend(**values, at="end"), given).value == pytest.approx(1)
    # After two rounds, 0.6 against 0.5.
    assert measure(Trend(**values, at="equal_rounds"), given).value == pytest.approx(-1)


@pytest.mark.parametrize("check", CHECKS)
def test_the_theory_holds_on_all_instances(check):
    metric = Theory(name="theory", check=check, instances=1000, seed=0)
    assert measure(metric, TWO) == Value(1, 1, 1)


def test_a_wrong_solver_lowers_the_share(monkeypatch):
    monkeypatch.setattr(
        "fedorbit.report.claims.checks.smallest_interval", lambda latency: 3
    )
    metric = Theory(
        name="theory", check="delta_is_the_least_allowed", instances=1000, seed=0
    )
    assert 0 < measure(metric, TWO).value < 0.5


def convex_case(losses: str, regions: int, power: float, ratio: float):
    steps = np.arange(1, 101)
    case = {"losses": losses, "regions": regions, "round_interval": 1}
    values = {"mixing_ratio": 0.2, "sampled_per_region": 4, "seed": 0}
    columns = {"round": steps, "offset_steps": steps, "measured": steps**power}
    return pd.DataFrame(columns | {"largest_ratio": ratio}).assign(**case, **values)


def test_convex_losses_are_held_against_the_bound_and_its_slope():
    cases = [
        convex_case("noise", 2, -1.0, 0.1),
        convex_case("noise", 5, -1.2, 0.2),
        convex_case("drift", 5, -2.0, 0.3),
    ]
    given = evidence([], convex=pd.concat(cases))
    ratio = measure(BoundRatio(name="bound_ratio"), given)
    assert (ratio.value, ratio.low, ratio.high) == (0.3, 0.3, 0.3)
    noise = measure(BoundSlope(name="bound_slope", losses="noise"), given)
    assert (noise.value, noise.low, noise.high) == pytest.approx((-1.1, -1.2, -1.0))
    drift = measure(BoundSlope(name="bound_slope", losses="drift"), given)
    assert drift.value == pytest.approx(-2.0)
    with pytest.raises(NotTested, match="convex"):
        measure(BoundRatio(name="bound_ratio"), TWO)


@pytest.mark.parametrize(
    ("ends", "edges", "expected"),
    [
        ((0.1, 0.3), (0, None), "reproduced"),
        ((0.0, 0.3), (0, None), "reproduced"),
        ((-0.1, 0.3), (0, None), "inconclusive"),
        ((-0.3, -0.1), (0, None), "not reproduced"),
        ((0.2, 0.4), (None, 0.5), "reproduced"),
        ((0.4, 0.6), (None, 0.5), "inconclusive"),
        ((0.6, 0.7), (None, 0.5), "not reproduced"),
        ((-1.1, -0.9), (-1.25, -0.75), "reproduced"),
        ((-2.0, 0.0), (-1.25, -0.75), "inconclusive"),
        ((-0.5, -0.4), (-1.25, -0.75), "not reproduced"),
        ((1, 1), (1, 1), "reproduced"),
        ((0.999, 0.999), (1, 1), "not reproduced"),
    ],
)
def test_the_verdict_is_where_the_interval_lies(ends, edges, expected):
    assert verdict(Value(sum(ends) / 2, *ends), *edges) == expected


def test_the_claims_of_fedmeld_all_get_a_verdict(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    table = judge_claims(claims, TWO)
    assert list(table.columns) == COLUMNS
    assert {name.rstrip("abc") for name in table["claim"]} == {
        f"A-C{number}" for number in range(1, 12)
    }
    by_name = table.set_index("claim")
    assert by_name.loc["A-C1a", "verdict"] == "inconclusive"
    assert by_name.loc["A-C7", "verdict"] == "reproduced"
    reason = "not tested: the study has no sweep 'staleness'"
    assert by_name.loc["A-C3", "verdict"] == reason


@pytest.mark.filterwarnings("ignore")  # SciPy's, about a single seed
def test_a_value_that_is_no_number_is_an_error(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    lost = TWO.rounds.assign(accuracy=math.nan)
    with pytest.raises(RunError, match="A-C1a has no verdict"):
        judge_claims(claims, Evidence(lost, TWO.cells, 0.8, None))


def test_a_single_seed_judges_nothing_but_theory(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    single = Evidence(TWO.rounds.query("seed == 0"), TWO.cells, 0.8, None)
    verdicts = judge_claims(claims, single).set_index("claim")["verdict"]
    assert verdicts["A-C1a"] == "not tested: a single seed has no interval"
    assert verdicts["A-C4a"] == "reproduced"


CLAIM = """
claims:
  X:
    statement: It is better
    source: "seen: abstract"
    metric: {name: difference, quantity: accuracy, strategy: a, baseline: b}
    low: 0
    high: null
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low: 0", "low: null", "both null"),
        ("high: null", "high: -1", "swap them"),
        ('"seen: abstract"', '"heard: abstract"', "heard"),
        ("name: difference", "name: differenze", "'difference'"),
        ("quantity: accuracy", "quantity: bits", "quantity"),
        ("baseline: b", "baselin: b", "did you mean 'baseline'?"),
    ],
)
def test_claims_that_make_no_sense_are_refused(tmp_path, refused, old, new, said):
    path = tmp_path / "claims.yaml"
    path.write_text(CLAIM)
    load_claims(path)
    path.write_text(CLAIM.replace(old, new))
    sentence = refused(load_claims, path)
    assert said in sentence
    assert str(path) in sentence
