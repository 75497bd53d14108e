"""FedMeld's plan made with old elements, flown as satellites really come."""

from fedorbit.studies.keys import part

FLOWN = "results/{study}/perturbation/age_days={age_days}/"
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


rule fly_plan:
    input:
        constellation=at("constellation"),
        ops=of_fedmeld(*OPS),
        ledger=of_fedmeld(*LEDGER),
        regions=sites("regions"),
        homes=at("homes"),
        code=program("fly_plan"),
    output:
        ops=FLOWN + "ops.parquet",
        ledger=FLOWN + "ledger.parquet",
        exchanges=FLOWN + "exchanges.parquet",
    log:
        "logs/{study}/fly_plan/age_days={age_days}.log",
    benchmark:
        "benchmarks/{study}/fly_plan/age_days={age_days}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        values=perturbation_values,
        scene=scene,
    message:
        "Flying a plan of {wildcards.study}, age_days={wildcards.age_days}"
    script:
        "../scripts/fly_plan.py"


use rule train as train_flown with:
    input:
        ops=FLOWN + "ops.parquet",
        dataset=dataset_path,
        partition=at("partition"),
        code=trainer("train"),
    output:
        record=FLOWN + "record.parquet",
    log:
        "logs/{study}/train_flown/age_days={age_days}.log",
    benchmark:
        "benchmarks/{study}/train_flown/age_days={age_days}.tsv"
    message:
        "Training {wildcards.study} as flown, age_days={wildcards.age_days}"


rule tabulate_perturbation:
    input:
        exchanges=each_age(FLOWN + "exchanges.parquet"),
        ledgers=each_age(FLOWN + "ledger.parquet"),
        records=each_age(FLOWN + "record.parquet", unaged=of_fedmeld("run")),
        code=program("tabulate_perturbation"),
    output:
        table=report(
            "results/{study}/tables/perturbation.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "plans made with old elements"},
            caption="../report/perturbation_table.rst",
        ),
    log:
        "logs/{study}/tabulate_perturbation.log",
    benchmark:
        "benchmarks/{study}/tabulate_perturbation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        values=perturbation_values,
    message:
        "Tabulating what old elements do to {wildcards.study}"
    script:
        "../scripts/tabulate_perturbation.py"


rule plot_perturbation:
    input:
        table="results/{study}/tables/perturbation.csv",
        code=program("plot_perturbation"),
    output:
        figure=report(
            "results/{study}/figures/perturbation.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "plans made with old elements"},
            caption="../report/perturbation.rst",
        ),
    log:
        "logs/{study}/plot_perturbation.log",
    benchmark:
        "benchmarks/{study}/plot_perturbation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        values=perturbation_values,
        drawing=drawing,
    message:
        "Drawing what old elements do to {wildcards.study}"
    script:
        "../scripts/plot_perturbation.py"
