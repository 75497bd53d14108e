"""SC-MR for a study: measure, fit the bound, and choose FedMeld's delta and alpha.

docs/theory.md describes the steps. Round and flight times are measured in the scene;
sigma^2, G^2, a proxy for Gamma and a few losses by pilot trainings; mu and L are
assumed, as no network has them.
"""

from collections.abc import Sequence
from typing import Any

from fedorbit.base.errors import Infeasible, SettingsError
from fedorbit.learn.run.task import Task
from fedorbit.learn.scmr.pilots import Device, Measured, run_pilots
from fedorbit.learn.settings import Inverse, Training
from fedorbit.plans.scene import Scene
from fedorbit.plans.scmr.pilot_plans import pilot_ops
from fedorbit.plans.scmr.timing import Timing, measure_timing
from fedorbit.plans.strategies.fedmeld_optimal import FedMeldOptimal, PilotCell
from fedorbit.theory.fedmeld.bounds import Constants
from fedorbit.theory.fedmeld.calibrate import Calibration, Cell, calibrate
from fedorbit.theory.fedmeld.scmr import (
    Latency,
    NoSolution,
    Optimum,
    Reason,
    optimise,
    smallest_interval,
)

GIVEN, ASSUMED, DERIVED = "given by the study", "assumed", "derived"
SCENE, PILOT = "measured in the scene", "measured by pilot trainings"
REMEDIES = {
    Reason.FLIGHT_TOO_LONG: "lengthen scenario.hours or choose regions that one "
    "satellite passes in turn",
    Reason.ROUNDS_DO_NOT_FIT: "lengthen scenario.hours or lower "
    "strategies.fedmeld_optimal.rounds",
    Reason.NO_MIXING_RATIO: "raise training.learning_rate, "
    "training.schedule.half_life_rounds or strategies.fedmeld_optimal.strong_convexity",
}


def solve_scmr(
    scene: Scene, tasks: Sequence[Task], settings: FedMeldOptimal, device: Device
) -> dict[str, Any]:
    """Return the solution of SC-MR for a study, ready for JSON (docs/tables.md).

    ``tasks`` are those of all seeds; what pilots measure is their mean. If there is no
    solution, the result says why, and nothing is trained. Raises ``SettingsError``
    where the bound does not apply to the study.
    """
    training = tasks[0].training
    _check(scene, training)
    step_scale, offset = step_sizes(training)
    try:
        timing = measure_timing(scene)
    except Infeasible as error:
        return _refusal(Reason.ROUNDS_DO_NOT_FIT, str(error).rstrip("."))
    rounds = settings.rounds or int(scene.horizon_s / timing.round_s)
    known = {
        **sourced(SCENE, round_s=timing.round_s, hops=_hops(timing)),
        **sourced(GIVEN, limit_s=scene.horizon_s),
        **sourced(DERIVED if settings.rounds is None else GIVEN, rounds=rounds),
        **sourced(DERIVED, step_scale=step_scale, step_offset=offset),
        **sourced(
            ASSUMED,
            strong_convexity=settings.strong_convexity,
            smoothness=settings.smoothness,
            least_loss=0.0,
        ),
    }
    latency = _latency(timing, rounds, scene.horizon_s)
    if isinstance(latency, NoSolution):
        return _refusal(latency.reason) | known
    known |= sourced(SCENE, flight_s=timing.flight_s)
    if settings.strong_convexity * step_scale <= 1:
        return _refusal(Reason.NO_MIXING_RATIO) | known
    measured = run_pilots(
        _pilot_plans(scene, settings), tasks, settings.pilot.rounds, device
    )
    constants = _constants(scene, settings, step_scale, training.local_steps, measured)
    fit = _calibrate(constants, settings, measured, offset)
    raw = optimise(latency, constants)
    fitted = optimise(latency, constants, fit.scales)
    assert isinstance(raw, Optimum) and isinstance(fitted, Optimum)  # as checked above
    return {
        "feasible": True,
        **known,
        **_solution(raw, fitted),
        **_measurements(settings.pilot.cells, measured, fit),
    }


def step_sizes(training: Training) -> tuple[float, float]:
    """Return beta and gamma of the step sizes beta / (t + gamma), t in local steps.

    Raises ``SettingsError`` for a schedule other than ``inverse``, as no other has
    such steps, and for momentum.
    """
    schedule = training.schedule
    if not isinstance(schedule, Inverse):
        raise SettingsError(
            f"training.schedule.name is {schedule.name!r}, but fedmeld_optimal rests "
            "on a bound for steps that fall as 1 / t; set it to inverse."
        )
    if training.momentum:
        raise SettingsError(
            f"training.momentum is {training.momentum}, but fedmeld_optimal rests on a "
            "bound for plain gradient descent; set it to 0."
        )
    offset = schedule.half_life_rounds * training.local_steps
    return training.learning_rate * offset, offset


