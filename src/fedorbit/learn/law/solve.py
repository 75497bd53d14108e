"""The law for a study: one pilot training, and the mixing ratio that is best by it.

docs/theory.md derives the law. How many rounds FedMeld makes comes from its plan, which
takes equally long with every ratio; two curves of losses come from the pilot.
"""

from collections.abc import Sequence
from typing import Any

from fedorbit.base.errors import Infeasible, SettingsError
from fedorbit.learn.law.pilot import measure_curves
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device
from fedorbit.learn.scmr.solve import DERIVED, GIVEN, PILOT, SCENE, sourced
from fedorbit.plans.law.pilot_plans import law_pilot_ops
from fedorbit.plans.scene import Scene
from fedorbit.plans.strategies.fedmeld import plan_fedmeld
from fedorbit.plans.strategies.fedmeld_law import ANY_RATIO, FedMeldLaw
from fedorbit.theory.fedmeld.law import predict, spread


def solve_law(
    scene: Scene, tasks: Sequence[Task], settings: FedMeldLaw, device: Device
) -> dict[str, Any]:
    """Return what the law says of a study, ready for JSON (docs/tables.md).

    ``tasks`` are those of all seeds; what the pilots measure is their mean. If no
    mixing fits into the scene, the result says so, and nothing is trained. Raises
    ``SettingsError`` where the law does not apply to the study.
    """
    if scene.region_weights is not None:
        raise SettingsError(
            "clients.region_weights is given, but fedmeld_law rests on a law for "
            "regions of equal weight; remove it."
        )
    try:
        plan = plan_fedmeld(scene, settings.with_ratio(ANY_RATIO))
    except Infeasible as error:
        return {"feasible": False, "explanation": str(error)}
    rounds, delta = int(plan.ops["round"].max()), settings.round_interval
    ops = law_pilot_ops(scene, delta, rounds, settings.alone_rounds)
    curves = measure_curves(ops, tasks, rounds, device)
    above = settings.upstreams(scene.regions)
    table = predict(curves, above, delta, rounds)
    best = table.loc[table["loss"].idxmin()]
    return {
        "feasible": True,
        **sourced(
            GIVEN, round_interval=delta, pilot_alone_rounds=settings.alone_rounds
        ),
        **sourced(SCENE, rounds=rounds),
        **sourced(
            DERIVED,
            mixing_ratio=float(best["mixing_ratio"]),
            least_ratio=float(table["mixing_ratio"].min()),
            progress_rounds=float(best["progress_rounds"]),
            apart_rounds=float(best["apart_rounds"]),
            spread=spread(above),
            terms={"mean": float(best["mean_loss"]), "apart": float(best["gap"])},
            losses=table[["mixing_ratio", "loss"]].to_numpy().tolist(),
        ),
        **sourced(
            PILOT,
            mean_loss=list(zip(curves.rounds, curves.mean_loss, strict=True)),
            gap=list(zip(curves.alone_rounds, curves.gap, strict=True)),
        ),
    }
