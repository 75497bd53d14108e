"""Checkpoints: the state of an unfinished run, written whole or not at all."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from fedorbit.base.files import whole
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.adaptive import Seen

KEYS = {"fingerprint", "levels_done", "slots", "record", "seen"}
DAMAGED = (RuntimeError, EOFError, UnpicklingError, LookupError, ValueError, TypeError)


@dataclass(frozen=True)
class State:
    """What a run needs to go on: all of it, as random draws are keyed."""

    levels_done: int
    slots: dict[str, Params]
    record: dict[int, tuple]
    """Rows of the record by the operation that made them."""
    seen: Seen
    """What regions have judged for mixings by the law."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a run's state is kept and how often."""

    path: Path
    operations: int
    """Operations from one checkpoint to the next."""
    fingerprint: str
    """What the run depends on; the state of another run is of no use."""

    def save(self, state: State) -> None:
        """Write the state in place of the one before."""
        content = {
            "fingerprint": self.fingerprint,
            "levels_done": state.levels_done,
            "slots": state.slots,
            "record": json.dumps(sorted(state.record.items())),
            "seen": json.dumps(state.seen),
        }
        with whole(self.path) as unfinished:
            torch.save(content, unfinished)

    def load(self, device: torch.device) -> State | None:
        """Return the state to go on from, or nothing if there is none of this run.

        The file is read without unpickling objects, so that it cannot run code.
        """
        try:
            content = torch.load(self.path, map_location=device, weights_only=True)
        except FileNotFoundError:
            return None
        except DAMAGED:
            print(f"{self.path} cannot be read; the run starts from its beginning")
            return None
        if not isinstance(content, dict) or not KEYS <= content.keys():
            print(f"{self.path} is no checkpoint; the run starts from its beginning")
            return None
        if content["fingerprint"] != self.fingerprint:
            print(f"{self.path} is of another run; this one starts from its beginning")
            return None
        record = {row: tuple(values) for row, values in json.loads(content["record"])}
        slots, seen = _restored(content["slots"]), json.loads(content["seen"])
        return State(content["levels_done"], slots, record, seen)

    def remove(self) -> None:
        """Remove the state of a run that has ended."""
        self.path.unlink(missing_ok=True)


def fingerprint(paths: Iterable[str | Path], *values: Any) -> str:
    """Return a digest of the contents of files, plain values and PyTorch's version."""
    text = json.dumps([torch.__version__, values], sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for path in paths:
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _restored(slots: dict[str, dict[str, Tensor]]) -> dict[str, Params]:
    return {slot: dict(params) for slot, params in slots.items()}
