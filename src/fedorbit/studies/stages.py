"""The stages of the road: what each depends on, and what it leaves.

For example, the contacts of a study depend on when the scenario is and on its sites,
which the stage ``contacts`` declares, and on the satellites, which ``constellation``
declares. From this one declaration follow the parameters of the rule, the name of the
folder in which a cell of a sweep finds its contacts, and which cells share them.
"""

from dataclasses import dataclass
from functools import cache

from fedorbit.plans.strategy import Needs
from fedorbit.studies.keys import is_below

STATIONS = "scenario.stations"
OF_SATELLITES = "satellites"
"""What ``clients.home`` is where clients live on satellites."""


@dataclass(frozen=True)
class Stage:
    """One step of the road."""

    keys: tuple[str, ...]
    """Dotted keys of a study on which the result depends, with all keys below them."""
    results: tuple[str, ...]
    """Paths of its results below the study's folder, with the wildcards ``setting``
    and, if it is made for each strategy, ``strategy``."""
    after: tuple[str, ...] = ()
    """The stages whose results it is always made from."""
    of_strategy: bool = False
    """Whether it depends on the settings of the strategy, too."""


STAGES = {
    "constellation": Stage(
        keys=("scenario.constellation", "scenario.start", "scenario.hours"),
        results=(
            "skies/{setting}/constellation.csv",
            "skies/{setting}/satellites.csv",
        ),
    ),
    "contacts": Stage(
        keys=("scenario.start", "scenario.hours", "scenario.regions", STATIONS),
        results=("skies/{setting}/contacts.parquet",),
        after=("constellation",),
    ),
    "isls": Stage(
        keys=("scenario.start", "scenario.hours"),
        results=("skies/{setting}/isls.parquet",),
        after=("constellation",),
    ),
    "crossings": Stage(
        keys=(
            *("scenario.start", "scenario.hours", "scenario.crossings"),
            "links.isl_radio.carrier_hz",
        ),
        results=(
            "skies/{setting}/crossings.parquet",
            "skies/{setting}/crossing_ranges.parquet",
        ),
        after=("constellation",),
    ),
    "sunlight": Stage(
        keys=("scenario.start", "scenario.hours"),
        results=("skies/{setting}/sunlight.parquet",),
        after=("constellation",),
    ),
    "homes": Stage(
        keys=(
            *("clients.home", "clients.per_region", "clients.least_per_plane"),
            "scenario.regions.file",
        ),
        results=("homes/{setting}.parquet",),
    ),
    "partition": Stage(
        keys=("partition", "dataset"),
        results=("partitions/{setting}.parquet",),
        after=("homes",),
    ),
    "features": Stage(
        keys=("dataset", "model"),
        results=("features/{setting}.npz",),
    ),
    "pretrained": Stage(
        keys=("dataset", "model", "pretraining"),
        results=("pretrained/{setting}.safetensors",),
    ),
    "profile": Stage(
        keys=(),
        results=("profiles/{setting}.parquet",),
        after=("pretrained", "partition"),
    ),
    "experts": Stage(
        keys=("assignment",),
        results=("experts/{setting}.parquet",),
        after=("profile",),
    ),
    "scmr": Stage(
        keys=(
            *("scenario.hours", "links", "clients", "speeds", "card"),
            *("model", "training", "evaluation"),
        ),
        results=("scmr/{setting}/{strategy}.json",),
        after=("contacts", "partition"),
        of_strategy=True,
    ),
    "law": Stage(
        keys=(
            *("scenario.hours", "links", "clients", "speeds", "card"),
            *("model", "training", "evaluation"),
        ),
        results=("law/{setting}/{strategy}.json",),
        after=("contacts", "partition"),
        of_strategy=True,
    ),
    "plan": Stage(
        keys=(
            *("scenario.hours", "links", "clients", "speeds", "card"),
            *("training.local_steps", "training.batch_size"),
            "scenario.antennas_per_station",
            "evaluation.interval_rounds",
        ),
        results=(
            "plans/{setting}/{strategy}/ops.parquet",
            "plans/{setting}/{strategy}/ledger.parquet",
            "plans/{setting}/{strategy}/verdict.json",
        ),
        after=("contacts", "homes"),
        of_strategy=True,
    ),
    "latency": Stage(
        keys=(
            *("scenario.hours", "links", "speeds", "card", "latency"),
            *("clients.samples", "clients.bits_per_number"),
            *("training.local_steps", "training.batch_size"),
            "scenario.antennas_per_station",
        ),
        results=("latency/{setting}.parquet",),
        after=("contacts", "homes", "isls", "crossings"),
    ),
    "run": Stage(
        keys=("model", "training", "evaluation"),
        results=("runs/{setting}/{strategy}.parquet",),
        after=("plan", "partition"),
        of_strategy=True,
    ),
}
"""Every stage by its name, each after those that it is made from."""


BEFORE = {
    **dict.fromkeys(("isls", "crossings", "scmr", "law", "experts"), "plan"),
    **dict.fromkeys(("features", "pretrained"), "run"),
}
"""The stages that only some strategies need, and those that are made from them."""


def needed(needs: Needs) -> tuple[str, ...]:
    """Return the stages of ``BEFORE`` that a strategy needs."""
    return tuple(stage for stage in BEFORE if getattr(needs, stage))


def before(name: str, home: str | None, needs: Needs) -> tuple[str, ...]:
    """Return the stages whose results a stage is made from.

    ``home`` is where clients live, the study's ``clients.home``.
    """
    found = STAGES[name].after
    if name == "homes" and home == OF_SATELLITES:
        found = (*found, "constellation")
    return found + tuple(stage for stage in needed(needs) if name == BEFORE[stage])


@cache
def road_to(name: str, home: str | None, needs: Needs) -> frozenset[str]:
    """Return a stage and all that come before it."""
    earlier = (road_to(n, home, needs) for n in before(name, home, needs))
    return frozenset({name}).union(*earlier)


def matters(
    key: str, stage: str, strategy: str | None, home: str | None, needs: Needs
) -> bool:
    """Return whether what a stage leaves depends on a dotted key of the study.

    ``strategy`` is the one that it is made for, with what it ``needs``. Ground
    stations count for a strategy only if it needs them.
    """
    road = [STAGES[name] for name in road_to(stage, home, needs)]
    if key.startswith("strategies."):
        of_strategy = any(step.of_strategy for step in road)
        return of_strategy and is_below(key, f"strategies.{strategy}")
    if is_below(key, STATIONS) and STAGES[stage].of_strategy and not needs.stations:
        return False
    owns = [own for step in road for own in step.keys]
    return any(is_below(key, own) or is_below(own, key) for own in owns)
