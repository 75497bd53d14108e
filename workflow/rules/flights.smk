"""Which files and values belong to plans that are flown with old elements."""

from fedorbit.studies.keys import part

PERTURBED = (
    *("scenario.start", "scenario.hours", "scenario.regions"),
    *("strategies.fedmeld", "perturbation"),
)
"""The keys of a study that a flown plan depends on, besides those of its scene."""


def of_fedmeld(stage, which=0):
    """Return the path of what belongs to the study's own run of FedMeld."""
    path = made(stage, which)
    return path.format(study="{study}", setting=DEFAULT, strategy="fedmeld")


def perturbation_values(wildcards):
    """Return the values of the study that a flown plan depends on."""
    return part(values_of(wildcards), PERTURBED)


def each_age(pattern, unaged=None):
    """Return a function from wildcards to a path for each age of the perturbation.

    A plan flown at the age 0 is the plan itself, so what is ``unaged`` need not be
    made again.
    """

    def paths(wildcards):
        name = wildcards.study
        return [
            (unaged if unaged and not age_days else pattern).format(
                study=name, age_days=age_days
            )
            for age_days in STUDIES[name].values["perturbation"]["ages_days"]
        ]

    return paths
