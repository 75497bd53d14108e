"""What each leg of split fine-tuning takes, and what all rounds take in all."""


rule measure_latency:
    input:
        contacts=at("contacts"),
        homes=at("homes"),
        stations=sites("stations"),
        isls=at("isls"),
        crossings=at("crossings"),
        crossing_ranges=at("crossings", 1),
        code=program("measure_latency"),
    output:
        latency=made("latency"),
    log:
        "logs/{study}/measure_latency/{setting}.log",
    benchmark:
        "benchmarks/{study}/measure_latency/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        scene=scene,
        latency=setting("latency"),
    message:
        "Measuring the legs of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/measure_latency.py"


rule tabulate_latency:
    input:
        latencies=each_setting("latency"),
        code=program("tabulate_latency"),
    output:
        latency=report(
            "results/{study}/tables/latency.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "legs of split fine-tuning"},
            caption="../report/latency.rst",
        ),
    log:
        "logs/{study}/tabulate_latency.log",
    benchmark:
        "benchmarks/{study}/tabulate_latency.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=settings_of("latency"),
    message:
        "Tabulating the legs of {wildcards.study}"
    script:
        "../scripts/tabulate_latency.py"


rule tabulate_totals:
    input:
        latency="results/{study}/tables/latency.csv",
        code=program("tabulate_totals"),
    output:
        totals=report(
            "results/{study}/tables/totals.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "times of all rounds"},
            caption="../report/totals.rst",
        ),
        crossovers=report(
            "results/{study}/tables/crossovers.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "where split and on board take as long"},
            caption="../report/crossovers.rst",
        ),
    log:
        "logs/{study}/tabulate_totals.log",
    benchmark:
        "benchmarks/{study}/tabulate_totals.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        work=work,
        speeds=speeds_of_latency,
    message:
        "Adding up the legs of {wildcards.study}"
    script:
        "../scripts/tabulate_totals.py"


rule tabulate_payloads:
    input:
        ledgers=each_run(*LEDGER),
        code=program("tabulate_payloads"),
    output:
        payloads=report(
            "results/{study}/tables/payloads.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "what crosses which link"},
            caption="../report/payloads.rst",
        ),
    log:
        "logs/{study}/tabulate_payloads.log",
    benchmark:
        "benchmarks/{study}/tabulate_payloads.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        runs=runs,
    message:
        "Adding up what crosses the links of {wildcards.study}"
    script:
        "../scripts/tabulate_payloads.py"
