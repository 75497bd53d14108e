"""Element sets to contact windows."""


# It has no inputs: what was downloaded stays, whatever becomes of the code. A fresh
# snapshot comes with `snakemake --forcerun download_tle`.
rule download_tle:
    output:
        record="results/{study}/tables/snapshot.json",
    log:
        "logs/{study}/download_tle.log",
    benchmark:
        "benchmarks/{study}/download_tle.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        constellation=without_selection,
        snapshots=SNAPSHOTS,
    message:
        "Choosing the snapshot of {wildcards.study}"
    script:
        "../scripts/download_tle.py"


rule build_constellation:
    input:
        elements=elements_path,
        code=program("build_constellation"),
    output:
        constellation=made("constellation"),
        satellites=made("constellation", 1),
    log:
        "logs/{study}/build_constellation/{setting}.log",
    benchmark:
        "benchmarks/{study}/build_constellation/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        values=own("constellation"),
        snapshots=SNAPSHOTS,
    message:
        "Writing the satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/build_constellation.py"


rule find_contacts:
    input:
        constellation=at("constellation"),
        regions=sites("regions"),
        stations=sites("stations"),
        code=program("find_contacts"),
    output:
        contacts=made("contacts"),
    log:
        "logs/{study}/find_contacts/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_contacts/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=own("contacts"),
    message:
        "Finding the passes of all satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/find_contacts.py"


# Only asked for by strategies that send over links between satellites.
rule find_isls:
    input:
        constellation=at("constellation"),
        code=program("find_isls"),
    output:
        isls=made("isls"),
    log:
        "logs/{study}/find_isls/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_isls/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=own("isls"),
    message:
        "Sampling the links of satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/find_isls.py"


# Only asked for where satellites have batteries.
rule find_sunlight:
    input:
        constellation=at("constellation"),
        code=program("find_sunlight"),
    output:
        sunlight=made("sunlight"),
    log:
        "logs/{study}/find_sunlight/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_sunlight/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=own("sunlight"),
    message:
        "Finding the eclipses of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/find_sunlight.py"


# Only asked for by strategies whose planes talk to one another.
rule find_crossings:
    input:
        constellation=at("constellation"),
        code=program("find_crossings"),
    output:
        crossings=made("crossings"),
        ranges=made("crossings", 1),
    log:
        "logs/{study}/find_crossings/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_crossings/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        values=own("crossings"),
    message:
        "Finding when planes of {wildcards.study} meet, {wildcards.setting}"
    script:
        "../scripts/find_crossings.py"