def _check(scene: Scene, training: Training) -> None:
    """Raise ``SettingsError`` where neither bound nor pilots fit the study."""
    if len(scene.regions) < 2:
        raise SettingsError(
            "FedMeld needs a ring of at least two regions; add regions."
        )
    if scene.region_weights is not None:
        raise SettingsError(
            "clients.region_weights is given, but fedmeld_optimal rests on a bound for "
            "regions of equal weight; remove it."
        )
    if len(set(scene.homes.sizes)) > 1:
        raise SettingsError(
            "regions have different numbers of clients, but fedmeld_optimal rests on a "
            "bound for equal ones; give all the same."
        )
    if training.batch_size < 2:
        raise SettingsError(
            "training.batch_size is 1, but the pilots of fedmeld_optimal estimate the "
            "variance of gradients from halves of a batch; set it to 2 or more."
        )


def _latency(timing: Timing, rounds: int, limit_s: float) -> Latency | NoSolution:
    """Return the times of SC-MR, or why they allow no interval."""
    if timing.flight_s > limit_s:
        return NoSolution(Reason.FLIGHT_TOO_LONG)
    if rounds == 0:
        return NoSolution(Reason.ROUNDS_DO_NOT_FIT)
    latency = Latency(
        rounds=rounds,
        round_s=timing.round_s,
        flight_s=timing.flight_s,
        limit_s=limit_s,
    )
    interval = smallest_interval(latency)
    return interval if isinstance(interval, NoSolution) else latency


def _refusal(reason: Reason, sentence: str | None = None) -> dict[str, Any]:
    """Return that there is no solution, why, and what to do about it."""
    sentence = sentence or f"{reason.value}; {REMEDIES[reason]}"
    return {"feasible": False, "reason": reason.name, "explanation": sentence}


def _pilot_plans(scene: Scene, settings: FedMeldOptimal) -> list:
    pilot = settings.pilot
    return [
        pilot_ops(scene, cell.round_interval, cell.mixing_ratio, pilot.rounds)
        for cell in pilot.cells
    ]


def _constants(
    scene: Scene,
    settings: FedMeldOptimal,
    step_scale: float,
    local_steps: int,
    measured: Measured,
) -> Constants:
    return Constants(
        strong_convexity=settings.strong_convexity,
        smoothness=settings.smoothness,
        step_scale=step_scale,
        local_steps=local_steps,
        regions=len(scene.regions),
        squared_gradient=measured.squared_gradient,
        variance=measured.variance,
        heterogeneity=measured.heterogeneity,
        clients_per_region=scene.homes.sizes[0],
        sampled_per_region=scene.uploaders(scene.regions[0]),
    )


def _calibrate(
    constants: Constants, settings: FedMeldOptimal, measured: Measured, offset: float
) -> Calibration:
    """Return the fit to the losses of the mean model, whose least is taken to be 0."""
    cells = [
        Cell(cell.round_interval, cell.mixing_ratio, float(loss))
        for cell, loss in zip(settings.pilot.cells, measured.mean_loss, strict=True)
    ]
    steps = settings.pilot.rounds * constants.local_steps
    try:
        return calibrate(constants, cells, steps, offset)
    except ValueError as error:
        raise SettingsError(
            f"strategies.fedmeld_optimal.pilot.cells: {error}."
        ) from None


def sourced(source: str, **values: Any) -> dict[str, dict[str, Any]]:
    """Return each value with where it comes from."""
    return {name: {"value": v, "source": source} for name, v in values.items()}


def _hops(timing: Timing) -> list[dict[str, Any]]:
    """Return the flights of each hop; the mean is null if none arrives."""
    names = ["origin", "destination", "flights", "lost", "mean_s"]
    rows = timing.hops[names].astype(object).to_dict("records")
    return [
        {key: None if value != value else value for key, value in row.items()}
        for row in rows
    ]


def _solution(raw: Optimum, fitted: Optimum) -> dict[str, Any]:
    return sourced(
        DERIVED,
        round_interval=fitted.delta,
        mixing_ratio=fitted.alpha,
        mixing_ratio_raw=raw.alpha,
        mixing_ratio_of_cubic=fitted.alpha_of_cubic,
        mixing_ratio_of_cubic_raw=raw.alpha_of_cubic,
        mixing_ratio_limit=fitted.alpha_limit,
        terms=fitted.terms,
        terms_raw=raw.terms,
        least_offset=fitted.least_offset,
        total_s=fitted.total_s,
        idle_s=fitted.idle_s,
    )


def _measurements(
    cells: Sequence[PilotCell], measured: Measured, fit: Calibration
) -> dict[str, Any]:
    rows = [
        {
            **cell.model_dump(),
            "loss": float(loss),
            "regional_loss": float(regional),
            "residual": float(residual),
            "drift_share": float(share),
        }
        for cell, loss, regional, residual, share in zip(
            cells,
            measured.mean_loss,
            measured.regional_loss,
            fit.residuals,
            fit.drift_share,
            strict=True,
        )
    ]
    return {
        **sourced(
            PILOT,
            squared_gradient=measured.squared_gradient,
            variance=measured.variance,
            heterogeneity=measured.heterogeneity,
            cells=rows,
        ),
        **sourced(
            "fitted to the cells",
            scale_noise=fit.scales.noise,
            scale_drift=fit.scales.drift,
        ),
    }
