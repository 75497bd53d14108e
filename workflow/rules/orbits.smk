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
        code=library("orbits"),
    output:
        tle="results/{study}/constellation.tle",
        satellites="results/{study}/tables/satellites.csv",
    log:
        "logs/{study}/build_constellation.log",
    benchmark:
        "benchmarks/{study}/build_constellation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        constellation=setting("scenario", "constellation"),
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        snapshots=SNAPSHOTS,
    message:
        "Writing the element sets of {wildcards.study}"
    script:
        "../scripts/build_constellation.py"


rule find_contacts:
    input:
        tle="results/{study}/constellation.tle",
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        code=library("orbits"),
    output:
        contacts="results/{study}/contacts.parquet",
    log:
        "logs/{study}/find_contacts.log",
    benchmark:
        "benchmarks/{study}/find_contacts.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        regions_mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        stations_mask_deg=setting("scenario", "stations", "min_elevation_deg"),
    message:
        "Finding the passes of all satellites of {wildcards.study}"
    script:
        "../scripts/find_contacts.py"


# Only asked for by strategies that send over links between satellites. It lies with
# the plans, since the record has a fixed list of results.
rule find_isls:
    input:
        tle="results/{study}/constellation.tle",
        code=library("orbits"),
    output:
        isls="results/{study}/plans/isls.parquet",
    log:
        "logs/{study}/find_isls.log",
    benchmark:
        "benchmarks/{study}/find_isls.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
    message:
        "Sampling the links between satellites of {wildcards.study}"
    script:
        "../scripts/find_isls.py"
