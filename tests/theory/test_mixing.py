import numpy as np
import pytest

from fedorbit.plans.moves.topology import upstreams
from fedorbit.theory.fedmeld.bounds import contraction
from fedorbit.theory.fedmeld.mixing import (
    mixing_matrix,
    second_modulus,
    stationary_weights,
)

ALPHAS = [0.01, 0.3, 0.5, 0.9]


def same(found, expected, tolerance=1e-12):
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_the_matrices_of_three_regions_by_hand():
    ring = mixing_matrix(upstreams("ABC", "ring"), 0.25)
    same(ring, [[0.75, 0, 0.25], [0.25, 0.75, 0], [0, 0.25, 0.75]])
    chain = mixing_matrix(upstreams("ABC", "chain"), 0.25)
    same(chain, [[1, 0, 0], [0.25, 0.75, 0], [0, 0.25, 0.75]])
    row = mixing_matrix(upstreams("ABC", "grid", 3), 0.25)
    same(row, [[0.75, 0.25, 0], [0.125, 0.75, 0.125], [0, 0.25, 0.75]])


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("regions", [2, 3, 5, 8])
def test_a_ring_has_the_modulus_of_the_closed_form(regions, alpha):
    matrix = mixing_matrix(upstreams("ABCDEFGH"[:regions], "ring"), alpha)
    # docs/theory.md: rho = sqrt(1 - 4 alpha (1 - alpha) sin^2(pi / N)).
    rho = np.sqrt(1 - 4 * alpha * (1 - alpha) * np.sin(np.pi / regions) ** 2)
    assert second_modulus(matrix) == pytest.approx(rho, abs=1e-7)
    assert second_modulus(matrix) == pytest.approx(
        contraction(regions, alpha), abs=1e-7
    )
    same(stationary_weights(matrix), np.full(regions, 1 / regions))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_a_chain_agrees_on_its_first_region(alpha):
    # A triangular matrix has its eigenvalues, 1 and 1 - alpha, on its diagonal.
    matrix = mixing_matrix(upstreams("ABCD", "chain"), alpha)
    assert second_modulus(matrix) == pytest.approx(1 - alpha, abs=1e-12)
    same(stationary_weights(matrix), [1, 0, 0, 0])


@pytest.mark.parametrize("alpha", ALPHAS)
def test_a_grid_of_two_by_two_by_hand(alpha):
    # Each corner takes alpha / 2 from its two neighbours: the eigenvectors are the
    # signs of rows, of columns and of both, with 1 - alpha, 1 - alpha, 1 - 2 alpha.
    matrix = mixing_matrix(upstreams("ABCD", "grid", 2), alpha)
    same(
        np.sort(np.linalg.eigvals(matrix)),
        sorted([1, 1 - alpha, 1 - alpha, 1 - 2 * alpha]),
    )
    expected = max(1 - alpha, abs(1 - 2 * alpha))
    assert second_modulus(matrix) == pytest.approx(expected, abs=1e-12)
    same(stationary_weights(matrix), [0.25] * 4)


def test_a_grid_weighs_regions_by_their_neighbours():
    # Two rows of three: corners have two neighbours, middles three, fourteen in all.
    matrix = mixing_matrix(upstreams("ABCDEF", "grid", 3), 0.4)
    same(stationary_weights(matrix), np.array([2, 3, 2, 2, 3, 2]) / 14)


def test_ratios_of_their_own_weigh_the_regions_of_a_ring():
    # pi_i alpha_i is the same for all: 1 / 0.6 : 1 / 0.3 : 1 / 0.2 is 1 : 2 : 3.
    matrix = mixing_matrix(upstreams("ABC", "ring"), [0.6, 0.3, 0.2])
    same(stationary_weights(matrix), [1 / 6, 2 / 6, 3 / 6])


@pytest.mark.parametrize("topology", [("ring",), ("chain",), ("grid", 3)])
def test_many_mixings_lead_to_the_stationary_weights(topology):
    matrix = mixing_matrix(upstreams("ABCDEF", *topology), 0.3)
    limit = np.linalg.matrix_power(matrix, 1000)
    same(limit, np.tile(stationary_weights(matrix), (6, 1)), 1e-9)


def test_no_mixing_has_no_stationary_weights():
    with pytest.raises(ValueError, match="alpha > 0"):
        stationary_weights(mixing_matrix(upstreams("ABC", "ring"), 0.0))
