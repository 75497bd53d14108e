"""Plans alone, on drawn skies with drawn ground stations."""


def drawers(wildcards):
    """Return the script and all files that plan the strategies of the draws."""
    names = values_of(wildcards)["draws"]["strategies"]
    files = {file for name in names for file in program("plan_draws", strategy=name)}
    return sorted(files)


def drawn_strategies(wildcards):
    """Return the settings of the strategies of the draws, by their names."""
    values = values_of(wildcards)
    return {name: values["strategies"][name] for name in values["draws"]["strategies"]}


rule plan_draws:
    input:
        constellation=at("constellation"),
        regions=sites("regions"),
        candidates=setting("candidate_stations"),
        stations="results/{study}/tables/stations.csv",
        homes=at("homes"),
        code=drawers,
    output:
        draws="results/{study}/tables/draws.csv",
        spread=report(
            "results/{study}/tables/spread.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "plans on drawn skies"},
            caption="../report/spread.rst",
        ),
    log:
        "logs/{study}/plan_draws.log",
    benchmark:
        "benchmarks/{study}/plan_draws.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        settings=setting("draws"),
        strategies=drawn_strategies,
        scene=scene,
        sky=own("contacts"),
    message:
        "Planning {wildcards.study} on drawn skies"
    script:
        "../scripts/plan_draws.py"
