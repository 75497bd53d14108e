"""Which parameters the scope of an operation is."""

from collections.abc import Iterable

from fedorbit.base.errors import RunError
from fedorbit.learn.networks.network import Params
from fedorbit.learn.run.task import Task
from fedorbit.plans.costs import ALL


def parameters(task: Task, model: Params, scope: Iterable[str]) -> list[str]:
    """Return the names of a model's parameters in a scope, in the model's order.

    Raises ``RunError`` if the network has no such part.
    """
    parts, wanted = task.network.scopes(), set()
    for part in scope:
        if part not in parts and part not in ALL:
            raise RunError(
                f"the plan's scope names the part {part!r}, but the model's parts are "
                f"{', '.join(parts)}; choose a model that has it."
            )
        wanted |= set(model) if part in ALL else set(parts[part])
    return [name for name in model if name in wanted]
