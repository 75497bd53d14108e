"""Many constellations by their plans, and the forecast of training."""


rule plan_designs:
    input:
        regions=sites("regions"),
        stations=sites("stations"),
        homes=at("homes"),
        code=designer("plan_designs"),
    output:
        cells=f"{DESIGNS}/cells/{{job}}.parquet",
    log:
        "logs/{study}/plan_designs/{job}.log",
    benchmark:
        "benchmarks/{study}/plan_designs/{job}.tsv"
    group:
        "plans"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        start=setting("scenario", "start"),
        scene=scene,
        grid=setting("grid"),
        strategies=setting("strategies"),
        jobs=JOBS,
    message:
        "Planning constellations of {wildcards.study}, job {wildcards.job}"
    script:
        "../scripts/plan_designs.py"


rule forecast_designs:
    input:
        homes=at("homes"),
        dataset=dataset_path,
        partition=at("partition"),
        code=designer_and_trainer("forecast_designs"),
    output:
        forecast=f"{DESIGNS}/forecast.json",
    log:
        "logs/{study}/forecast_designs.log",
    benchmark:
        "benchmarks/{study}/forecast_designs.tsv"
    group:
        "runs"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        scene=scene,
        strategies=setting("strategies"),
        delta=rounds_of_exchange,
        forecast=setting("forecast"),
        target_accuracy=setting("target_accuracy"),
        values=own("run"),
        seeds=seeds,
        device=CONFIG.engine.device,
    message:
        "Training the pilot of the forecast of {wildcards.study}"
    script:
        "../scripts/forecast_designs.py"


rule tabulate_designs:
    input:
        cells=expand(
            f"{DESIGNS}/cells/{{job}}.parquet", job=range(JOBS), allow_missing=True
        ),
        forecast=f"{DESIGNS}/forecast.json",
        code=program("tabulate_designs"),
    output:
        designs=report(
            "results/{study}/tables/designs.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "designs"},
            caption="../report/designs_table.rst",
        ),
    log:
        "logs/{study}/tabulate_designs.log",
    benchmark:
        "benchmarks/{study}/tabulate_designs.tsv"
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        hours=setting("scenario", "hours"),
    message:
        "Tabulating the constellations of {wildcards.study}"
    script:
        "../scripts/tabulate_designs.py"


rule check_designs:
    input:
        regions=sites("regions"),
        stations=sites("stations"),
        homes=at("homes"),
        dataset=dataset_path,
        partition=at("partition"),
        forecast=f"{DESIGNS}/forecast.json",
        designs="results/{study}/tables/designs.csv",
        code=planner_and_trainer("check_designs"),
    output:
        trained=f"{DESIGNS}/trained/{{strategy}}.parquet",
    log:
        "logs/{study}/check_designs/{strategy}.log",
    benchmark:
        "benchmarks/{study}/check_designs/{strategy}.tsv"
    group:
        "runs"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        start=setting("scenario", "start"),
        scene=scene,
        settings=setting("strategies", "{strategy}"),
        forecast=setting("forecast"),
        target_accuracy=setting("target_accuracy"),
        values=own("run"),
        seeds=seeds,
        device=CONFIG.engine.device,
    message:
        "Training {wildcards.strategy} in drawn cells of {wildcards.study}"
    script:
        "../scripts/check_designs.py"


rule tabulate_forecasts:
    input:
        trained=lambda wildcards: expand(
            f"{DESIGNS}/trained/{{strategy}}.parquet",
            study=wildcards.study,
            strategy=strategies_of(wildcards),
        ),
        code=program("tabulate_forecasts"),
    output:
        forecasts=report(
            "results/{study}/tables/forecasts.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "forecasts beside trainings"},
            caption="../report/forecasts_table.rst",
        ),
    log:
        "logs/{study}/tabulate_forecasts.log",
    benchmark:
        "benchmarks/{study}/tabulate_forecasts.tsv"
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    message:
        "Holding the forecasts of {wildcards.study} against trainings"
    script:
        "../scripts/tabulate_forecasts.py"
