"""What jobs need that another snakemake hands on, on a cluster."""


def uncut(spec):
    """Return a job as it was called before its name was cut at each comma.

    Snakemake hands a job on as ``train:study=a,setting="x=1,y=2"``, and reads this as
    if ``y`` were one more wildcard.
    """
    names, wildcards = workflow.get_rule(spec.rulename).wildcard_names, {}
    for key, value in spec.wildcards_dict.items():
        if key in names:
            last, wildcards[key] = key, value
        else:
            wildcards[last] += f",{key}={value}"
    return spec._replace(wildcards_dict=wildcards)


class Uncutting(type(workflow)):
    """A workflow that is told of the jobs to do after its rules are read."""

    def __setattr__(self, name, value):
        if name == "dag_settings":
            value.target_jobs = [uncut(spec) for spec in value.target_jobs or ()]
        super().__setattr__(name, value)


workflow.__class__ = Uncutting
