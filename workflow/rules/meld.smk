"""The solution of SC-MR, by which FedMeld's interval and ratio are chosen."""


rule optimise_meld:
    input:
        contacts=at("contacts", CONTACTS),
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        dataset=dataset_path,
        partition=at("partition", PARTITION),
        code=program("optimise_meld"),
    output:
        meld="results/{study}/meld/{setting}.json",
    log:
        "logs/{study}/optimise_meld/{setting}.log",
    benchmark:
        "benchmarks/{study}/optimise_meld/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        settings=setting("strategies", "fedmeld_optimal"),
        scene=scene,
        model=setting("model"),
        training=setting("training"),
        evaluation=setting("evaluation"),
        seeds=CONFIG.seeds,
        device=CONFIG.engine.device,
    message:
        "Optimising FedMeld for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/optimise_meld.py"


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
    params:
        seeds=CONFIG.seeds,
        rounds=3000,
        runs=20,
    message:
        "Holding FedMeld's bound against quadratics"
    script:
        "../scripts/check_bound.py"
