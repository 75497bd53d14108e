"""Checkpoints: the state of an unfinished run, written whole or not at all.

A file begins with the SHA-256 of all that follows, so that a damaged one is never
taken for a state: PyTorch's reader would find other numbers in it.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from fedorbit.base.files import whole
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.adaptive import Seen

KEYS = {"fingerprint", "levels_done", "slots", "record", "seen"}
DIGEST_BYTES = hashlib.sha256().digest_size
UNREADABLE = (
    RuntimeError,
    EOFError,
    UnpicklingError,
    LookupError,
    ValueError,
    TypeError,
)


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
        buffer = BytesIO()
        torch.save(content, buffer)
        with whole(self.path, to_disk=True) as unfinished:
            with open(unfinished, "wb") as file:
                file.write(hashlib.sha256(buffer.getbuffer()).digest())
                file.write(buffer.getbuffer())

    def load(self, device: torch.device) -> State | None:
        """Return the state to go on from, or nothing if there is none of this run.

        Why a file that is there is of no use is said. It is read without unpickling
        objects, so that it cannot run code.
        """
        try:
            with open(self.path, "rb") as file:
                digest, rest = file.read(DIGEST_BYTES), file.read()
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            self.remove()
            return self._anew("was a folder")
        except OSError as error:
            return self._anew(f"cannot be read ({error.strerror})")
        if hashlib.sha256(rest).digest() != digest:
            return self._anew("is damaged or no checkpoint")
        try:
            content = torch.load(BytesIO(rest), map_location=device, weights_only=True)
        except UNREADABLE:
            return self._anew("is no checkpoint")
        if not isinstance(content, dict) or not KEYS <= content.keys():
            return self._anew("is no checkpoint")
        if content["fingerprint"] != self.fingerprint:
            return self._anew("is of another run")
        record = {row: tuple(values) for row, values in json.loads(content["record"])}
        slots, seen = _restored(content["slots"]), json.loads(content["seen"])
        return State(content["levels_done"], slots, record, seen)

    def _anew(self, reason: str) -> None:
        print(f"{self.path} {reason}; the run starts from its beginning")

    def remove(self) -> None:
        """Remove the state of a run that has ended, or whatever is in its place."""
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        else:
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
