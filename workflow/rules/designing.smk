"""What designs are made from: jobs, the code of all strategies, and their rounds."""

from fedorbit.studies.kinds.design import INTERVAL, JOBS

DESIGNS = "results/{study}/designs"


def designer(name):
    """Return a function from wildcards to a script that runs all strategies."""
    return lambda wildcards: sorted(
        {f for own in strategies_of(wildcards) for f in program(name, strategy=own)}
    )


def designer_and_trainer(name):
    """Return a function from wildcards to one that runs the study's model, too."""
    return lambda wildcards: sorted(
        {*designer(name)(wildcards), *program(name, model=model_of(wildcards))}
    )


def rounds_of_exchange(wildcards):
    """Return the rounds from one exchange to the next, the same for all strategies."""
    name, settings = next(iter(values_of(wildcards)["strategies"].items()))
    return settings[INTERVAL[name]]
