"""Foundation models that are made here, from tiles without labels."""

from fedorbit.learn.pretrain.settings import load_foundation


def foundation_settings(wildcards):
    """Return the settings of a foundation model."""
    return load_foundation("config/models", wildcards.foundation).model_dump()


def unlabelled_path(wildcards):
    """Return the prepared dataset that a foundation model learns from."""
    return f"data/datasets/{foundation_settings(wildcards)['dataset']}.npz"


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
    params:
        settings=foundation_settings,
    message:
        "Pretraining the foundation model {wildcards.foundation}"
    script:
        "../scripts/pretrain.py"
