"""Federated averaging of satellites with a server at the ground stations.

B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Aguera y Arcas,
"Communication-Efficient Learning of Deep Networks from Decentralized Data",
https://arxiv.org/abs/1602.05629, for satellites as in G. R. Kim, F. Svoboda and N. D.
Lane, "Bringing Federated Learning to Space", https://arxiv.org/abs/2511.14889, and in
its public code FLySTacK, gkim65/federated-satellites: ``fedAvgSat``, and ``fedAvg2Sat``
if scheduled.

The server hands its model to satellites as they come over a station; each takes its
local steps on board and brings its model in a later pass. When all that were chosen
have come, the server averages them. The first that come over a station are chosen or,
if scheduled, those that can be back first by the contact table.

Adapted: rates, bits and antennas decide how long a transfer takes, and the model card
how long local steps do; there a transfer takes no time, and an epoch five minutes.
Satellites count the same, or as their planes do, not by their samples.
"""

from fedorbit.base.errors import Infeasible, TooShort
from fedorbit.base.settings import Rounds, between
from fedorbit.plans import names
from fedorbit.plans.moves.aboard import Aboard
from fedorbit.plans.moves.fleet import Fleet
from fedorbit.plans.moves.server import Server
from fedorbit.plans.moves.visits import Steps, Turns, Visits, steps_of_scene
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene
from fedorbit.plans.sky import NEVER
from fedorbit.plans.strategy import Needs, Strategy


class FedAvgSatellites(Aboard):
    """The settings of FedAvg of satellites."""

    scheduled: bool
    """Whether the server chooses who can be back first, not who comes first."""
    participants: between(int, 1, 100_000) | None
    """Satellites that are chosen for a round, all if null or if there are fewer."""
    rounds: Rounds
    """Rounds of local steps and averaging, or as many as fit."""


def plan_fedavg_satellites(scene: Scene, settings: FedAvgSatellites) -> Plan:
    """Return the plan of FedAvg of satellites.

    Raises ``SettingsError`` without stations, ``TooShort`` if no round fits.
    """
    return plan_rounds_of_server(scene, settings)


def plan_rounds_of_server(
    scene: Scene,
    settings: FedAvgSatellites,
    steps: Steps = steps_of_scene,
    proximal: float = 0.0,
) -> Plan:
    """Return the plan of a server that waits for all that it has chosen.

    Raises ``SettingsError`` without stations, ``TooShort`` if no round fits.
    """
    visits = Visits(Fleet(scene), settings, steps)
    server = Server(visits, proximal)
    mark = server.plan.mark()
    try:
        for number in range(1, settings.rounds + 1):
            mark = server.plan.mark()
            _add_round(server, settings, number)
            if number % scene.evaluation_interval == 0:
                server.evaluate()
    except Infeasible as error:
        server.plan.rollback(mark)
        if server.version == 0:
            raise TooShort(
                f"no round fits into {scene.horizon_s / 3600:g} h: {error}"
            ) from None
    server.evaluate()
    return server.plan.build()


def _add_round(server: Server, settings: FedAvgSatellites, number: int) -> None:
    """Add a round; raises ``TooShort`` if not all that are chosen are back in time."""
    visits, came = server.visits, []
    turns, chosen = Turns(visits), _choose(visits, settings, server.changed_s)
    for satellite in chosen:
        turns.ask(satellite, "up", server.changed_s)
    for satellite, way, found in turns:
        turns.take(satellite, way, found)
        if way == "up":
            back = visits.back(satellite, found.end_s)
            server.hand_out(satellite, found, back, number)
            turns.ask(satellite, "down", back.from_s)
        else:
            came.append(found)
    if len(came) < len(chosen):
        hours = visits.fleet.scene.horizon_s / 3600
        raise TooShort(
            f"{len(chosen) - len(came)} of {len(chosen)} satellites do not fetch a "
            f"model and bring theirs before the scenario ends at {hours:g} h; lengthen "
            "scenario.hours, add a ground station or lower participants."
        )
    counts = _counts(visits.fleet, [down.satellite for down in came])
    weights = {names.client(visits.client_of[s]): w for s, w in counts.items()}
    op = server.change(weights, max(down.end_s for down in came))
    for down in came:
        server.brought(op, down)


def _choose(visits: Visits, settings: FedAvgSatellites, from_s: float) -> list[str]:
    """Return the satellites that are to train, from a time on."""
    satellites = list(visits.fleet.plane_of)
    if settings.participants is None or settings.participants >= len(satellites):
        return satellites

    def comes_s(satellite: str) -> float:
        up = visits.contact(satellite, "up", from_s)
        if up is None or not settings.scheduled:
            return NEVER if up is None else up.end_s
        down = visits.back(satellite, up.end_s).down
        return NEVER if down is None else down.end_s

    return sorted(satellites, key=comes_s)[: settings.participants]


def _counts(fleet: Fleet, satellites: list[str]) -> dict[str, float]:
    """Return what some satellites count, in the order of all; it sums to one."""
    of_plane = {p: fleet.weights[p] / len(ring) for p, ring in fleet.rings.items()}
    own = {s: of_plane[p] for s, p in fleet.plane_of.items() if s in satellites}
    total = sum(own.values())
    return {satellite: weight / total for satellite, weight in own.items()}


STRATEGY = Strategy(
    FedAvgSatellites,
    plan_fedavg_satellites,
    lambda settings: Needs(stations=True, features=settings.learns == "head"),
)
