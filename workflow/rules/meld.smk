"""The solution of SC-MR, by which FedMeld's interval and ratio are chosen."""


rule optimise_meld:
    input:
        contacts="results/{study}/contacts.parquet",
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        dataset=dataset_path,
        partition="results/{study}/partition.parquet",
        code=library("orbits", "data", "plans", "theory", "learn"),
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
        hours=setting("scenario", "hours"),
        links=setting("links"),
        clients=setting("clients"),
        card=card,
        model=setting("model"),
        training=setting("training"),
        evaluation=setting("evaluation"),
        seeds=CONFIG.seeds,
        device=CONFIG.engine.device,
    message:
        "Optimising FedMeld for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/optimise_meld.py"
