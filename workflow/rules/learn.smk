"""Plans to records of accuracy."""


rule train:
    input:
        ops=at("plan"),
        dataset=dataset_path,
        partition=at("partition"),
        code=trainer("train"),
    output:
        record=made("run"),
    log:
        "logs/{study}/train/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/train/{setting}/{strategy}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        values=own("run"),
        seeds=CONFIG.seeds,
        device=CONFIG.engine.device,
    message:
        "Training {wildcards.strategy} for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/train.py"
