"""Plans alone, on drawn skies with drawn ground stations."""


rule plan_draws:
    input:
        constellation=at("constellation"),
        regions=sites("regions"),
        candidates=setting("candidate_stations"),
        stations="results/{study}/tables/stations.csv",
        homes=at("homes"),
        code=drawers,
    output:
        draws="results/{study}/tables/draws.csv",
        spread=report(
            "results/{study}/tables/spread.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "plans on drawn skies"},
            caption="../report/spread.rst",
        ),
    log:
        "logs/{study}/plan_draws.log",
    benchmark:
        "benchmarks/{study}/plan_draws.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        settings=setting("draws"),
        strategies=drawn_strategies,
        scene=scene,
        sky=own("contacts"),
    message:
        "Planning {wildcards.study} on drawn skies"
    script:
        "../scripts/plan_draws.py"
