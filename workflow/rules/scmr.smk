"""The solution of SC-MR, by which FedMeld's interval and ratio are chosen."""


rule solve_scmr:
    input:
        contacts=at("contacts"),
        homes=at("homes"),
        dataset=dataset_path,
        partition=at("partition"),
        code=planner_and_trainer("solve_scmr"),
    output:
        solution=made("scmr"),
    log:
        "logs/{study}/solve_scmr/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/solve_scmr/{setting}/{strategy}.tsv"
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
        "Solving SC-MR for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/solve_scmr.py"


rule check_bound:
    input:
        code=program("check_bound"),
    output:
        bound="results/{study}/tables/convex_bound.csv",
    log:
        "logs/{study}/check_bound.log",
    benchmark:
        "benchmarks/{study}/check_bound.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        seeds=seeds,
        rounds=3000,
        runs=20,
    message:
        "Holding FedMeld's bound against quadratics"
    script:
        "../scripts/check_bound.py"
