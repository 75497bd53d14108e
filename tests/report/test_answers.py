"""What test images add to a variance, from the answers on record."""

import numpy as np
import pandas as pd
import pytest

from fedorbit.report.numbers.answers import answers_of, images_variance

FOUR = np.arange(4)


def record(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["seed", "group", "answers"])


def test_models_that_are_tested_on_the_same_images_have_the_variance_of_their_shares():
    given = record(
        (0, "region", ""),
        (0, "region", "1110"),
        (1, "region", "1010"),
        (1, "client", ""),
    )
    found = answers_of(given, FOUR)["accuracy"]
    # The images are right 1, 0.5, 1 and 0 times.
    assert found.accuracy == pytest.approx(0.625)
    shares = np.array([1, 0.5, 1, 0])
    assert found.added == pytest.approx((shares - 0.625) / 4)
    assert images_variance(found.added) == pytest.approx(shares.var(ddof=1) / 4)


def test_models_of_parts_add_up_on_the_draws_that_they_share():
    # Two domains of two images, at the samples 0, 1 and 2, 3; each region has one.
    draws = np.array([0, 1, 0, 1])
    given = record((0, "region", "10--"), (0, "region", "--10"))
    found = answers_of(given, draws)["accuracy"]
    # Both have the draw 0 right and 1 wrong: (1 - 0.5) / 2 each, and their mean.
    assert found.accuracy == 0.5
    assert found.added == pytest.approx([0.25, -0.25])
    # As of one model with two images: 1/2 over 2.
    assert images_variance(found.added) == pytest.approx(0.25)
    apart = answers_of(given, FOUR)["accuracy"]
    # Were they drawn each by itself, four of 1/8 squared times 4/3.
    assert images_variance(apart.added) == pytest.approx(4 / 64 * 4 / 3)


def test_the_average_of_all_is_apart_and_servers_do_not_count():
    given = record((0, "region", "1111"), (0, "average", "1100"), (0, "ground", "0000"))
    found = answers_of(given, FOUR)
    assert {name: each.accuracy for name, each in found.items()} == {
        "accuracy": 1.0,
        "whole": 0.5,
    }
    assert answers_of(record(), FOUR) == {}


def test_the_variance_is_that_of_other_draws_of_images():
    rng = np.random.default_rng(0)
    p, q = rng.beta(2, 1, (2, 400))
    seeds = [rng.random((2, 400)) < (p, q) for _ in range(200)]
    letters = [["".join("01"[int(x)] for x in side) for side in s] for s in seeds]
    more, less = (
        answers_of(record(*((0, "region", s[side]) for s in letters)), np.arange(400))
        for side in (0, 1)
    )
    found = images_variance(more["accuracy"].added - less["accuracy"].added)
    # Variances of Beta(2, 1) are 1/18; those of the means of 200 seeds are 1/6 / 200.
    assert found == pytest.approx((2 / 18 + 2 / 6 / 200) / 400, rel=0.15)
