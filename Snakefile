"""The whole road, from element sets to a report: a page of contents."""

from snakemake.utils import min_version

min_version("9.0")


# With its limit of 100 job starts a second, Snakemake looks at all ready jobs once more
# each second for every job that has ended (snakemake/snakemake#3744), which takes a
# core after some hundred jobs.
onstart:
    workflow.scheduler.job_rate_limiter = None
    remove_unfinished()


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/paths.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/records.smk"
include: "workflow/rules/drawing.smk"
include: "workflow/rules/orbits.smk"
include: "workflow/rules/ladder.smk"
include: "workflow/rules/sky.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/experts.smk"
include: "workflow/rules/scmr.smk"
include: "workflow/rules/law.smk"
include: "workflow/rules/plans.smk"
include: "workflow/rules/learn.smk"
include: "workflow/rules/latency.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/flights.smk"
include: "workflow/rules/perturbation.smk"
include: "workflow/rules/stations.smk"
include: "workflow/rules/draws.smk"
include: "workflow/rules/availability.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/sweep_figures.smk"
include: "workflow/rules/rows.smk"
include: "workflow/rules/together.smk"
include: "workflow/rules/latency_figures.smk"
include: "workflow/rules/designing.smk"
include: "workflow/rules/designs.smk"
include: "workflow/rules/design_figures.smk"
include: "workflow/rules/told.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/remote.smk"


# What asks the network, Git or Snakemake, or takes no time; on a cluster it runs where
# snakemake does.
localrules:
    all,
    download_tle,
    prepare_dataset,
    list_cells,
    list_infeasible,
    list_parameters,
    tabulate_latency,
    tabulate_passes,
    write_index,
    write_provenance,
    write_report,


# Each submission has cards of its own; jobs of one machine share them.
resource_scopes:
    gpu="local",


rule all:
    default_target: True
    input:
        "results/index.html",
        "results/report.html",
        [whole_study(name) for name in STUDIES],


for study_name in STUDIES:

    rule:
        name:
            f"all_{study_name}"
        input:
            whole_study(study_name),
