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
        constellation="results/{study}/skies/{setting}/constellation.csv",
        satellites="results/{study}/skies/{setting}/satellites.csv",
    log:
        "logs/{study}/build_constellation/{setting}.log",
    benchmark:
        "benchmarks/{study}/build_constellation/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        constellation=setting("scenario", "constellation"),
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        snapshots=SNAPSHOTS,
    message:
        "Writing the satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/build_constellation.py"


rule find_contacts:
    input:
        constellation=at("constellation", CONSTELLATION),
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        code=program("find_contacts"),
    output:
        contacts="results/{study}/skies/{setting}/contacts.parquet",
    log:
        "logs/{study}/find_contacts/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_contacts/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        regions_mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        stations_mask_deg=setting("scenario", "stations", "min_elevation_deg"),
    message:
        "Finding the passes of all satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/find_contacts.py"


# Only asked for by strategies that send over links between satellites.
rule find_isls:
    input:
        constellation=at("constellation", CONSTELLATION),
        code=program("find_isls"),
    output:
        isls="results/{study}/skies/{setting}/isls.parquet",
    log:
        "logs/{study}/find_isls/{setting}.log",
    benchmark:
        "benchmarks/{study}/find_isls/{setting}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
    message:
        "Sampling the links of satellites of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/find_isls.py"
