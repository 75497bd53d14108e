"""A server at the stations whose clients are satellites: its versions, and their use.

The version of the server's model counts how often it has changed; ``reply/ground/3`` is
version 3 as it is handed out. A satellite trains it as ``client/7``. ``average`` is the
server's model, too, for tables.

The model of a plane, ``orbit/2``, is the mean of what its satellites have from the
server: the version that each of them fetched last, as it came. It is no model that
anybody holds while they have different ones, and costs nothing. It lags behind the
server, which sends nothing up for the sake of an evaluation.
"""

from collections import Counter, defaultdict

from fedorbit.plans import names
from fedorbit.plans.moves.fleet import first_copies
from fedorbit.plans.moves.stations import Pass
from fedorbit.plans.moves.visits import Return, Visits
from fedorbit.plans.plan import PlanBuilder


class Server:
    """The server's model in a plan, and the satellites that train it."""

    def __init__(self, visits: Visits, proximal: float = 0.0) -> None:
        self.visits, self.proximal = visits, proximal
        self.plan = PlanBuilder()
        self.version, self.changed_s = 0, 0.0
        self._evaluated = 0
        self._fetched: dict[str, list[tuple[float, str]]] = defaultdict(list)
        """By satellite, when it had a version, and the slot of that."""
        first_copies(visits.fleet, self.plan)
        self.plan.mix(names.GROUND, {names.INITIAL: 1.0}, (0.0, 0.0), 0)
        self._keep()

    @property
    def slot(self) -> str:
        """Return the slot of the version of now."""
        return names.reply(names.GROUND, self.version)

    def hand_out(
        self, satellite: str, up: Pass, back: Return, round_number: int
    ) -> None:
        """Add that a satellite fetches the model of now and takes its local steps."""
        client = self.visits.client_of[satellite]
        slot, fetched_s = names.client(client), (up.end_s, up.end_s)
        op = self.plan.mix(slot, {self.slot: 1.0}, fetched_s, round_number)
        ends, times_s = (up.station, satellite), (up.start_s, up.end_s)
        self.plan.transfer(op, "feeder", *ends, times_s, self.visits.bits)
        self.plan.train(
            slot,
            [client],
            back.steps,
            (up.end_s, back.trained_s),
            round_number,
            proximal=self.proximal,
            scope=self.visits.scope,
        )
        self._fetched[satellite].append((up.end_s, self.slot))

    def brought(self, op: int, down: Pass) -> None:
        """Add the transfer of a satellite's model to the server, for an operation."""
        ends, times_s = (down.satellite, down.station), (down.start_s, down.end_s)
        self.plan.transfer(op, "feeder", *ends, times_s, self.visits.bits)

    def change(self, weights: dict[str, float], at_s: float, staleness: int = 0) -> int:
        """Add the next version, a mix of slots, and return the operation."""
        self.version, self.changed_s = self.version + 1, at_s
        times_s, scope = (at_s, at_s), self.visits.scope
        op = self.plan.mix(
            names.GROUND, weights, times_s, self.version, staleness, scope
        )
        self._keep()
        return op

    def evaluate(self) -> None:
        """Evaluate the version of now, and the models of all planes at that time."""
        if self.version == self._evaluated:
            return
        self._evaluated = number = self.version
        plan, scope, at_s = self.plan, self.visits.scope, self.changed_s
        times_s = (at_s, at_s)
        plan.mix(names.AVERAGE, {names.GROUND: 1.0}, times_s, number, scope=scope)
        plan.evaluate(names.AVERAGE, at_s, number)
        for plane, ring in self.visits.fleet.rings.items():
            held = Counter(self._held(satellite, at_s) for satellite in ring)
            weights = {slot: count / len(ring) for slot, count in held.items()}
            plan.mix(plane, weights, times_s, number, scope=scope)
            tests = self.visits.fleet.scene.tests(plane)
            plan.evaluate(plane, at_s, number, tests)

    def _held(self, satellite: str, at_s: float) -> str:
        slots = [s for had_s, s in self._fetched[satellite] if had_s <= at_s]
        return slots[-1] if slots else names.INITIAL

    def _keep(self) -> None:
        at_s = (self.changed_s, self.changed_s)
        self.plan.mix(self.slot, {names.GROUND: 1.0}, at_s, self.version)
