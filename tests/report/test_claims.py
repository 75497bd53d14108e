import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from fedorbit.base.errors import RunError
from fedorbit.report.claims.checks import CHECKS
from fedorbit.report.claims.claims import COLUMNS, judge_claims, load_claims
from fedorbit.report.claims.costs import BitsRatio
from fedorbit.report.claims.differences import (
    Difference,
    DifferenceOfCells,
    DifferenceOfLosses,
)
from fedorbit.report.claims.draws import OverDraws
from fedorbit.report.claims.evidence import Evidence, Value
from fedorbit.report.claims.measures import MEASURES
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.claims.theory import BoundRatio, BoundSlope, Theory
from fedorbit.report.claims.thresholds import Threshold, crossing
from fedorbit.report.claims.trends import Trend, TrendOfBest
from fedorbit.report.claims.units import BY_METRIC, unit_of
from fedorbit.report.claims.verdicts import Question, verdicts
from fedorbit.report.numbers.answers import Answers
from fedorbit.report.numbers.rounds import ROUNDS

RATIO = "strategies.fedmeld.mixing_ratio"
MIX = "partition.region_concentration"
MANY = 10**15  # test images, so that they add nothing


def run(strategy, setting, seed, accuracies, bits=(1, 0, 0, 0)) -> list[tuple]:
    """Return rounds of one region, one in an hour, with bits sent in each of them."""
    return [
        (strategy, setting, seed, number, 3600.0 * number, "region/A", "region", "test")
        + (accuracy, 1 - accuracy, *(number * each for each in bits), 0, 3600.0)
        for number, accuracy in enumerate(accuracies)
    ]


