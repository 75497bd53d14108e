"""How many exchanges a target loss takes, by the law for FedMeld's mixing ratio.

Ours, as the law is (docs/theory.md). Two curves that one pilot training has measured
tell it for any constellation: what a plan adds is when its exchanges are.
"""

from dataclasses import dataclass

from fedorbit.theory.fedmeld.law import Curves, Upstreams, predict


@dataclass(frozen=True)
class Forecast:
    """After how many exchanges the mean loss of regional models is at a target."""

    exchanges: int | None
    """``None`` if it is not after as many as the pilot had."""
    mixing_ratio: float | None = None
    """The ratio with which FedMeld is there first, none for other strategies."""


def of_averages(curves: Curves, target_loss: float) -> Forecast:
    """Return the forecast for a strategy whose exchanges average all regions.

    That is what the pilot did itself, before its regions learned alone.
    """
    pairs = enumerate(curves.mean_loss)
    return Forecast(next((n for n, loss in pairs if loss <= target_loss), None))


def of_fedmeld(
    curves: Curves, upstreams: Upstreams, delta: int, target_loss: float
) -> Forecast:
    """Return the forecast for FedMeld, whose regions mix after every ``delta`` rounds.

    It is the least number of exchanges for which some mixing ratio brings the loss of
    the law to the target, and the ratio with the least loss then.
    """
    for exchanges in range(1, len(curves.rounds)):
        table = predict(curves, upstreams, delta, exchanges * delta)
        best = table.loc[table["loss"].idxmin()]
        if best["loss"] <= target_loss:
            return Forecast(exchanges, float(best["mixing_ratio"]))
    return Forecast(None)
