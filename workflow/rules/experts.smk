"""Central pretraining of experts, what clusters use of them, and who gets which."""


rule pretrain_experts:
    input:
        dataset=dataset_path,
        checkpoint=checkpoint_path,
        code=featurer("pretrain_experts"),
    output:
        models=made("pretrained"),
    log:
        "logs/{study}/pretrain_experts/{setting}.log",
    benchmark:
        "benchmarks/{study}/pretrain_experts/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=own("pretrained"),
        seeds=seeds,
    message:
        "Pretraining the experts of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/pretrain_experts.py"


rule profile_experts:
    input:
        dataset=dataset_path,
        checkpoint=checkpoint_path,
        models=at("pretrained"),
        partition=at("partition"),
        code=featurer("profile_experts"),
    output:
        mass=made("profile"),
    log:
        "logs/{study}/profile_experts/{setting}.log",
    benchmark:
        "benchmarks/{study}/profile_experts/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        model=setting("model"),
    message:
        "Measuring which experts clusters of {wildcards.study} use, {wildcards.setting}"
    script:
        "../scripts/profile_experts.py"


rule assign_experts:
    input:
        mass=at("profile"),
        homes=at("homes"),
        code=program("assign_experts"),
    output:
        experts=made("experts"),
    log:
        "logs/{study}/assign_experts/{setting}.log",
    benchmark:
        "benchmarks/{study}/assign_experts/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        assignment=setting("assignment"),
    message:
        "Assigning experts to clusters of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/assign_experts.py"


rule tabulate_leakage:
    input:
        experts=each_setting("experts"),
        homes=each_setting("experts", of="homes"),
        code=program("tabulate_leakage"),
    output:
        leakage=report(
            "results/{study}/tables/leakage.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "what gates leak"},
            caption="../report/leakage.rst",
        ),
    log:
        "logs/{study}/tabulate_leakage.log",
    benchmark:
        "benchmarks/{study}/tabulate_leakage.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=settings_of("experts"),
    message:
        "Tabulating what gates of {wildcards.study} leak"
    script:
        "../scripts/tabulate_leakage.py"


rule measure_use:
    input:
        dataset=dataset_path,
        checkpoint=checkpoint_path,
        models=at("pretrained"),
        partition=at("partition"),
        experts=at("experts"),
        code=featurer("measure_use"),
    output:
        use=report(
            "results/{study}/tables/use.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "who uses which experts"},
            caption="../report/use.rst",
        ),
    log:
        "logs/{study}/measure_use.log",
    benchmark:
        "benchmarks/{study}/measure_use.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        model=setting("model"),
    message:
        "Measuring what clusters of {wildcards.study} use of their experts"
    script:
        "../scripts/measure_use.py"


rule plot_leakage:
    input:
        use="results/{study}/tables/use.csv",
        homes=at("homes"),
        code=program("plot_leakage"),
    output:
        figure=report(
            "results/{study}/figures/leakage.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "who uses which experts"},
            caption="../report/leakage_map.rst",
        ),
        printed=printed("leakage"),
    log:
        "logs/{study}/plot_leakage.log",
    benchmark:
        "benchmarks/{study}/plot_leakage.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        drawing=drawing,
    message:
        "Drawing who uses which experts of {wildcards.study}"
    script:
        "../scripts/plot_leakage.py"


rule tabulate_passes:
    input:
        contacts=at("contacts"),
        homes=at("homes"),
        code=program("tabulate_passes"),
    output:
        passes=report(
            "results/{study}/tables/passes.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "which large models fit into a pass"},
            caption="../report/fitting.rst",
        ),
    log:
        "logs/{study}/tabulate_passes.log",
    benchmark:
        "benchmarks/{study}/tabulate_passes.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        devices=setting("clients", "per_region"),
        experts=setting("assignment", "experts_per_cluster"),
    message:
        "Fitting large models into the passes of {wildcards.study}"
    script:
        "../scripts/tabulate_passes.py"


rule tabulate_devices:
    input:
        ops=each_run(*OPS),
        ledgers=each_run(*LEDGER),
        code=program("tabulate_devices"),
    output:
        devices=report(
            "results/{study}/tables/devices.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "what a device pays"},
            caption="../report/devices.rst",
        ),
    log:
        "logs/{study}/tabulate_devices.log",
    benchmark:
        "benchmarks/{study}/tabulate_devices.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        runs=runs,
        card=card,
    message:
        "Tabulating what a device of {wildcards.study} pays"
    script:
        "../scripts/tabulate_devices.py"


rule check_experts:
    input:
        code=featurer("check_experts"),
    output:
        checks=report(
            "results/{study}/tables/checks.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "checks on teachers"},
            caption="../report/checks.rst",
        ),
    log:
        "logs/{study}/check_experts.log",
    benchmark:
        "benchmarks/{study}/check_experts.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        model=setting("model"),
        pretraining=setting("pretraining"),
        training=setting("training"),
        scene=scene,
    message:
        "Checking experts of {wildcards.study} on teachers that are known"
    script:
        "../scripts/check_experts.py"
