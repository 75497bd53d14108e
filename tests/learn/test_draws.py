import numpy as np
import pytest
from scipy import stats

from fedorbit.learn.run.draws import GOLDEN, _scrambled, keyed_uniform


def test_the_scrambling_is_that_of_splitmix64():
    # The first numbers of the published generator from the state 1234567.
    states = np.uint64(1234567) + np.arange(1, 4, dtype=np.uint64) * GOLDEN
    assert _scrambled(states).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_a_row_depends_on_its_own_keys_alone():
    together = keyed_uniform(7, [3, 1, 3], [5, 5, 6], 0, 20)
    for row, (client, number) in enumerate([(3, 5), (1, 5), (3, 6)]):
        alone = keyed_uniform(7, [client], [number], 0, 20)
        np.testing.assert_array_equal(alone[0], together[row])
    np.testing.assert_array_equal(keyed_uniform(7, [3], [5], 0, 8), together[:1, :8])


def test_any_other_key_gives_other_numbers():
    keys = [
        (s, c, r, k) for s in (0, 1) for c in (0, 1) for r in (0, 1) for k in (0, 1)
    ]
    rows = [keyed_uniform(s, [c], [r], k, 3).tobytes() for s, c, r, k in keys]
    assert len(set(rows)) == 16


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_numbers_are_uniform_and_rows_uncorrelated(seed):
    clients, rounds = np.divmod(np.arange(400), 20)
    numbers = keyed_uniform(seed, clients, rounds, 0, 250)
    assert 0 <= numbers.min() and numbers.max() < 1
    # Fixed keys, so these pass or fail for good; a fair generator fails one in 1000.
    assert stats.kstest(numbers.ravel(), "uniform").pvalue > 0.001
    assert stats.kstest(numbers[:, 0], "uniform").pvalue > 0.001
    between = np.corrcoef(numbers)[np.triu_indices(400, 1)]
    # Correlations of 250 pairs have a standard deviation of 1 / sqrt(250) = 0.063.
    assert np.std(between) == pytest.approx(0.0632, rel=0.02)
    assert abs(np.mean(between)) < 0.001
