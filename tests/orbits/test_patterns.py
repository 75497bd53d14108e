import re
import time

import pytest

from fedorbit.orbits.patterns import check_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^STARLINK-",
        r"^STARLINK-\d+$",
        "^(STARLINK|ONEWEB)-.*$",
        r"(?i)starlink-[0-9]{1,5}( \[-\])?",
        "^(?!STARLINK-30).*",
        "",
        "(ab){2,4}c*",
    ],
)
def test_usual_patterns_are_taken(pattern):
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a*)*b",
        "(?:a|a)*b",
        "(.*a){20}",
        "(?=(a+)+)b",
        "a*a*a*a*a*b",
        "(?>(a+)+)b",
        "(",
        "a{99999999999}",
        "((a?){8}){8}b",
        "a?" * 60 + "a" * 60,
        "((a*)?){8}b",
        "x" * 300,
        "(" * 2000 + ")" * 2000,
    ],
)
def test_patterns_that_are_none_or_may_run_for_ever_are_refused(pattern):
    with pytest.raises(ValueError):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", [".*a.*b.*c", "(aa?){8}b", "a{0,2}a{0,2}a*a*a*b"])
def test_what_is_taken_is_quick_on_the_worst_names(pattern):
    check_pattern(pattern)
    begin = time.perf_counter()
    re.search(pattern, "a" * 100)
    assert time.perf_counter() - begin < 2.0
