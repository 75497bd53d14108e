import numpy as np
import pytest

from fedorbit.theory.fedmeld.bounds import (
    RAW,
    Constants,
    Scales,
    chi,
    drift,
    noise_terms,
    objective,
)
from fedorbit.theory.fedmeld.calibrate import Cell, calibrate
from fedorbit.theory.fedmeld.scmr import mixing_ratios

CONSTANTS = Constants(
    strong_convexity=0.1,
    smoothness=2.0,
    step_scale=60.0,
    local_steps=2,
    regions=4,
    squared_gradient=0.5,
    variance=0.02,
    heterogeneity=0.3,
)
PAIRS = [(d, a) for d in (1, 2, 4) for a in (0.03, 0.08, 0.2)]
STEPS, OFFSET = 400, 500.0


def cells(scales, noise=()):
    """Return cells with the losses that the scaled bound would give."""
    found = []
    for (delta, alpha), error in zip(PAIRS, noise or [0] * len(PAIRS), strict=True):
        f = objective(CONSTANTS, delta, alpha, scales)
        loss = 2.0 / 2 * f / (STEPS + OFFSET) * np.exp(error)
        found.append(Cell(delta, alpha, float(loss)))
    return found


@pytest.mark.parametrize("truth", [RAW, Scales(3e-4, 2e-6), Scales(0.5, 1e-8)])
def test_factors_that_made_the_losses_are_found_again(truth):
    found = calibrate(CONSTANTS, cells(truth), STEPS, OFFSET)
    assert found.scales.noise == pytest.approx(truth.noise, rel=1e-5)
    assert found.scales.drift == pytest.approx(truth.drift, rel=1e-5)
    assert np.abs(found.residuals).max() < 1e-6


def test_the_fit_is_least_in_squared_logarithms():
    truth = Scales(3e-3, 2e-5)
    noise = list(np.random.default_rng(3).normal(0, 0.1, len(PAIRS)))
    measured = cells(truth, noise)
    found = calibrate(CONSTANTS, measured, STEPS, OFFSET)
    assert found.scales.noise == pytest.approx(truth.noise, rel=0.3)
    assert found.scales.drift == pytest.approx(truth.drift, rel=0.3)

    def cost(scales):
        made = zip(cells(scales), measured, strict=True)
        return sum(np.log(m.excess_loss / c.excess_loss) ** 2 for m, c in made)

    least = cost(found.scales)
    assert (found.residuals**2).sum() == pytest.approx(least)
    for up in (0.98, 1.02):
        assert cost(Scales(found.scales.noise * up, found.scales.drift)) > least
        assert cost(Scales(found.scales.noise, found.scales.drift * up)) > least


def test_residuals_are_the_logarithms_of_fitted_over_measured():
    """A common factor on all losses goes into both scales and leaves no residual."""
    twice = [Cell(c.delta, c.alpha, 2 * c.excess_loss) for c in cells(RAW)]
    found = calibrate(CONSTANTS, twice, STEPS, OFFSET)
    assert found.scales.noise == pytest.approx(2, rel=1e-5)
    assert found.scales.drift == pytest.approx(2, rel=1e-5)
    doubled = [*cells(RAW)[:-1], twice[-1]]
    last = calibrate(CONSTANTS, doubled, STEPS, OFFSET).residuals[-1]
    assert -np.log(2) < last < 0


def test_pilots_that_show_no_disagreement_leave_it_a_share_that_is_all_but_none():
    """Losses of A alone: the true factor on disagreement is zero."""
    truth = Scales(0.01, 0.0)
    found = calibrate(CONSTANTS, cells(truth), STEPS, OFFSET)
    assert found.scales.noise == pytest.approx(0.01, rel=1e-3)
    assert found.scales.drift > 0
    assert found.drift_share.max() < 1e-3
    small, raw = (mixing_ratios(CONSTANTS, 4, s)[0] for s in (found.scales, RAW))
    assert 0 < small < raw / 3


def test_the_share_of_disagreement_by_hand():
    found = calibrate(CONSTANTS, cells(RAW), STEPS, OFFSET)
    for (delta, alpha), share in zip(PAIRS, found.drift_share, strict=True):
        apart = drift(CONSTANTS, delta) * chi(4, alpha) ** 2
        whole = apart + sum(noise_terms(CONSTANTS).values())
        assert share == pytest.approx(apart / whole, rel=1e-4)


def test_the_scales_move_the_best_ratio():
    raw, noisy = (
        mixing_ratios(CONSTANTS, 4, scales)[0] for scales in (RAW, Scales(1.0, 1e-6))
    )
    assert noisy < raw


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (cells(RAW)[:2], "2 cells; give at least 3"),
        ([*cells(RAW), Cell(1, 0.1, 0.0)], "an excess loss is 0"),
        ([*cells(RAW), Cell(50, 0.1, 1.0)], "delta 50 and alpha 0.1 break"),
        (cells(RAW)[:1] * 3, "do not tell the factors apart"),
    ],
)
def test_cells_that_cannot_be_fitted_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        calibrate(CONSTANTS, wrong, STEPS, OFFSET)
