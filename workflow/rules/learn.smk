"""Plans to records of accuracy."""


# Features are those of a frozen backbone, on which heads learn alone.
rule extract_features:
    input:
        dataset=dataset_path,
        checkpoint=checkpoint_path,
        code=featurer("extract_features"),
    output:
        features=made("features"),
    log:
        "logs/{study}/extract_features/{setting}.log",
    benchmark:
        "benchmarks/{study}/extract_features/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2500),
        runtime=growing(10),
    params:
        values=own("features"),
    message:
        "Extracting the features of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/extract_features.py"


rule train:
    input:
        ops=at("plan"),
        dataset=samples_path,
        checkpoint=checkpoint_path,
        pretrained=if_needed("pretrained"),
        experts=if_needed("experts"),
        partition=at("partition"),
        code=trainer("train"),
    output:
        record=made("run"),
    log:
        "logs/{study}/train/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/train/{setting}/{strategy}.tsv"
    group:
        "runs"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
        gpu=CARDS,
    params:
        values=own("run"),
        learns=model_of,
        seeds=seeds_of_run,
        device=CONFIG.engine.device,
    message:
        "Training {wildcards.strategy} for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/train.py"
