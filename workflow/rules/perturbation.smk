"""Plans of FedMeld made with old elements, flown as satellites really come."""

from itertools import combinations


def perturbation_ages(wildcards):
    """Return the names of all ages of a study: days of drift, and pairs of snapshots."""
    days = STUDIES[wildcards.study]["perturbation"]["ages_days"]
    pairs = combinations(sorted(SNAPSHOT_OF), 2)
    return [
        *(f"drift_days={age:g}" for age in days),
        *(f"snapshots={older}~{newer}" for older, newer in pairs),
    ]


def perturbation_flights(wildcards):
    """Return the age and the patience of each flown plan of a study."""
    values = STUDIES[wildcards.study]["perturbation"]
    patiences_s = [values["patience_s"], *values["other_patiences_s"]]
    return [
        (age, f"{patience_s:g}")
        for age in perturbation_ages(wildcards)
        for patience_s in patiences_s
    ]


def flights_of(pattern):
    """Return a function from wildcards to a path for each flown plan of the study."""

    def paths(wildcards):
        return [
            pattern.format(study=wildcards.study, age=age, patience_s=patience_s)
            for age, patience_s in perturbation_flights(wildcards)
        ]

    return paths


def planned_with(table):
    """Return a function from wildcards to a table of the plan made with old elements."""

    def path(wildcards):
        drifts = wildcards.age.startswith("drift_days=")
        folder = "plans" if drifts else f"perturbation/{wildcards.age}/plans"
        return f"results/{wildcards.study}/{folder}/fedmeld/{table}.parquet"

    return path


SNAPSHOT_OF = {Path(path).stem: path for path in snapshots()}


wildcard_constraints:
    age=r"(drift_days|snapshots)=[^/,]+",
    age_days=r"[0-9.]+",
    patience_s=r"[0-9.]+",
    older="[^/~]+",
    newer="[^/~]+",


rule drift_contacts:
    input:
        tle="results/{study}/constellation.tle",
        regions=setting("scenario", "regions", "file"),
        code=library("orbits", "plans", "report"),
    output:
        flown="results/{study}/perturbation/drift_days={age_days}/flown.parquet",
        case="results/{study}/perturbation/drift_days={age_days}/case.csv",
    log:
        "logs/{study}/drift_contacts/{age_days}.log",
    benchmark:
        "benchmarks/{study}/drift_contacts/{age_days}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        drift=setting("perturbation", "drift"),
    message:
        "Finding the passes for {wildcards.study} after {wildcards.age_days} days"
    script:
        "../scripts/drift_contacts.py"


rule pair_contacts:
    input:
        older=lambda wildcards: SNAPSHOT_OF[wildcards.older],
        newer=lambda wildcards: SNAPSHOT_OF[wildcards.newer],
        regions=setting("scenario", "regions", "file"),
        code=library("orbits", "plans", "report"),
    output:
        planned="results/{study}/perturbation/snapshots={older}~{newer}/planned.parquet",
        flown="results/{study}/perturbation/snapshots={older}~{newer}/flown.parquet",
        case="results/{study}/perturbation/snapshots={older}~{newer}/case.csv",
    log:
        "logs/{study}/pair_contacts/{older}~{newer}.log",
    benchmark:
        "benchmarks/{study}/pair_contacts/{older}~{newer}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        hours=setting("scenario", "hours"),
        mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        perturbation=setting("perturbation"),
    message:
        "Finding the passes by {wildcards.older} and {wildcards.newer}"
    script:
        "../scripts/pair_contacts.py"


use rule make_plan as plan_with_old_elements with:
    input:
        contacts="results/{study}/perturbation/{age}/planned.parquet",
        isls=[],
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        code=library("orbits", "plans"),
    output:
        ops="results/{study}/perturbation/{age}/plans/{strategy}/ops.parquet",
        ledger="results/{study}/perturbation/{age}/plans/{strategy}/ledger.parquet",
    log:
        "logs/{study}/plan_with_old_elements/{age}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/plan_with_old_elements/{age}/{strategy}.tsv"
    message:
        "Planning {wildcards.strategy} for {wildcards.study}, {wildcards.age}"


# The plan lies where a sweep's would, so that it is trained like them.
rule refly_plan:
    input:
        ops=planned_with("ops"),
        ledger=planned_with("ledger"),
        contacts="results/{study}/perturbation/{age}/flown.parquet",
        regions=setting("scenario", "regions", "file"),
        code=library("orbits", "plans"),
    output:
        ops="results/{study}/plans/{age},patience_s={patience_s}/fedmeld/ops.parquet",
        ledger="results/{study}/plans/{age},patience_s={patience_s}/fedmeld/ledger.parquet",
        exchanges="results/{study}/perturbation/{age}/{patience_s}/exchanges.csv",
    log:
        "logs/{study}/refly_plan/{age}/{patience_s}.log",
    benchmark:
        "benchmarks/{study}/refly_plan/{age}/{patience_s}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        settings=setting("strategies", "fedmeld"),
        hours=setting("scenario", "hours"),
        links=setting("links"),
        clients=setting("clients"),
        card=card,
        local_steps=setting("training", "local_steps"),
        batch_size=setting("training", "batch_size"),
        evaluation_interval=setting("evaluation", "interval_rounds"),
    message:
        "Flying FedMeld's plan for {wildcards.study}, {wildcards.age}"
    script:
        "../scripts/refly_plan.py"


rule tabulate_perturbation:
    input:
        cases=flights_of("results/{study}/perturbation/{age}/case.csv"),
        exchanges=flights_of(
            "results/{study}/perturbation/{age}/{patience_s}/exchanges.csv"
        ),
        code=library("orbits", "plans", "report"),
    output:
        perturbation="results/{study}/tables/perturbation.csv",
    log:
        "logs/{study}/tabulate_perturbation.log",
    benchmark:
        "benchmarks/{study}/tabulate_perturbation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        flights=perturbation_flights,
    message:
        "Tabulating what old elements do to {wildcards.study}"
    script:
        "../scripts/tabulate_perturbation.py"


rule plot_perturbation:
    input:
        perturbation="results/{study}/tables/perturbation.csv",
        code=library("orbits", "plans", "report"),
    output:
        figure="results/{study}/figures/perturbation.svg",
    log:
        "logs/{study}/plot_perturbation.log",
    benchmark:
        "benchmarks/{study}/plot_perturbation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        patience_s=setting("perturbation", "patience_s"),
    message:
        "Drawing what old elements do to {wildcards.study}"
    script:
        "../scripts/plot_perturbation.py"


rule plot_accuracy_by_age:
    input:
        rounds="results/{study}/rounds.csv",
        perturbation="results/{study}/tables/perturbation.csv",
        code=library("orbits", "plans", "report"),
    output:
        accuracy="results/{study}/tables/accuracy_by_age.csv",
        figure="results/{study}/figures/accuracy_by_age.svg",
    log:
        "logs/{study}/plot_accuracy_by_age.log",
    benchmark:
        "benchmarks/{study}/plot_accuracy_by_age.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        patience_s=setting("perturbation", "patience_s"),
    message:
        "Drawing accuracy of {wildcards.study} by age of elements"
    script:
        "../scripts/plot_accuracy_by_age.py"
