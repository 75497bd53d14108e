"""Pretrained mixtures of experts by seed: their file, and their experts renumbered."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole
from fedorbit.learn.networks.experts import GATE, expert
from fedorbit.learn.networks.network import Params


def save_models(models: Mapping[int, Params], path: str | Path) -> None:
    """Write the parameters of each seed; equal ones make equal bytes."""
    named = {
        f"{seed}:{name}": p.contiguous()
        for seed, params in models.items()
        for name, p in params.items()
    }
    with whole(path) as unfinished:
        unfinished.write_bytes(save(named))


def load_models(path: str | Path) -> dict[int, Params]:
    """Return the parameters of each seed; raises ``InputError`` if there are none."""
    models: dict[int, Params] = {}
    try:
        for named, p in load_file(path).items():
            seed, _, name = named.partition(":")
            models.setdefault(int(seed), {})[name] = p
    except (SafetensorError, OSError, ValueError):
        raise InputError(
            f"{path}: no models of several seeds; remove it, so that it is made anew."
        ) from None
    return dict(sorted(models.items()))


def numbered(models: Mapping[int, Params], experts: pd.DataFrame) -> dict[int, Params]:
    """Return the models with their experts by the new numbers.

    ``experts`` has the columns ``seed, number, expert``, a row or several for each: the
    number n of a seed is the expert that the model has under another one. The mixture
    is the same function as before. Raises ``InputError`` if a seed has no numbers.
    """
    found = {}
    for seed, params in models.items():
        own = experts[experts["seed"] == seed].drop_duplicates("number")
        order = own.sort_values("number")["expert"].tolist()
        if not order:
            raise InputError(
                f"experts of seed {seed} have no numbers; make them from this model."
            )
        moved = dict(params)
        for number, before in enumerate(order):
            for half in ("up", "down"):
                moved[f"{expert(number)}.{half}"] = params[f"{expert(before)}.{half}"]
        for part in ("weight", "bias"):
            moved[f"{GATE}.{part}"] = params[f"{GATE}.{part}"][torch.tensor(order)]
        found[seed] = moved
    return found
