"""Foundation models that are made here, from tiles without labels."""


rule pretrain:
    input:
        dataset=unlabelled_path,
        code=program("pretrain"),
    output:
        model="data/models/{foundation}.safetensors",
    log:
        "logs/pretrain/{foundation}.log",
    benchmark:
        "benchmarks/pretrain/{foundation}.tsv"
    wildcard_constraints:
        foundation="[A-Za-z0-9_-]+",
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2500),
        runtime=growing(30),
    params:
        settings=foundation_settings,
    message:
        "Pretraining the foundation model {wildcards.foundation}"
    script:
        "../scripts/pretrain.py"
