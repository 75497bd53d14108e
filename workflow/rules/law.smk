"""Our law for FedMeld's mixing ratio."""


rule solve_law:
    input:
        contacts=at("contacts"),
        homes=at("homes"),
        dataset=dataset_path,
        partition=at("partition"),
        code=planner_and_trainer("solve_law"),
    output:
        solution=made("law"),
    log:
        "logs/{study}/solve_law/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/solve_law/{setting}/{strategy}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
        gpu=CARDS,
    params:
        settings=setting("strategies", "{strategy}"),
        scene=scene,
        values=own("run"),
        seeds=seeds,
        device=CONFIG.engine.device,
    message:
        "Applying the law to {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/solve_law.py"
