"""Where a run computes, and how many clients and seeds train at once."""

from collections.abc import Sequence
from typing import Literal

import torch

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.blocks import stack_size
from fedorbit.learn.run.task import Task

Device = Literal["auto", "cpu", "cuda"]
Kernel = Literal["auto", "stacked", "looped"]
"""Whether clients train many at once or in turn; ``auto`` takes what is faster."""


def choose_device(name: Device) -> torch.device:
    """Return the device; raises ``RunError`` if there is no such GPU."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise RunError(
            "config/config.yaml: engine.device is 'cuda', but PyTorch finds no GPU; "
            "set it to 'auto' or 'cpu'."
        )
    return torch.device("cuda" if found and name != "cpu" else "cpu")


def copies_at_once(
    task: Task, learning: Params, kernel: Kernel, device: torch.device
) -> int:
    """Return how many clients train at once.

    ``learning`` are the parameters of one client that change.
    """
    return stack_size(learning, device) if stacks(task, kernel, device) else 1


def stacks(task: Task, kernel: Kernel, device: torch.device) -> bool:
    """Return whether clients train many at once."""
    if kernel == "auto":
        return task.network.stacks or device.type == "cuda"
    return kernel == "stacked"


def together(tasks: Sequence[Task], device: Device) -> list[Sequence[Task]]:
    """Return tasks in groups that ``run_seeds`` best runs at once.

    Seeds of networks whose gradients are written out run together, as many as have
    models that train at once; others run in turn.
    """
    first, at_once = tasks[0], 1
    if first.network.stacks:
        at_once = copies_at_once(first, first.initial(), "auto", choose_device(device))
    return [tasks[n : n + at_once] for n in range(0, len(tasks), at_once)]
