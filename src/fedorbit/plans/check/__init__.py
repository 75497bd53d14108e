"""The check that every plan must pass, whatever strategy made it."""

from fedorbit.plans.check.copies import check_copies
from fedorbit.plans.check.operations import PlanError, check_clients, check_operations
from fedorbit.plans.check.relays import check_carries, check_relays, check_turns
from fedorbit.plans.check.transfers import (
    check_antennas,
    check_no_raw_data,
    check_shares,
    check_transfers,
)
from fedorbit.plans.check.uploads import check_uploads
from fedorbit.plans.plan import Plan
from fedorbit.plans.scene import Scene

__all__ = ["PlanError", "check_no_raw_data", "check_plan"]


def check_plan(plan: Plan, scene: Scene) -> None:
    """Raise ``PlanError`` unless the plan is valid.

    A plan is valid when

    * operations stand in the order of their ends, a slot is written before it is read,
      and weights of a mix sum to one;
    * no client trains twice at once, or twice in one round;
    * whoever averages models of clients was sent all of them: those of a training are
      uploaded to it, and the model that a client has to itself, ``client/7``, to the
      mix that reads it; if the ground trains, clients have uploaded their samples;
    * every transfer lies within a pass of its satellite over its site, or while two
      satellites see each other, carries no more bits than the link can, and ends
      before the operation that it serves; uploads of one operation that start together
      share no more than the band, and no station serves more satellites at once than
      it has antennas, if that is given;
    * no satellite passes on what it has not yet received, payload by payload; models
      that change satellites at clients on their way were sent there and onward;
    * and what is carried is loaded before it flies and arrives with the satellite that
      carried it.

    A client on a satellite may send as that satellite or under its own name.
    """
    check_operations(plan.ops)
    check_clients(plan.ops)
    check_uploads(plan, scene)
    check_transfers(plan, scene)
    check_shares(plan.ledger, scene)
    check_antennas(plan.ledger, scene)
    check_turns(plan.ledger, scene)
    check_relays(plan, scene)
    check_carries(plan, scene)
    check_copies(plan, scene)