def evidence(
    runs, cells=(), keys=(), convex=None, target=0.8, images=MANY, **more
) -> Evidence:
    return Evidence(
        pd.DataFrame([row for some in runs for row in some], columns=ROUNDS),
        pd.DataFrame(cells, columns=["sweep", "cell", "strategy", "setting", *keys]),
        target,
        images,
        convex,
        **more,
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


def test_test_images_widen_a_difference_of_accuracies_and_none_of_losses():
    few = replace(TWO, test_images=100)
    found = measure(difference(), few).estimate
    # Seeds add 0.11547^2 / 3. Means are 0.8 and 0.6333: 100 images add at most
    # min(1.4333, 0.5667) - (1 / 6)^2 over 100.
    most = (2 - 0.8 - 1.9 / 3 - 1 / 36) / 100
    assert found.error**2 == pytest.approx(0.11547**2 / 3 + most, abs=1e-6)
    losses = difference().model_copy(update={"quantity": "loss"})
    assert measure(losses, few) == measure(losses, TWO)


def test_answers_on_record_tell_what_images_add():
    ours, theirs = np.array([0.3, -0.1, -0.2, 0.0]), np.array([0.1, 0.1, -0.2, 0.0])
    answers = {
        ("fedmeld", "default"): {"accuracy": Answers(0.8, ours)},
        ("hfl", "default"): {"accuracy": Answers(1.9 / 3, theirs)},
    }
    given = replace(TWO, test_images=4, answers=answers)
    found = measure(difference(), given).estimate
    # Differences 0.2, -0.2, 0 and 0, of four images: 0.08 * 4 / 3.
    assert found.error**2 == pytest.approx(0.11547**2 / 3 + 0.08 * 4 / 3, abs=1e-6)
    # Answers of another moment than the accuracies say nothing of these.
    answers["hfl", "default"] = {"accuracy": Answers(0.5, theirs)}
    most = measure(difference(), replace(TWO, test_images=4)).estimate
    assert measure(difference(), given).estimate == most


def test_what_a_study_lacks_is_not_tested():
    with pytest.raises(NotTestable, match="no run of pfl"):
        measure(difference().model_copy(update={"baseline": "pfl"}), TWO)
    with pytest.raises(NotTestable, match="no sweep 'time_limit'"):
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
    with pytest.raises(NotTestable, match="hfl sends nothing on isl"):
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
    infinite = Question(bits_ratio(["access"], given(low, high)), -math.inf, 0.5)
    assert verdicts({"X": infinite})["X"].words == "not reproduced"
    # Some of the seeds reach the target with the baseline: a bound it is, from 0 on.
    assert bits_ratio(["access"], given(high, low)).is_at_most
    with pytest.raises(NotTestable, match="neither strategy reaches 80 %"):
        bits_ratio(["access"], given(low, low))


def test_a_ratio_that_is_infinite_with_a_seed_may_be_any_less_where_others_are_bounds():
    high, low = [0.1, 0.9], [0.1, 0.2]

    def given(second_of_hfl):
        pairs = ((low, high), (high, second_of_hfl))
        return evidence(
            [
                run(strategy, "default", seed, levels, (bits, 0, 0, 0))
                for seed, pair in enumerate(pairs)
                for strategy, levels, bits in zip(
                    ("fedmeld", "hfl"), pair, (6, 5), strict=True
                )
            ]
        )

    # Infinite with the first seed; 6 / 5 with the second, or less if hfl misses it.
    sure, bound = (bits_ratio(["access"], given(levels)) for levels in (high, low))
    assert (sure.value, sure.low) == (math.inf, pytest.approx(1.2))
    assert (bound.value, bound.low, bound.high) == (math.inf, 0.0, math.inf)
    words = [
        verdicts({"X": Question(found, -math.inf, 1.0)})["X"].words
        for found in (sure, bound)
    ]
    assert words == ["not reproduced", "undecided"]


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
    with pytest.raises(NotTestable, match="no cell with .*mixing_ratio 0.5"):
        measure(missing, mixing())
    other = metric.model_copy(update={"where": {"clients.per_region": 1}})
    with pytest.raises(NotTestable, match="not over clients.per_region"):
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


def test_the_baseline_of_a_ratio_can_have_the_hours_that_it_needs():
    runs = [
        row
        for seed in range(3)
        for row in (
            run("fedmeld", "default", seed, [0.1, 0.9], (6, 0, 0, 0)),
            run("hfl", "default", seed, [0.1, 0.5], (1, 0, 0, 0)),
            run("hfl", "hours=2", seed, [0.1, 0.5, 0.9], (1, 0, 0, 0)),
        )
    ]
    hours = "scenario.hours"
    cells = [
        ("longer", 0, "hfl", "default", 1),
        ("longer", 1, "hfl", "hours=2", 2),
    ]
    given = evidence(runs, cells, [hours])
    named = {"name": "bits_ratio", "strategy": "fedmeld", "baseline": "hfl"}
    bound = measure(BitsRatio(**named, links=["access"]), given)
    assert (bound.value, bound.is_at_most) == (6.0, True)
    cell = {"baseline_sweep": "longer", "baseline_where": {hours: "greatest"}}
    found = measure(BitsRatio(**named, links=["access"], **cell), given)
    assert (found.value, found.is_at_most) == (3.0, False)


def few_seeds(seeds: int) -> Evidence:
    """Return a sweep of which one cell is the study's own, with three seeds."""
    names = ("fedmeld", "hfl")
    runs = [run(n, "default", seed, [0.1, 0.9]) for n in names for seed in range(3)]
    runs += [run(n, "r=1", seed, [0.1, 0.9]) for n in names for seed in range(seeds)]
    cells = [
        ("few", c, n, s, c) for n in names for c, s in enumerate(("default", "r=1"))
    ]
    return evidence(runs, cells, [RATIO])


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize(
    "metric",
    [
        difference(sweep="few", where={RATIO: 1}),
        difference(sweep="few", at="equal_rounds"),
        BitsRatio(
            name="bits_ratio",
            strategy="fedmeld",
            baseline="hfl",
            links=["access"],
            baseline_sweep="few",
            baseline_where={RATIO: 1},
        ),
        Trend(
            name="trend",
            quantity="accuracy",
            sweep="few",
            strategy="fedmeld",
            axis=RATIO,
            at="end",
        ),
    ],
)
def test_a_sweep_with_fewer_seeds_than_the_study_judges_nothing(metric, seeds):
    said = f"the sweep has {seeds} of the study's 3 seeds"
    with pytest.raises(NotTestable, match=said):
        measure(metric, few_seeds(seeds))
    assert not math.isnan(measure(metric, few_seeds(3)).value)


STATIONS = "scenario.stations.file"


def thresholds(*leads_of_seeds, unit_s: float = 3600.0) -> Value:
    """Return the threshold where the baseline has delays of 1, 4 and 16 hours."""
    runs, cells, delays = [], [], []
    for cell, hours in enumerate((16, 1, 4)):  # the order of a sweep is any
        name = f"stations={hours}"
        delays.append(("hfl", name, unit_s * hours))
        for strategy in ("fedmeld", "hfl"):
            cells.append(("stations", cell, strategy, name, f"{hours}.csv"))
        for seed, leads in enumerate(leads_of_seeds):
            lead = leads[(1, 4, 16).index(hours)]
            runs.append(run("fedmeld", name, seed, [0.1, 0.5 + lead]))
            runs.append(run("hfl", name, seed, [0.1, 0.5]))
    columns = ["strategy", "setting", "exchange_s"]
    tables = {"metrics": pd.DataFrame(delays, columns=columns)}
    metric = Threshold(
        name="threshold",
        quantity="accuracy",
        sweep="stations",
        strategy="fedmeld",
        baseline="hfl",
        where={},
    )
    return measure(metric, evidence(runs, cells, [STATIONS], tables=tables))


def test_exchanges_without_a_delay_have_no_threshold():
    with pytest.raises(NotTestable, match="exchanges of hfl have no delay"):
        thresholds((-0.1, 0.1, 0.1), (-0.1, 0.1, 0.1), unit_s=0.0)


def test_the_threshold_is_where_the_lead_changes_its_sign():
    # From -0.1 at 1 h to 0.1 at 4 h, half way of the logarithms: 2 h. And from -0.1 at
    # 4 h to 0.1 at 16 h: 8 h. Their geometric mean is 4 h.
    found = thresholds((-0.1, 0.1, 0.2), (-0.3, -0.1, 0.1))
    assert found.value == pytest.approx(4)
    assert not (found.is_at_most or found.is_at_least)
    assert found.low * found.high == pytest.approx(16)


def test_a_threshold_beyond_the_delays_is_a_bound():
    ahead = thresholds((0.1, 0.2, 0.2), (-0.1, 0.1, 0.2))
    # At most 1 h and 2 h.
    assert ahead.value == pytest.approx(math.sqrt(2))
    assert (ahead.low, ahead.is_at_most, ahead.is_at_least) == (0.0, True, False)
    behind = thresholds((-0.3, -0.2, -0.1), (-0.3, -0.2, -0.1))
    assert (behind.value, behind.high) == (pytest.approx(16), math.inf)
    assert (behind.is_at_most, behind.is_at_least) == (False, True)


def test_of_several_changes_of_sign_the_last_counts():
    assert crossing([1, 4, 16], [0.1, -0.1, 0.1])[0] == pytest.approx(8)
    assert crossing([1, 4, 16], [-0.1, 0.0, 0.1])[0] == pytest.approx(4)


def test_a_threshold_needs_a_cell_that_both_are_in():
    names = ("fedmeld", "hfl")
    runs = [run(n, n, seed, [0.1, 0.5]) for n in names for seed in range(2)]
    cells = [("stations", c, n, n, f"{c}.csv") for c, n in enumerate(names)]
    delays = pd.DataFrame(
        [("hfl", "hfl", 3600.0)], columns=["strategy", "setting", "exchange_s"]
    )
    metric = Threshold(
        name="threshold",
        quantity="accuracy",
        sweep="stations",
        strategy="fedmeld",
        baseline="hfl",
        where={},
    )
    with pytest.raises(NotTestable, match="fedmeld and hfl have no cell in common"):
        measure(metric, evidence(runs, cells, [STATIONS], tables={"metrics": delays}))


def test_losses_of_two_strategies_are_compared_from_cell_to_cell():
    runs, cells = [], []
    for size, ours, theirs in ((1, 0.7, 0.4), (4, 0.8, 0.9)):
        for strategy, level in (("ems", ours), ("fl", theirs)):
            cells.append(("sizes", size, strategy, f"size={size}", size))
            runs += [run(strategy, f"size={size}", s, [0.1, level]) for s in range(2)]
    metric = DifferenceOfLosses(
        name="difference_of_losses",
        sweep="sizes",
        strategy="ems",
        baseline="fl",
        before={"size": "greatest"},
        after={"size": "least"},
    )
    found = measure(metric, evidence(runs, cells, ["size"], images=100))
    # 0.5 lost against 0.1. The four means are (0.9 + 0.7) / 2 and (0.4 + 0.8) / 2, so
    # that images add 4 times (0.6 - 0.04) / 100.
    assert found.value == pytest.approx(0.4)
    assert found.estimate.error**2 == pytest.approx(4 * 0.56 / 100)


def test_a_difference_over_a_sweep_is_between_the_same_cells():
    key = "scenario.hours"
    runs, cells = [], []
    for hours in (3, 6):
        for strategy in ("fedmeld", "hfl"):
            cells.append(("hours", str(hours), strategy, str(hours), hours))
            runs += [run(strategy, str(hours), seed, [0.1, 0.5]) for seed in range(2)]
    both = evidence(runs, cells, [key])
    assert measure(difference(sweep="hours"), both).value == 0
    some = both.cells[(both.cells["strategy"] == "hfl") | (both.cells[key] == 6)]
    with pytest.raises(NotTestable, match="planned in the same cells of the sweep"):
        measure(difference(sweep="hours"), replace(both, cells=some))


def test_a_difference_after_equally_many_rounds():
    runs = [run("fedmeld", "default", seed, [0.1, 0.3, 0.9]) for seed in range(2)] + [
        run("hfl", "default", seed, [0.1, 0.2]) for seed in range(2)
    ]
    given = evidence(runs)
    assert measure(difference(), given).value == pytest.approx(0.7)
    assert measure(difference(at="equal_rounds"), given).value == pytest.approx(0.1)


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
    with pytest.raises(NotTestable, match="convex"):
        measure(BoundRatio(name="bound_ratio"), TWO)


def test_every_claim_has_a_unit(project):
    units = {}
    for file in (project / "config/claims").glob("*.yaml"):
        for name, claim in load_claims(file).claims.items():
            units[name] = unit_of(claim.metric)
    own = {"difference", "difference_of_cells", "over_draws", "flip"}
    kinds = {get_args(kind.model_fields["name"].annotation)[0] for kind in MEASURES}
    assert kinds == own | set(BY_METRIC)
    assert units["A-C1a"] == "accuracy" and units["A-C11b"] == "nats"
    assert units["A-C1c"] == "h" and units["A-C12a"] == "s"
    assert units["A-C2g"] == units["A-C2a"] == "times"
    assert units["A-C4a"] == "share" and units["A-C3"] == "rank correlation"
    assert {"overlap", "FLOP/s", "bits"} < set(units.values())


def test_the_claims_of_fedmeld_all_get_a_verdict(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    table = judge_claims(claims, TWO)
    assert list(table.columns) == COLUMNS
    assert {name.rstrip("abcdefghijk") for name in table["claim"]} == {
        f"A-C{number}" for number in range(1, 13)
    }
    by_name = table.set_index("claim")
    assert by_name.loc["A-C1a", "verdict"] == "undecided"
    derived = ("A-C2a", "A-C4a", "A-C4b", "A-C5a", "A-C5b", "A-C7")
    held = {"holds by derivation"}
    assert set(by_name.loc[list(derived[1:]), "verdict"]) == held
    assert all(claims.claims[name].derivation for name in (*derived, "A-C2b", "A-C9a"))
    reason = "not testable here: the study has no sweep 'staleness'"
    assert by_name.loc["A-C3", "verdict"] == reason


@pytest.mark.filterwarnings("ignore")  # SciPy's, about a single seed
def test_a_value_that_is_no_number_is_an_error(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    lost = TWO.rounds.assign(accuracy=math.nan)
    with pytest.raises(RunError, match="A-C1a has no verdict"):
        judge_claims(claims, Evidence(lost, TWO.cells, 0.8, MANY))


def test_a_single_seed_judges_nothing_but_theory(project):
    claims = load_claims(project / "config/claims/fedmeld.yaml")
    single = Evidence(TWO.rounds.query("seed == 0"), TWO.cells, 0.8, MANY)
    judged = judge_claims(claims, single).set_index("claim")["verdict"]
    assert judged["A-C1a"] == "not testable here: a single seed has no interval"
    assert judged["A-C4a"] == "holds by derivation"


CLAIM = """
claims:
  X:
    statement: It is better
    source: "seen: abstract"
    metric: {name: difference, quantity: accuracy, strategy: a, baseline: b}
    low: 0
    high: null
    margin: {size: 0.1, source: "assumed: a tenth"}
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
        ("size: 0.1", "size: 0", "size"),
        ('source: "assumed: a tenth"', "source: a tenth", "source"),
        ("low: 0\n", "low: 0.1\n", "whose one edge is 0"),
        ("high: null", "high: 1", "whose one edge is 0"),
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


def over_draws(given: dict, **values) -> Value:
    columns = ["draw", "strategy", "stations", "exchange_s"]
    rows = [(*key, each) for key, each in given.items()]
    tables = {"draws": pd.DataFrame(rows, columns=columns)}
    metric = {"name": "over_draws", "quantity": "exchange_s", "stations": 1} | values
    return measure(OverDraws(**metric), replace(TWO, tables=tables))


def test_a_ratio_over_drawn_skies_is_paired_by_sky():
    ones, fours = {0: 100.0, 1: 400.0, 2: 200.0}, {0: 50.0, 1: 50.0, 2: 50.0}
    given = {(sky, "hfl", 1): value for sky, value in ones.items()}
    given |= {(sky, "hfl", 4): 1.0 for sky in ones}
    given |= {(sky, "fedmeld", 0): value for sky, value in fours.items()}
    found = over_draws(given, strategy="hfl", baseline="fedmeld")
    # Ratios of 2, 8 and 4: logarithms log 4 - log 2, + log 2 and + 0, whose deviation
    # is log 2, times Student's 4.3027 over sqrt(3).
    assert found.value == pytest.approx(4)
    assert found.high == pytest.approx(4 * 2 ** (4.3027 / math.sqrt(3)), rel=1e-4)
    assert found.covers == "skies and stations"
    alone = over_draws(given, strategy="hfl")
    assert alone.value == pytest.approx(200)


def test_what_some_sky_does_not_tell_is_not_tested():
    given = {(0, "hfl", 1): 100.0, (1, "hfl", 1): math.nan}
    with pytest.raises(NotTestable, match="some drawn sky hfl has no exchange_s"):
        over_draws(given, strategy="hfl")
    with pytest.raises(NotTestable, match="no draws of hfl with 4 stations"):
        over_draws(given, strategy="hfl", stations=4)


def test_a_table_says_what_each_interval_covers():
    accuracy = measure(difference(), TWO)
    assert accuracy.covers == "seeds and test images"
    losses = difference().model_copy(update={"quantity": "loss"})
    assert measure(losses, TWO).covers == "seeds"
    assert Value.exact(1.0).covers == ""
