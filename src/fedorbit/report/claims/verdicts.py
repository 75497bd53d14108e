"""Which verdict a claim gets, from what was found and from all claims beside it.

What is found by statistics is tested, each claim by its edges and, if it has one, by
its margin. All tests of a study are corrected together by Holm's method.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fedorbit.report.claims.evidence import Value
from fedorbit.report.numbers.estimates import holm

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
EQUIVALENT = "equivalent"
UNDECIDED = "undecided"
DERIVED = "holds by derivation"
NOT_TESTABLE = "not testable here"
"""Followed by a colon and the reason."""
LEVEL = 0.05
EDGES, MARGIN = "edges", "margin"


@dataclass(frozen=True)
class Question:
    """A value, and where it would have to be for the claim to hold."""

    value: Value
    low: float
    high: float
    """Open ends are infinite."""
    margin: float | None = None
    """Below it, a difference is not worth having."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim, and the p values of the test that it rests on.

    They are NaN where nothing was tested.
    """

    words: str
    p_value: float = math.nan
    p_adjusted: float = math.nan


def verdicts(questions: Mapping[str, Question]) -> dict[str, Verdict]:
    """Return the verdict on each claim of a study.

    A claim is *equivalent* if a difference within its margin is established, whatever
    its sign; else *reproduced* or *not reproduced* if it is established on which side
    of its edges the value lies; else *undecided*. Established means a p value of at
    most 0.05, corrected for all tests of all claims. What is no estimate is compared
    with the edges as it is.
    """
    tests = {
        (name, test): p_value
        for name, question in questions.items()
        for test, p_value in _tests(question).items()
    }
    adjusted = dict(zip(tests, holm(list(tests.values())).tolist(), strict=True))
    found = {}
    for name, question in questions.items():
        if question.value.estimate is None:
            found[name] = Verdict(_by_comparison(question))
            continue
        words = _by_side(question)
        test = EDGES
        if adjusted.get((name, MARGIN), 1.0) <= LEVEL:
            test, words = MARGIN, EQUIVALENT
        elif adjusted[name, EDGES] > LEVEL:
            words = UNDECIDED
        found[name] = Verdict(words, tests[name, test], adjusted[name, test])
    return found


def _tests(question: Question) -> dict[str, float]:
    """Return the p value of each test of a claim."""
    estimate = question.value.estimate
    if estimate is None:
        return {}
    tests = {EDGES: _p_of_edges(question)}
    if question.margin is not None:
        tests[MARGIN] = estimate.p_within(question.margin)
    return tests


def _p_of_edges(question: Question) -> float:
    """Return 1 less the confidence of the widest interval that still decides.

    A value that agrees has to be clear of both edges, another one of the nearest.
    """
    value, low, high = question.value, question.low, question.high
    if value.value > high:
        return value.p_above(high)
    if value.value < low:
        return value.p_below(low)
    return max(value.p_above(low), value.p_below(high))


def _by_side(question: Question) -> str:
    agrees = question.low <= question.value.value <= question.high
    return REPRODUCED if agrees else NOT_REPRODUCED


def _by_comparison(question: Question) -> str:
    """Return whether all, none or a part of what was found lies between the edges."""
    value, low, high = question.value, question.low, question.high
    if low <= value.low and value.high <= high:
        return REPRODUCED
    if value.high < low or high < value.low:
        return NOT_REPRODUCED
    return UNDECIDED
