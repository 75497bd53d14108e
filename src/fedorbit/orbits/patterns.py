"""Regular expressions for names, of which none runs for ever."""

import re
from re import _constants, _parser
from typing import Any

LONGEST = 200  # characters of an expression
NAME = 100.0  # characters that a repetition without end may take, or leave
MOST_STEPS = 1e7  # for a name, at worst: a second
FEW = 8  # a repetition of up to as many times is counted out
REPEATS = (
    _constants.MAX_REPEAT,
    _constants.MIN_REPEAT,
    _constants.POSSESSIVE_REPEAT,
)


def check_pattern(pattern: str) -> str:
    """Return a regular expression that every name is searched for in little time.

    Raises ``ValueError`` for what is no expression, or for one that may take a time
    that doubles with every letter, such as ``(A+)+B``.
    """
    try:
        re.compile(pattern)
        steps = _steps(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if len(pattern) > LONGEST or steps > MOST_STEPS:
        raise ValueError(
            f"{pattern[:40]!r} may take very long, by repetitions in repetitions or "
            "many of them; write a simpler one"
        )
    return pattern


def _steps(tree: Any) -> float:
    """Return in how many ways a part of an expression may be tried, at worst."""
    steps = 1.0
    for kind, value in tree:
        if kind in REPEATS:
            least, most, body = value
            ways = _steps(body)
            if most <= FEW:
                steps *= ways**most * (most - least + 1)
            else:
                steps *= NAME if ways == 1 else float("inf")
        elif kind is _constants.BRANCH:
            steps *= sum(map(_steps, value[1]))
        elif kind is _constants.SUBPATTERN:
            steps *= _steps(value[-1])
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            steps *= _steps(value[1])
        elif kind is _constants.ATOMIC_GROUP:
            steps *= _steps(value)
        elif kind is _constants.GROUPREF_EXISTS:
            steps *= sum(_steps(body) for body in value[1:] if body is not None)
    return steps
