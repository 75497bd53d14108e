"""Where results come from, and the report."""


rule write_provenance:
    input:
        results=results_paths,
        data=data_paths,
        constellation=constellation_of,
        code=program("write_provenance"),
    output:
        provenance=report(
            "results/{study}/provenance.json",
            category="{study}",
            subcategory="tables",
            labels={"table": "provenance"},
            caption="../report/provenance.rst",
        ),
    log:
        "logs/{study}/write_provenance.log",
    benchmark:
        "benchmarks/{study}/write_provenance.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        study=setting(),
        execution=execution_of,
        numerics=CONFIG.engine.numerics,
    message:
        "Recording where the results of {wildcards.study} come from"
    script:
        "../scripts/write_provenance.py"


rule write_report:
    input:
        results=[path for name in STUDIES for path in whole_study(name)],
        captions=captions(),
    output:
        report="results/report.html",
    log:
        "logs/write_report.log",
    benchmark:
        "benchmarks/write_report.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
    params:
        snakefile=os.path.relpath(FOLDER / "Snakefile"),
        config=json.dumps(config),
    message:
        "Writing the report"
    shell:
        "printf %s {params.config:q} >{log:q}.json; "
        "snakemake --snakefile {params.snakefile:q} --configfile {log:q}.json --nolock"
        " --cores 1 --report {output.report:q} -- {input.results:q} >{log:q} 2>&1"


if workflow.is_main_process:
    link_long_tables()
