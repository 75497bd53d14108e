"""Contacts to plans."""


rule make_plan:
    input:
        contacts=at("contacts", CONTACTS),
        isls=isls_path,
        meld=meld_path,
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        code=program("make_plan"),
    output:
        ops="results/{study}/plans/{setting}/{strategy}/ops.parquet",
        ledger="results/{study}/plans/{setting}/{strategy}/ledger.parquet",
    log:
        "logs/{study}/make_plan/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/make_plan/{setting}/{strategy}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        settings=setting("strategies", "{strategy}"),
        scene=scene,
    message:
        "Planning {wildcards.strategy} for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/make_plan.py"


rule tabulate_starvation:
    input:
        ops=each_strategy(OPS),
        regions=setting("scenario", "regions", "file"),
        code=program("tabulate_starvation"),
    output:
        starvation=report(
            "results/{study}/tables/starvation.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "starvation"},
            caption="../report/starvation.rst",
        ),
    log:
        "logs/{study}/tabulate_starvation.log",
    benchmark:
        "benchmarks/{study}/tabulate_starvation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        strategies=strategies_of,
        clients_per_region=setting("clients", "per_region"),
        hours=setting("scenario", "hours"),
    message:
        "Looking for regions of {wildcards.study} that starve"
    script:
        "../scripts/tabulate_starvation.py"
