"""FedMeld's plan made with old elements, flown as satellites really come."""


rule fly_plan:
    input:
        constellation=at("constellation"),
        ops=of_fedmeld(*OPS),
        ledger=of_fedmeld(*LEDGER),
        regions=sites("regions"),
        homes=at("homes"),
        code=program("fly_plan"),
    output:
        ops="results/{study}/perturbation/age_days={age_days}/ops.parquet",
        ledger="results/{study}/perturbation/age_days={age_days}/ledger.parquet",
        exchanges="results/{study}/perturbation/age_days={age_days}/exchanges.parquet",
    log:
        "logs/{study}/fly_plan/age_days={age_days}.log",
    benchmark:
        "benchmarks/{study}/fly_plan/age_days={age_days}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=perturbation_values,
        scene=scene,
    message:
        "Flying a plan of {wildcards.study}, age_days={wildcards.age_days}"
    script:
        "../scripts/fly_plan.py"


use rule train as train_flown with:
    input:
        ops="results/{study}/perturbation/age_days={age_days}/ops.parquet",
        dataset=dataset_path,
        pretrained=[],
        experts=[],
        partition=at("partition"),
        code=trainer("train"),
    output:
        record="results/{study}/perturbation/age_days={age_days}/record.parquet",
    log:
        "logs/{study}/train_flown/age_days={age_days}.log",
    benchmark:
        "benchmarks/{study}/train_flown/age_days={age_days}.tsv"
    message:
        "Training {wildcards.study} as flown, age_days={wildcards.age_days}"


rule tabulate_perturbation:
    input:
        exchanges=each_age(
            "results/{study}/perturbation/age_days={age_days}/exchanges.parquet"
        ),
        ledgers=each_age(
            "results/{study}/perturbation/age_days={age_days}/ledger.parquet"
        ),
        ops=each_age(
            "results/{study}/perturbation/age_days={age_days}/ops.parquet",
            unaged=of_fedmeld(*OPS),
        ),
        records=each_age(
            "results/{study}/perturbation/age_days={age_days}/record.parquet",
            unaged=of_fedmeld("run"),
        ),
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
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=perturbation_values,
        hours=setting("scenario", "hours"),
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
        printed=printed("perturbation"),
    log:
        "logs/{study}/plot_perturbation.log",
    benchmark:
        "benchmarks/{study}/plot_perturbation.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        values=perturbation_values,
        drawing=drawing,
    message:
        "Drawing what old elements do to {wildcards.study}"
    script:
        "../scripts/plot_perturbation.py"
