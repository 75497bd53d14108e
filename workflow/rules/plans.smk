"""Contacts to plans."""


rule make_plan:
    input:
        contacts=at("contacts"),
        homes=at("homes"),
        stations=stations_path,
        isls=if_needed("isls"),
        crossings=if_needed("crossings"),
        crossing_ranges=if_needed("crossings", 1),
        scmr=if_needed("scmr"),
        law=if_needed("law"),
        experts=if_needed("experts"),
        sunlight=sunlight_path,
        constellation=at("constellation"),
        regions=sites("regions"),
        all_stations=sites("stations"),
        code=planner("make_plan"),
    output:
        ops=made("plan"),
        ledger=made("plan", 1),
        verdict=made("plan", 2),
    log:
        "logs/{study}/make_plan/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/make_plan/{setting}/{strategy}.tsv"
    group:
        "plans"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=setting("strategies", "{strategy}"),
        scene=scene,
        sky=own("contacts"),
    message:
        "Planning {wildcards.strategy} for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/make_plan.py"


rule tabulate_starvation:
    input:
        ops=each_strategy(OPS),
        homes=at("homes"),
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
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        strategies=strategies_of,
        hours=setting("scenario", "hours"),
    message:
        "Looking for regions of {wildcards.study} that starve"
    script:
        "../scripts/tabulate_starvation.py"
