"""How much faster are written-out gradients of experts than automatic ones?

    python bench/experts.py

trains two experts of eight, of 20 clients at once, on a frozen body or on its features,
by the gradients of ``fedorbit.learn.networks.experts`` and by ``torch.func.vmap`` of
the same network as a module. It writes ``bench/experts.md``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import click
import torch
from torch import Tensor, nn

from fedorbit.base.numerics import variables
from fedorbit.learn.models.experts import Mixture
from fedorbit.learn.networks.experts import Experts, expert
from fedorbit.learn.networks.gating import softmax_of_largest
from fedorbit.learn.networks.modular import Modular
from fedorbit.learn.networks.network import Network, Params

REPORT = Path(__file__).with_suffix(".md")
INPUTS, CLASSES = 64, 10
CLIENTS, BATCH, RATE, LEARNING = 20, 16, 0.1, (0, 1)
STEPS, TIMES = 200, 7
HOW = {
    "name": "experts",
    "hidden": 64,
    "experts": 8,
    "width": 32,
    "active": 2,
    "routing": "masked",
}


class _Expert(nn.Module):
    def __init__(self, wide: int, narrow: int) -> None:
        super().__init__()
        self.up = nn.Parameter(torch.empty(narrow, wide).normal_())
        self.down = nn.Parameter(torch.empty(wide, narrow).normal_())

    def forward(self, x: Tensor) -> Tensor:
        """Return what the expert adds to features (n, wide)."""
        return torch.relu(x @ self.up.T) @ self.down.T


class PlainMixture(nn.Module):
    """The same network as ``Experts``, with the same names, for autograd."""

    def __init__(
        self, how: Mixture, inputs: int, classes: int, routed: Sequence[int]
    ) -> None:
        """Without inputs, samples are features."""
        super().__init__()
        self.routed, self.active = list(routed), how.active
        if inputs:
            self.body = nn.Linear(inputs, how.hidden)
        self.gate = nn.Linear(how.hidden, how.experts)
        self.head = nn.Linear(how.hidden, classes)
        for number in range(how.experts):
            self.add_module(expert(number), _Expert(how.hidden, how.width))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of samples (n, inputs)."""
        features = torch.relu(self.body(x)) if hasattr(self, "body") else x
        scores = self.gate(features)[:, self.routed]
        gates = softmax_of_largest(scores.T.unsqueeze(0), self.active)[0].T
        added = [self._modules[expert(m)](features) for m in self.routed]
        mixed = (torch.stack(added, 2) * gates.unsqueeze(1)).sum(2)
        return self.head(features + mixed)


def measured() -> dict[str, list[float]]:
    """Return client-steps in a second of each work: written out, and by vmap."""
    torch.set_num_threads(1)
    rates = {}
    for routing in ("masked", "full"):
        how = Mixture(**HOW | {"routing": routing})
        whole = Experts(how, INPUTS, CLASSES)
        for ours, inputs in ((whole, INPUTS), (whole.on_features(), 0)):
            names = [name for m in LEARNING for name in ours.scopes()[expert(m)]]
            build = partial(PlainMixture, how, inputs, CLASSES, ours.routed(names))
            first, networks = ours.init(0), (ours, Modular(build))
            works = [stepping(network, first, names) for network in networks]
            for work in works:
                work()
            # They take turns, so that whatever else the machine does weighs on both.
            seconds = [[work() for work in works] for _ in range(TIMES)]
            seen = "body" if inputs else "features"
            rates[f"{routing} | {seen}"] = [
                CLIENTS * STEPS / median(own) for own in zip(*seconds, strict=True)
            ]
    return rates


def stepping(network: Network, first: Params, names: list[str]) -> Callable[[], float]:
    """Return a function that takes some steps and returns its seconds."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(CLIENTS, BATCH, INPUTS, generator=generator)
    y = torch.randint(CLASSES, (CLIENTS, BATCH), generator=generator)
    rates = torch.full((CLIENTS,), RATE)
    params = {
        name: torch.stack([p] * CLIENTS)
        if name in names
        else p.expand(CLIENTS, *p.shape)
        for name, p in first.items()
    }

    def work() -> float:
        began = perf_counter()
        for _ in range(STEPS):
            network.step(params, x, y, names, rates)
        return perf_counter() - began

    return work


@click.command()
@click.option("--once", is_flag=True, help="Measure, and print the numbers.")
def compare(once: bool) -> None:
    """Measure with each kind of numerics, and write bench/experts.md."""
    if once:
        print(json.dumps(measured()))
        return
    rows = []
    for numerics in ("fast", "portable"):
        own = {k: v for k, v in os.environ.items() if k not in variables("portable")}
        done = subprocess.run(
            [sys.executable, __file__, "--once"],
            env=own | {"OMP_NUM_THREADS": "1"} | variables(numerics),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for work, (ours, by_vmap) in json.loads(done.stdout).items():
            ratio = ours / by_vmap
            numbers = f"{ours:,.0f} | {by_vmap:,.0f} | {ratio:.1f}"
            rows.append(f"| {numerics} | {work} | {numbers} |")
    REPORT.write_text(
        "# Written-out gradients of experts\n\n"
        "Made by `python bench/experts.py`: client-steps in a second of one thread, "
        f"medians of {TIMES}.\n{CLIENTS} clients train two of eight experts of width "
        f"{HOW['width']} on a frozen body of {INPUTS} -> {HOW['hidden']} or on its "
        f"features, batches of {BATCH}.\n\n"
        "| numerics | routing | on | written out | vmap | ratio |\n"
        "| --- | --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )
    click.echo(REPORT.read_text())


if __name__ == "__main__":
    compare()
