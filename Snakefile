"""The whole road, from element sets to a report: a page of contents."""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/paths.smk"
include: "workflow/rules/orbits.smk"
include: "workflow/rules/ladder.smk"
include: "workflow/rules/sky.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/meld.smk"
include: "workflow/rules/plans.smk"
include: "workflow/rules/learn.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/sweep_figures.smk"


rule all:
    default_target: True
    input:
        "results/report.html",
