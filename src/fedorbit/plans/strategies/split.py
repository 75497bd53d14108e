"""Split fine-tuning: embedding and head in space, backbone on the ground.

Y. Zhu, J. Zhu, T. Wang, Y. Shi, C. Jiang and K. B. Letaief, "Satellite Federated
Fine-Tuning for Foundation Models in Space Computing Power Networks",
https://arxiv.org/abs/2504.10403. The full text was not at hand; docs/papers/finetune.md
says what is second-hand and what is ours.

Satellites embed their samples and share the embeddings around their plane; any of them
sends any part to a ground station. The ground runs the backbone and sends the features
back, on which satellites train the head. Then the planes take the mean of their heads.

What crosses, and when, depends on what learns:

* ``head``, or the ``experts`` behind a backbone: with ``cached``, embeddings of all
  samples go down once, before the first round; else those of a round's samples go down
  in every round;
* ``embedding_head``: every local step sends the embeddings of its samples down and the
  features up, then the gradients of the features down and those of the embeddings up;
* ``adapter_head``: adapters of the backbone learn on the ground. With ``cached`` the
  embeddings go down once; every local step sends features up and their gradients down.
"""

from typing import Literal

from pydantic import model_validator

from fedorbit.base.settings import Rounds
from fedorbit.plans.moves.aboard import scope_of
from fedorbit.plans.moves.agreement import Way
from fedorbit.plans.moves.fleet import Fleet, Sent
from fedorbit.plans.moves.learning import Preparation, plan_rounds
from fedorbit.plans.moves.trips import Roads, bring_down, bring_up, check_roads
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategy import Needs, Strategy


class Split(Roads):
    """The settings of split fine-tuning."""

    learns: Literal["head", "embedding_head", "adapter_head", "experts"]
    """What is trained: the head, and what besides it, or the experts of a mixture."""
    cached: bool
    """Whether what is frozen runs once a sample, and the result is kept."""
    inter_orbit: Way
    """How planes come to the mean of their heads."""
    rounds: Rounds
    """Rounds of local steps and averaging, or as many as fit."""

    @model_validator(mode="after")
    def _can_be_cached(self) -> "Split":
        if self.cached and self.learns == "embedding_head":
            raise ValueError(
                "cached is true, but embeddings that learn differ from step to step; "
                "make it false"
            )
        return self


def plan_split(scene: Scene, settings: Split) -> Plan:
    """Return the plan of split fine-tuning.

    Raises ``SettingsError`` if stations or counts of the card are missing, and
    ``Infeasible`` if no round fits.
    """
    fleet = Fleet(scene)
    check_roads(fleet, settings)
    trips = _Trips(fleet, settings)
    scope = scope_of(scene, settings.learns)
    # Adapters of the backbone are where the backbone is.
    return plan_rounds(
        fleet,
        settings.rounds,
        scope,
        trips.prepare,
        settings.inter_orbit,
        shared=[part for part in scope if part != "adapter"],
    )


class _Trips:
    """What crosses the cuts before satellites can train their heads."""

    def __init__(self, fleet: Fleet, settings: Split) -> None:
        self.fleet, self.settings, self.card = fleet, settings, fleet.scene.card
        number_bits = fleet.aboard.bits_per_number
        self.embedding_bits = number_bits * self.card.output_numbers("embedding")
        self.feature_bits = number_bits * self.card.output_numbers("backbone")
        self.is_first = True

    def prepare(self, start_s: dict[str, float]) -> Preparation:
        """Return when the satellites have all that a round of their heads takes.

        ``start_s`` is when each satellite is free.
        """
        scene = self.fleet.scene
        steps, batch = scene.local_steps, scene.batch_size
        cached, first = self.settings.cached, self.is_first
        self.is_first = False
        if self.settings.learns in ("head", "experts"):
            if cached and not first:
                return Preparation(start_s, [])
            samples = self.fleet.samples() if cached else steps * batch
            return self._features(start_s, samples)
        sent: list[Sent] = []
        if self.settings.learns == "adapter_head" and cached and first:
            at_s = self._embeddings(start_s, self.fleet.samples(), sent)
            start_s = dict.fromkeys(start_s, at_s)
        for _ in range(steps):
            start_s = self._step(start_s, batch, sent)
        return Preparation(start_s, sent, has_trained=True)

    def _features(self, start_s: dict[str, float], samples: int) -> Preparation:
        """Return the trip of embeddings down and of features up."""
        sent: list[Sent] = []
        down_s = self._embeddings(start_s, samples, sent)
        flop = self._on_ground(samples, self.card.forward_flop(["backbone"]))
        ready_s = self._up(down_s + flop, samples * self.feature_bits, "feature", sent)
        return Preparation(ready_s, sent)

    def _embeddings(
        self, start_s: dict[str, float], samples: int, sent: list[Sent]
    ) -> float:
        """Return when the embeddings of some samples of each satellite are down."""
        flop = samples * self.card.forward_flop(["embedding"])
        ready_s = self.fleet.computed_s(start_s, flop)
        return self._down(ready_s, samples * self.embedding_bits, "embedding", sent)

    def _step(
        self, start_s: dict[str, float], batch: int, sent: list[Sent]
    ) -> dict[str, float]:
        """Return when a local step is done whose gradients cross the cuts."""
        card, fleet = self.card, self.fleet
        learns_embedding = self.settings.learns == "embedding_head"
        ground = "backbone" if learns_embedding else "adapter"
        if learns_embedding or not self.settings.cached:
            down_s = self._embeddings(start_s, batch, sent)
        else:
            down_s = max(start_s.values())
        forward_s = self._on_ground(batch, card.forward_flop([ground]))
        bits = batch * self.feature_bits
        ready_s = self._up(down_s + forward_s, bits, "feature", sent)
        head = batch * card.parts["head"].flop_per_sample
        ready_s = fleet.computed_s(ready_s, head)
        down_s = self._down(ready_s, bits, "gradient", sent)
        if not learns_embedding:
            rest = card.parts["adapter"].flop_per_sample - card.forward_flop([ground])
            done_s = down_s + self._on_ground(batch, rest)
            return dict.fromkeys(start_s, done_s)
        rest = card.passing_flop([ground]) - card.forward_flop([ground])
        back_s = down_s + self._on_ground(batch, rest)
        ready_s = self._up(back_s, batch * self.embedding_bits, "gradient", sent)
        embedding = card.parts["embedding"].flop_per_sample
        rest = batch * (embedding - card.forward_flop(["embedding"]))
        return fleet.computed_s(ready_s, rest)

    def _down(
        self, ready_s: dict[str, float], bits: float, payload: str, sent: list[Sent]
    ) -> float:
        found = bring_down(self.fleet, self.settings, bits, ready_s, payload)
        self.fleet.draw(found.sent)
        sent += found.sent
        return found.end_s

    def _up(
        self, from_s: float, bits: float, payload: str, sent: list[Sent]
    ) -> dict[str, float]:
        found = bring_up(self.fleet, self.settings, bits, from_s, payload)
        self.fleet.draw(found.sent)
        sent += found.sent
        return found.ready_s

    def _on_ground(self, samples: int, flop_per_sample: float) -> float:
        """Return how long the ground computes on samples of all satellites."""
        scene = self.fleet.scene
        flop = len(scene.homes) * samples * flop_per_sample
        return scene.seconds(flop, scene.stations[0])


STRATEGY = Strategy(
    Split,
    plan_split,
    lambda settings: Needs(
        stations=True,
        isls="optical",
        crossings=settings.inter_orbit != "ground" or settings.association == "relayed",
        features=settings.learns == "head",
    ),
)
