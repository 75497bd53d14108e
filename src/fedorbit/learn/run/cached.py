"""Cached features: what is frozen runs once a sample, and a head learns on the result.

A plan that trains the head alone asks the same features of a sample in every round.
Whoever computes them once gets the same heads, up to rounding, in a fraction of the
time (the ledger says who sends what; that is the plan's affair).
"""

from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor

from fedorbit.base.errors import SettingsError
from fedorbit.learn.networks.layers import Layers
from fedorbit.learn.networks.network import Params
from fedorbit.learn.networks.split import Split
from fedorbit.learn.run.task import Task

HEAD = "head"
AT_ONCE = 500  # samples in one forward pass


def trains_heads_only(ops: pd.DataFrame) -> bool:
    """Return whether nothing but the head learns in a plan.

    The first copy of a model may be one of the whole.
    """
    learning = ops[ops["op"] == "train"]
    return set(map(tuple, learning["scope"])) <= {(HEAD,)}


def with_cached_features(task: Task) -> Task:
    """Return the task whose samples are features and whose network is the head.

    The task's network is a ``Split`` with a linear head. Samples are drawn as before,
    so that a plan makes the same heads as on the images. Raises ``SettingsError`` if
    images are augmented, since they then differ from step to step.
    """
    if task.training.augmentation != "none":
        raise SettingsError(
            f"training.augmentation is {task.training.augmentation!r}, but features "
            "are cached of images as they are; set it to none."
        )
    torch.set_num_threads(1)
    network, first = task.network, task.initial()
    head = {name: first[name] for name in network.scopes()[HEAD]}
    classes, width = head[f"{HEAD}.weight"].shape
    return replace(
        task,
        train_x=_features(network, first, task.train_x),
        test_x=_features(network, first, task.test_x),
        network=Layers([width, classes]),
        first_model=head,
    )


def _features(network: Split, params: Params, images: Tensor) -> Tensor:
    """Return the features of all images, (n, dim)."""
    found = []
    with torch.no_grad():
        for part in images.split(AT_ONCE):
            tokens = network.call("embedding", params, part)
            found.append(network.call("backbone", params, tokens))
    return torch.cat(found)
