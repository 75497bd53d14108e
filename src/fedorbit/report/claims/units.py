"""In which units claims are measured."""

from fedorbit.base.settings import Settings

POINTS, SHARE, TIMES = "accuracy", "share", "times"
CORRELATION = "rank correlation"
BY_METRIC = {
    "difference_of_losses": POINTS,
    "threshold": "h",
    "crossover": "FLOP/s",
    "payload_bits": "bits",
    "bound_slope": "slope",
    **dict.fromkeys(("trend", "trend_of_best"), CORRELATION),
    **dict.fromkeys(("bits_ratio", "hours_ratio", "total_ratio"), TIMES),
    **dict.fromkeys(("variant_ratio", "device_ratio", "bound_ratio"), TIMES),
    **dict.fromkeys(("theory", "share_of_checks", "share_of_totals"), SHARE),
    **dict.fromkeys(("never_later", "more_stations"), SHARE),
}
"""Of kinds of metrics that have one unit, by name."""
OF_DRAWS = {
    "rounds": "rounds",
    "exchanges": "exchanges",
    "bits_sent": "bits",
    "bits_per_round": "bits",
    "exchange_s": "s",
    "flight_s": "s",
    "round_s": "s",
}
"""Of what a plan tells on a drawn sky."""


def unit_of(metric: Settings) -> str:
    """Return the unit of what a claim measures, as the table of verdicts has it.

    Accuracies and shares are from 0 to 1, ``times`` is a ratio. A place on the axis of
    a sweep has the name of the axis.
    """
    if metric.name in ("difference", "difference_of_cells"):
        return "nats" if metric.quantity in ("loss", "whole_loss") else POINTS
    if metric.name == "over_draws":
        return TIMES if metric.baseline is not None else OF_DRAWS[metric.quantity]
    if metric.name == "flip":
        return metric.axis.rpartition(".")[2]
    return BY_METRIC[metric.name]
