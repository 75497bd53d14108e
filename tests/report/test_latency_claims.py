"""Claims about legs and totals, on tables whose values are seen at a glance."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from tests.report.test_totals import WORK, legs

from fedorbit.report.claims.claims import Claim, Claims, judge_claims
from fedorbit.report.claims.evidence import Evidence
from fedorbit.report.claims.latency import (
    Crossover,
    MoreStations,
    NeverLater,
    PayloadBits,
    ShareOfTotals,
    TotalRatio,
    VariantRatio,
    crossover,
    more_stations,
    never_later,
    payload_bits,
    share_of_totals,
    total_ratio,
    variant_ratio,
)
from fedorbit.report.claims.reasons import NotTestable
from fedorbit.report.numbers.totals import crossovers, totals

SPEEDS = [3.0, 29.0, 31.0, 300.0]
EMPTY = pd.DataFrame()


def evidence(latency=None, **tables) -> Evidence:
    latency = legs(starts=(0.0, 7.0)) if latency is None else latency
    table = totals(latency, WORK, SPEEDS)
    own = {"latency": latency, "totals": table, "crossovers": crossovers(table)}
    return Evidence(EMPTY, EMPTY, 0.5, 100, tables=own | tables, speed_flop_s=29.0)


def values_of(found) -> list[float]:
    return [found.value, found.low, found.high]


def test_the_ratio_at_the_studys_own_speed_is_the_mean_over_starts():
    metric = TotalRatio(name="total_ratio", against="onboard head", cached=True)
    # 100 / 29 + 30 over 1,000 / 29, and 4 (30 / 29 + 0.75) on both sides.
    heads = 4 * (30 / 29 + 0.75)
    expected = (100 / 29 + 30 + heads) / (1000 / 29 + heads)
    assert values_of(total_ratio(metric, evidence())) == pytest.approx([expected] * 3)


def test_the_share_counts_caches_on_both_sides_and_what_does_not_end_as_no():
    metric = ShareOfTotals(name="share_of_totals", against="onboard head", at_most=1.0)
    # With caches at 3 and 29; without, 10 / F + 11 against 100 / F a round: at 3 alone.
    found = share_of_totals(metric, evidence())
    assert values_of(found) == pytest.approx([3 / 8] * 3)
    never = share_of_totals(metric, evidence(legs(up=np.nan)))
    assert never.value == pytest.approx(1 / 8)


def test_a_variant_is_compared_with_the_split_itself():
    metric = VariantRatio(name="variant_ratio", variant="without rings")
    heads = 4 * (30 / 29 + 0.75)
    split = 100 / 29 + 30 + heads
    found = variant_ratio(metric, evidence())
    assert found.value == pytest.approx((split + 60 + 2) / split)
    with pytest.raises(NotTestable, match="no variant 'other'"):
        variant_ratio(VariantRatio(name="variant_ratio", variant="other"), evidence())


def test_a_way_is_never_later_within_a_part_of_the_others():
    common = {"name": "never_later", "leg": "between", "way": "earliest"}
    strict = NeverLater(**common, others=["fixed", "chain"], within=0.0)
    assert never_later(strict, evidence()).value == 1
    faster = NeverLater(**common, others=["flood"], within=0.0)
    assert never_later(faster, evidence()).value == 0
    assert never_later(faster.model_copy(update={"within": 0.3}), evidence()).value == 1
    misspelt = NeverLater(**common, others=["floods"], within=0.0)
    with pytest.raises(NotTestable, match="the leg 'between' has no way floods"):
        never_later(misspelt, evidence())


def test_a_single_start_has_no_interval():
    metric = TotalRatio(name="total_ratio", against="onboard head", cached=True)
    with pytest.raises(NotTestable, match="a single start has no interval"):
        total_ratio(metric, evidence(legs(starts=(0.0,))))


def test_more_stations_are_compared_from_the_same_start():
    few, many = legs(starts=(0.0, 7.0)), legs(starts=(0.0, 7.0))
    later = (many["leg"] == "down") & (many["start_s"] == 7)
    many.loc[later, "seconds"] += 1.0
    both = pd.concat([few.assign(setting="few"), many.assign(setting="many")])
    settings = {"name": "more_stations", "settings": ["few", "many"]}
    found = more_stations(MoreStations(**settings, within=0.0), evidence(both))
    assert found.value == 0.5
    found = more_stations(MoreStations(**settings, within=0.1), evidence(both))
    assert found.value == 1
    unknown = MoreStations(name="more_stations", settings=["few", "none"], within=0)
    with pytest.raises(NotTestable, match="no setting none"):
        more_stations(unknown, evidence(both))


def test_the_crossover_is_that_of_the_studys_own_stations():
    metric = Crossover(name="crossover", against="onboard head", cached=True)
    assert crossover(metric, evidence()).value == pytest.approx(30, rel=0.01)
    with pytest.raises(NotTestable, match="does not end from every start"):
        crossover(metric, evidence(legs(up=np.nan)))


def test_bits_of_a_payload_are_summed_over_links():
    columns = ["strategy", "setting", "link", "payload", "bits"]
    rows = [
        ("split", "default", "isl", "embedding", 5.0),
        ("split", "default", "feeder", "embedding", 2.0),
    ]
    table = pd.DataFrame(rows, columns=columns)
    metric = PayloadBits(name="payload_bits", strategy="split", payload="embedding")
    assert payload_bits(metric, evidence(payloads=table)).value == 7
    raw = metric.model_copy(update={"payload": "raw"})
    assert payload_bits(raw, evidence(payloads=table)).value == 0
    with pytest.raises(ValidationError):  # of what nobody sends there are 0 bits
        PayloadBits(name="payload_bits", strategy="split", payload="raws")
    with pytest.raises(NotTestable, match="no run of other"):
        payload_bits(
            metric.model_copy(update={"strategy": "other"}), evidence(payloads=table)
        )
    with pytest.raises(NotTestable, match="no table of payloads"):
        payload_bits(metric, evidence())


def test_what_must_hold_is_called_so_and_can_still_fail():
    def claim(high):
        return Claim(
            statement="a statement",
            source="derived: here",
            metric={"name": "crossover", "against": "onboard head", "cached": True},
            low=1.0,
            high=high,
            derivation="a proof",
        )

    claims = Claims(claims={"holds": claim(100.0), "fails": claim(2.0)})
    verdicts = judge_claims(claims, evidence()).set_index("claim")["verdict"]
    assert verdicts["holds"] == "holds by derivation"
    assert verdicts["fails"] == "not reproduced"
