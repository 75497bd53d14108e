"""Models that are averaged were sent to where that is done."""

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from fedorbit.plans import names
from fedorbit.plans.check.operations import TIME_TOLERANCE_S, require
from fedorbit.plans.plan import MODEL, Plan
from fedorbit.plans.scene import Scene

UPDATES = (MODEL, "gradient")


class _Sent:
    """Who sends and who receives what an operation uses."""

    def __init__(self, ledger: pd.DataFrame, scene: Scene) -> None:
        self.node = scene.sender
        self.since_s: dict[int, dict[str, float]] = defaultdict(dict)
        self.to: dict[int, set[str]] = defaultdict(set)
        self.anything: dict[int, set[str]] = defaultdict(set)
        columns = ["op", "sender", "receiver", "payload", "start_s"]
        moves = ledger.loc[ledger["link"] != "carry", columns]
        for op, name, receiver, payload, start_s in moves.itertuples(
            index=False, name=None
        ):
            sender = self.node(name)
            self.anything[op].add(sender)
            if payload in UPDATES:
                first_s = self.since_s[op].get(sender, start_s)
                self.since_s[op][sender] = min(first_s, start_s)
                self.to[op].add(self.node(receiver))

    def of(self, client: int) -> str:
        """Return the node that sends what a client sends."""
        return self.node(names.client(client))


def check_uploads(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` unless clients upload what is averaged, and nobody else.

    One of several satellites may keep its own model to itself: the others send theirs
    to it, so that it must receive some.
    """
    sent = _Sent(plan.ledger, scene)
    given: set[str] = set()
    written_s: dict[str, float] = {}
    uploaded: set[str] = set()
    for row, op in enumerate(plan.ops.itertuples(index=False)):
        if op.op == "evaluate":
            continue
        if op.op == "train":
            clients = {int(client) for client in op.clients}
            if names.is_client(op.target):
                alone = clients == {names.client_number(op.target)}
                require(alone, f"operation {row} trains others for {op.target}")
            elif op.target == names.GROUND:
                given |= sent.anything[row]
                _require_senders(row, {sent.of(c) for c in clients} <= given)
            else:
                _check_all_send(row, op.target, clients, sent)
        elif op.target != names.AVERAGE:
            own = {s for s in op.sources if names.is_client(s) and s != op.target}
            new = own - uploaded
            _check_mixed(row, op.target, {s: written_s[s] for s in new}, sent)
            uploaded |= new
        if names.is_client(op.target):
            written_s[op.target] = op.end_s
            uploaded.discard(op.target)


def _check_all_send(row: int, target: str, clients: set[int], sent: _Sent) -> None:
    """Check that the clients of a training send to it, and no others on the ground."""
    nodes = {sent.of(client) for client in clients}
    senders = {node for node in sent.since_s[row] if names.is_client(node)}
    grounded = {node for node in nodes if names.is_client(node)}
    _require_senders(row, grounded == senders)
    _check_satellites(row, target, nodes - grounded, len(nodes), sent)


def _check_mixed(
    row: int, target: str, written_s: Mapping[str, float], sent: _Sent
) -> None:
    """Check that clients send their own models to a mix, and not too early.

    ``written_s`` is when the models to send were ready, by their slots.
    """
    nodes = {sent.node(slot) for slot in written_s}
    grounded = {node for node in nodes if names.is_client(node)}
    _require_senders(row, grounded <= set(sent.since_s[row]), "mixes")
    _check_satellites(row, target, nodes - grounded, len(nodes), sent, "mixes")
    for slot, ready_s in written_s.items():
        since_s = sent.since_s[row].get(sent.node(slot), ready_s)
        require(
            since_s >= ready_s - TIME_TOLERANCE_S,
            f"operation {row} is sent {slot} before it is ready",
        )


def _check_satellites(
    row: int, target: str, nodes: set[str], all_nodes: int, sent: _Sent, does="trains"
) -> None:
    """Check that satellites send, but for one at which the average is made."""
    quiet = nodes - set(sent.since_s[row])
    most = 0 if names.kind_of(target) == names.GROUND else 1
    collects = all_nodes == 1 or quiet <= sent.to[row]
    _require_senders(row, len(quiet) <= most and collects, does)


def _require_senders(row: int, holds: bool, does: str = "trains") -> None:
    require(holds, f"operation {row} {does} other clients than those that upload")
