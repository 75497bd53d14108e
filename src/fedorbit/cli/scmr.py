"""``fedorbit scmr``: FedMeld's best round interval and mixing ratio."""

from collections.abc import Callable

import click

from fedorbit.base.meanings import meanings
from fedorbit.base.settings import Settings, parse
from fedorbit.theory.fedmeld.bounds import Constants
from fedorbit.theory.fedmeld.scmr import Latency, NoSolution, Optimum, optimise


def _options(kind: type[Settings]) -> Callable:
    """Return a decorator that makes each key of some settings an option."""

    texts = meanings(kind)

    def decorate(command: Callable) -> Callable:
        for name, field in reversed(kind.model_fields.items()):
            needed = field.is_required()
            default = {} if needed else {"default": field.default}
            command = click.option(
                f"--{name.replace('_', '-')}",
                type=field.annotation,
                required=needed,
                show_default=True,
                help=texts[name],
                **default,
            )(command)
        return command

    return decorate


@click.command()
@_options(Latency)
@_options(Constants)
def scmr(**values: float) -> None:
    """Print FedMeld's best round interval delta and mixing ratio alpha.

    SC-MR: of all that keep the time limit, they minimise the bound on the loss. If
    there are none, the verdict says why. docs/theory.md tells what all this means.

    \b
    Example:
      fedorbit scmr --rounds 240 --round-s 60 --flight-s 600 --limit-s 18000 \\
          --strong-convexity 0.1 --smoothness 1 --step-scale 30 --local-steps 5 \\
          --regions 5 --squared-gradient 1 --variance 0.02 --heterogeneity 0.5
    """
    latency, constants = (
        parse(kind, {key: values[key] for key in kind.model_fields}, "fedorbit scmr")
        for kind in (Latency, Constants)
    )
    solution = optimise(latency, constants)
    if isinstance(solution, NoSolution):
        click.echo(f"infeasible, {solution.reason.name}: {solution.reason.value}")
    else:
        click.echo("\n".join(_lines(solution)))


def _lines(optimum: Optimum) -> list[str]:
    """Return what is told of a solution, a line for each value."""
    steps = optimum.largest_interval_steps
    rows = [
        ("delta", f"{optimum.delta}", "rounds from one mixing to the next"),
        ("alpha", f"{optimum.alpha:.6g}", "weight of the carried model"),
        ("alpha of cubic", f"{optimum.alpha_of_cubic:.6g}", "approximately the same"),
        ("alpha limit", f"{optimum.alpha_limit:.6g}", "kappa / omega, alpha is below"),
        ("m(alpha)", f"{steps:.6g}", "local steps, delta E is below"),
        ("rho", f"{optimum.rho:.6g}", "what a mixing leaves of disagreement"),
        ("chi", f"{optimum.chi:.6g}", "disagreement over drift"),
        ("gamma", f"{optimum.least_offset:.6g}", "the least of step sizes, in steps"),
        ("total", f"{optimum.total_s:.6g}", "s, all rounds"),
        ("idle", f"{optimum.idle_s:.6g}", "s, wait for the carrier in a cycle"),
        ("f", f"{optimum.objective:.6g}", "of the bound, the sum of:"),
        *((f"  {name}", f"{term:.6g}", "") for name, term in optimum.terms.items()),
    ]
    return ["feasible", *(f"{a:<16}{b:<14}{c}".rstrip() for a, b, c in rows)]
