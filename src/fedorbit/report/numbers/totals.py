"""How long fine-tuning takes in all: split between space and ground, and on board.

With n samples on each satellite, b of them in a round, R rounds, c the operations of
embedding (e), backbone (b) and head (h) on a sample in a forward pass, F the speed of a
satellite and F_g that of the ground, which serves S satellites, and T the times of the
legs that were measured:

    split     n c_e / F + T_down + S n c_b / F_g + T_up + R (b 3 c_h / F + T_heads)
    on board  n (c_e + c_b) / F + R (b 3 c_h / F + T_heads)

with what is frozen kept, and, with everything made again in each round,

    split     R (b c_e / F + T_down' + S b c_b / F_g + T_up' + b 3 c_h / F + T_heads)
    on board  R (b (c_e + c_b + 3 c_h) / F + T_heads)
    full      R (b 3 (c_e + c_b + c_h) / F + T_models),

where ``full`` trains the whole model, so that nothing can be kept. T_heads is the time
to the mean in planes and between them. Every round is taken to last as long as that
from the start time, waits for stations included. (Section B3.5 of the reconstruction,
with the cache on both sides and with the way up.)
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
import pandas as pd

from fedorbit.base.errors import SettingsError
from fedorbit.plans.readings.latency import (
    BEST,
    BETWEEN,
    BETWEEN_ALL,
    DOWN,
    DOWN_OF_ROUND,
    IN_PLANE,
    IN_PLANE_ALL,
    UP,
    UP_OF_ROUND,
)
from fedorbit.plans.scene import SceneSettings

KEY = ["setting", "start_s"]
SPLIT, HEAD, FULL = "split", "onboard head", "onboard full"
COMPARED = ((HEAD, True), (HEAD, False), (FULL, False))
"""What the split is compared with, and whether both keep what is frozen."""
BEST_BETWEEN = "earliest"
WITHOUT = {
    "without rings": (DOWN, "in_turn/optimal"),
    "one way around": (DOWN, "one_way/optimal"),
    "nearest station": (DOWN, "both_ways/nearest"),
    "greedy association": (DOWN, "both_ways/greedy"),
    "random association": (DOWN, "both_ways/random"),
    "one sink a plane": (DOWN, "both_ways/sink"),
    "gateway": (DOWN, "gateway/sink"),
    "each for itself": (DOWN, "none/own"),
    "with relays": (DOWN, "both_ways/relayed"),
    "fixed neighbours": (BETWEEN, "fixed"),
    "chain of planes": (BETWEEN, "chain"),
    "planes by ground": (BETWEEN, "ground"),
    "flooding": (BETWEEN, "flood"),
}
"""Variants of the split with one leg flown in another way."""
PARTS = ["on_board_s", "down_s", "ground_s", "up_s", "in_planes_s", "between_s"]
"""What a total is the sum of."""


@dataclass(frozen=True)
class Work:
    """What is computed: operations of a sample, and how many samples there are."""

    samples: int
    of_round: int
    rounds: int
    embedding_flop: float
    backbone_flop: float
    head_flop: float
    """Of training the head."""
    model_flop: float
    """Of training the whole model."""
    ground_flop_s: float

    @classmethod
    def of(cls, scene: SceneSettings, rounds: int) -> Self:
        """Return the work of a study, with the parts of its model card."""
        parts = scene.parts
        missing = {"embedding", "backbone", "head"} - set(parts)
        if missing:
            raise SettingsError(
                f"latency is measured, but the model card has no part "
                f"{', '.join(sorted(missing))}; choose a card of a model that can be "
                "cut, such as spectralgpt."
            )
        return cls(
            samples=scene.clients.samples,
            of_round=scene.local_steps * scene.batch_size,
            rounds=rounds,
            embedding_flop=parts["embedding"].forward_flop_per_sample,
            backbone_flop=parts["backbone"].forward_flop_per_sample,
            head_flop=parts["head"].flop_per_sample,
            model_flop=scene.flop_per_sample,
            ground_flop_s=scene.speeds.station_flop_s,
        )


def totals(
    latency: pd.DataFrame, work: Work, speeds_flop_s: Iterable[float]
) -> pd.DataFrame:
    """Return the time of all rounds: ``PARTS`` and their sum ``total_s``.

    ``latency`` has ``setting, start_s, leg, way, seconds, satellites``. There is a row
    for each setting, start, speed of satellites (``speed_flop_s``), learner (``split``
    and its variants, ``onboard head``, ``onboard full``) and ``cached``. A total is
    missing if one of its legs does not end within the scenario.
    """
    legs = latency.pivot(index=KEY, columns=["leg", "way"], values="seconds")
    satellites = latency.groupby(KEY)["satellites"].first()
    rows = []
    for speed in speeds_flop_s:
        for learner, cached, part in _learners(legs, satellites, work, speed):
            table = pd.DataFrame(part, index=legs.index, columns=PARTS).reset_index()
            about = {"speed_flop_s": speed, "learner": learner, "cached": cached}
            rows.append(table.assign(**about))
    found = pd.concat(rows, ignore_index=True)
    found["total_s"] = found[PARTS].sum(axis=1, skipna=False)
    return found[[*KEY, "speed_flop_s", "learner", "cached", *PARTS, "total_s"]]


def _learners(
    legs: pd.DataFrame, satellites: pd.Series, work: Work, speed: float
) -> Iterable[tuple[str, bool, dict[str, object]]]:
    """Yield learners, whether they keep what is frozen, and their parts."""
    w, rounds = work, work.rounds
    heads = {
        "in_planes_s": rounds * legs[IN_PLANE, "ring"],
        "between_s": rounds * legs[BETWEEN, BEST_BETWEEN],
    }
    none = {"down_s": 0.0, "ground_s": 0.0, "up_s": 0.0}
    steps = rounds * w.of_round * w.head_flop
    split = heads | {
        "on_board_s": (w.samples * w.embedding_flop + steps) / speed,
        "down_s": legs[DOWN, BEST],
        "ground_s": satellites * w.samples * w.backbone_flop / w.ground_flop_s,
        "up_s": legs[UP, BEST],
    }
    yield SPLIT, True, split
    for name, (leg, way) in WITHOUT.items():
        if leg == DOWN:
            changed = {"down_s": legs[DOWN, way], "up_s": legs[UP, way]}
        else:
            changed = {"between_s": rounds * legs[BETWEEN, way]}
        yield f"split, {name}", True, split | changed
    again = rounds * w.of_round
    yield (
        SPLIT,
        False,
        heads
        | {
            "on_board_s": (again * w.embedding_flop + steps) / speed,
            "down_s": rounds * legs[DOWN_OF_ROUND, BEST],
            "ground_s": satellites * again * w.backbone_flop / w.ground_flop_s,
            "up_s": rounds * legs[UP_OF_ROUND, BEST],
        },
    )
    frozen = w.embedding_flop + w.backbone_flop
    for cached, samples in ((True, w.samples), (False, again)):
        on_board = (samples * frozen + steps) / speed
        yield HEAD, cached, heads | none | {"on_board_s": on_board}
    full = {
        "on_board_s": again * w.model_flop / speed,
        "in_planes_s": rounds * legs[IN_PLANE_ALL, "ring"],
        "between_s": rounds * legs[BETWEEN_ALL, BEST_BETWEEN],
    }
    yield FULL, False, none | full


def ratios(table: pd.DataFrame, against: str, cached: bool) -> pd.DataFrame:
    """Return the split's total over another learner's: ``KEY, speed_flop_s, ratio``.

    Both keep what is frozen, or both do not: a split that keeps its features against
    ``onboard full``, which has none to keep, would be divided by the rounds.
    """
    by = [*KEY, "speed_flop_s"]
    own = table[table["cached"] == cached]
    split, other = (own[own["learner"] == name] for name in (SPLIT, against))
    pair = split.merge(other, on=by, suffixes=("", "_other"))
    return pair[by].assign(ratio=pair["total_s"] / pair["total_s_other"])


def crossovers(table: pd.DataFrame) -> pd.DataFrame:
    """Return at which speed of satellites the split is as slow as learning on board.

    Columns ``setting, against, cached, flop_s`` with the median over starts. Speeds
    between those of the table are on a line in logarithms. It is 0 if the split is
    slower at all speeds, infinite if it is faster at all, and missing if the split
    does not end.
    """
    rows = []
    for against, cached in COMPARED:
        found = ratios(table, against, cached)
        for setting, own in found.groupby("setting", sort=False):
            at = [_crossing(one) for _, one in own.groupby("start_s")]
            rows.append((setting, against, cached, float(np.median(at))))
    return pd.DataFrame(rows, columns=["setting", "against", "cached", "flop_s"])


def _crossing(one: pd.DataFrame) -> float:
    """Return the speed at which the ratio of one start rises through 1."""
    one = one.sort_values("speed_flop_s")
    speed, ratio = (
        np.log(one["speed_flop_s"].to_numpy()),
        np.log(one["ratio"].to_numpy()),
    )
    if np.isnan(ratio).any():
        return np.nan
    if ratio[0] >= 0:
        return 0.0
    if ratio[-1] < 0:
        return np.inf
    after = int(np.argmax(ratio >= 0))
    pair = slice(after - 1, after + 1)
    return float(np.exp(np.interp(0.0, ratio[pair], speed[pair])))


def work_values(scene: SceneSettings, rounds: int) -> dict[str, float]:
    """Return the work of a study as plain values."""
    return asdict(Work.of(scene, rounds))
