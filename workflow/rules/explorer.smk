"""A page that plays what the plans of a study do, over a globe."""


rule write_explorer:
    input:
        ops=each_strategy(OPS),
        ledgers=each_strategy(LEDGER),
        records=each_strategy(("run", 0)),
        constellation=at("constellation"),
        contacts=at("contacts"),
        homes=at("homes"),
        regions=sites("regions"),
        stations=sites("stations"),
        coastlines=COASTLINES,
        code=explorer_program,
    output:
        page="results/{study}/explorer.html",
    log:
        "logs/{study}/write_explorer.log",
    benchmark:
        "benchmarks/{study}/write_explorer.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        looks=looks_of,
        strategies=strategies_of,
        description=setting("description"),
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        group=group,
    message:
        "Writing the explorer of {wildcards.study}"
    script:
        "../scripts/write_explorer.py"
