"""The plan: what a strategy decides to do, as a table, and the ledger of transfers.

A plan is a table of operations in causal order (by ``end_s``) on models in named
slots. The slot ``initial`` exists before the plan; all others are written by it.

* ``train``: ``clients`` start from the model in the first of ``sources``, run
  ``steps`` local steps each, and their mean, weighted by their numbers of samples,
  goes to ``target``. ``proximal`` is mu of the penalty mu / 2 times the squared
  distance from the model that they start from, which adds to each client's loss.
* ``mix``: ``target`` becomes the sum of ``sources`` times ``weights``; a copy is a
  mix with the single weight 1. If a mix has ``clients``, the weights of its first two
  sources come from the law with running estimates (docs/theory.md): in each of
  ``steps`` batches these clients judge the third source, which is what the target was
  after its last mixing, and the second, its upstream's model of the same age. The
  weights in the table are those until there are estimates.
* ``evaluate``: the accuracy and loss of ``target`` on the test samples of ``part``
  go into the record as those of ``round``; ``test`` is the part of all test samples,
  ``region/Paris`` one with the mix of domains that the clients of this group have.

An operation reads its sources at ``start_s`` and writes its target at ``end_s``.
``scope`` names the parts of the model that it touches, ``("all",)`` or some such as
``("head",)``; the other parts of the target stay as they were, to the bit.
``staleness`` is the rounds that the oldest source of a mix lies behind. Times are
seconds from the scenario's epoch.

The ledger has one row per transfer, by the row number ``op`` of the operation that
uses what was sent. ``names`` says how slots and nodes are called. ``payload`` is what
was sent: a model or parts of one, raw samples, or, where a model is split, the
embeddings that clients make, the features that are made of them, gradients of either,
or ``scores``: means of a gate, and what is decided by them. ``share`` is the part of
the link's bandwidth that the transfer had. A row with the link ``carry`` is something
on board a satellite on its way between two sites; sender and receiver are then both the
satellite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedorbit.base.files import read_table, write_table
from fedorbit.plans.costs import ALL

TEST = "test"
LINKS = ("access", "feeder", "isl", "carry")
MODEL, RAW, SCORES = "model", "raw", "scores"
PAYLOADS = (MODEL, RAW, "embedding", "feature", "gradient", SCORES)
OPS = {
    "op": "str",
    "start_s": "float64",
    "end_s": "float64",
    "target": "str",
    "sources": "object",  # list of slots
    "weights": "object",  # list of floats, one per source of a mix
    "clients": "object",  # list of client numbers of a train operation
    "steps": "int64",
    "proximal": "float64",
    "scope": "object",  # list of the names of parts
    "round": "int64",
    "staleness": "int64",
    "part": "str",  # of the test samples, for an evaluation
}
LEDGER = {
    "start_s": "float64",
    "end_s": "float64",
    "sender": "str",
    "receiver": "str",
    "link": "str",  # one of LINKS
    "bits": "float64",
    "op": "int64",
    "share": "float64",
    "payload": "str",  # one of PAYLOADS
}


@dataclass(frozen=True)
class Plan:
    """Operations and ledger of a strategy, as tables with the columns above."""

    ops: pd.DataFrame
    ledger: pd.DataFrame

    def write(self, ops_path: str | Path, ledger_path: str | Path) -> None:
        """Write both tables as Parquet."""
        write_table(self.ops, ops_path)
        write_table(self.ledger, ledger_path)

    @classmethod
    def read(cls, ops_path: str | Path, ledger_path: str | Path) -> "Plan":
        """Return the plan in two Parquet files."""
        return cls(read_table(ops_path), read_table(ledger_path))


def slots_read(op: Any) -> list[str]:
    """Return the slots that an operation reads.

    An operation on parts of a model keeps the other parts of its target, so that it
    reads the target.
    """
    if op.op == "evaluate":
        return [op.target]
    keeps = tuple(op.scope) != ALL and op.target not in op.sources
    return [*op.sources, op.target] if keeps else list(op.sources)


class PlanBuilder:
    """Collects operations and transfers in any order, and sorts them into a plan."""

    def __init__(self) -> None:
        self._ops: list[dict[str, Any]] = []
        self._ledger: list[dict[str, Any]] = []

    def _op(self, **values: Any) -> int:
        empty = {"sources": [], "weights": [], "clients": [], "steps": 0, "part": ""}
        defaults = {**empty, "proximal": 0.0, "scope": list(ALL), "staleness": 0}
        self._ops.append({**defaults, **values})
        return len(self._ops) - 1

    def train(
        self,
        slot: str,
        clients: list[int],
        steps: int,
        times_s: tuple[float, float],
        round_number: int,
        proximal: float = 0.0,
        scope: Sequence[str] = ALL,
    ) -> int:
        """Add a round of local training from a slot back to the same slot."""
        return self._op(
            op="train",
            start_s=times_s[0],
            end_s=times_s[1],
            target=slot,
            sources=[slot],
            clients=clients,
            steps=steps,
            proximal=proximal,
            scope=list(scope),
            round=round_number,
        )

    def mix(
        self,
        target: str,
        weights: dict[str, float],
        times_s: tuple[float, float],
        round_number: int,
        staleness: int = 0,
        scope: Sequence[str] = ALL,
        judges: Sequence[int] = (),
        steps: int = 0,
    ) -> int:
        """Add a weighted sum of slots; ``weights`` maps each source to its weight.

        With ``judges``, clients on whose judgement of ``steps`` batches weights hang.
        """
        return self._op(
            op="mix",
            start_s=times_s[0],
            end_s=times_s[1],
            target=target,
            sources=list(weights),
            weights=list(weights.values()),
            clients=list(judges),
            steps=steps,
            scope=list(scope),
            round=round_number,
            staleness=staleness,
        )

    def evaluate(
        self,
        slot: str,
        time_s: float,
        round_number: int,
        part: str = TEST,
        scope: Sequence[str] = ALL,
    ) -> int:
        """Add an evaluation of a slot on a part of the test samples.

        With a scope, samples pass only those parts of the model that may be chosen.
        """
        return self._op(
            op="evaluate",
            start_s=time_s,
            end_s=time_s,
            target=slot,
            part=part,
            scope=list(scope),
            round=round_number,
        )

    def transfer(
        self,
        op: int,
        link: str,
        sender: str,
        receiver: str,
        times_s: tuple[float, float],
        bits: float,
        share: float = 1.0,
        payload: str = MODEL,
    ) -> None:
        """Add a transfer to the ledger, for the operation that ``op`` stands for."""
        self._ledger.append(
            {
                "start_s": times_s[0],
                "end_s": times_s[1],
                "sender": sender,
                "receiver": receiver,
                "link": link,
                "bits": bits,
                "op": op,
                "share": share,
                "payload": payload,
            }
        )

    def mark(self) -> tuple[int, int]:
        """Return where the plan is, for ``rollback``."""
        return len(self._ops), len(self._ledger)

    def rollback(self, mark: tuple[int, int]) -> None:
        """Forget all that was added since ``mark``."""
        del self._ops[mark[0] :]
        del self._ledger[mark[1] :]

    def build(self) -> Plan:
        """Return the plan, with operations in causal order.

        Operations that end together keep the order in which they were added.
        """
        ops = pd.DataFrame(self._ops, columns=list(OPS)).astype(OPS)
        ops = ops.sort_values("end_s", kind="stable")
        row_of = {added: row for row, added in enumerate(ops.index)}
        ledger = pd.DataFrame(self._ledger, columns=list(LEDGER)).astype(LEDGER)
        ledger["op"] = ledger["op"].map(row_of).astype("int64")
        ledger = ledger.sort_values(["end_s", "op"], kind="stable")
        return Plan(ops.reset_index(drop=True), ledger.reset_index(drop=True))
