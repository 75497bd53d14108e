"""Which files a plan made with old elements is flown from and tabulated from."""

FLOWN_OPS = "results/{study}/plans/perturbation/age_days={age_days}/ops.parquet"
FLOWN_LEDGER = "results/{study}/plans/perturbation/age_days={age_days}/ledger.parquet"
EXCHANGES = "results/{study}/plans/perturbation/age_days={age_days}/exchanges.parquet"
FLOWN_RECORD = "results/{study}/runs/perturbation/age_days={age_days}.parquet"


def of_each_age(name, pattern):
    """Return a path for each age of elements of a study's perturbation, if it has one."""
    block = STUDIES[name].get("perturbation")
    ages_days = block["ages_days"] if block else []
    own = {"study": name, "setting": DEFAULT, "strategy": "fedmeld"}
    # A plan flown at the age 0 is the plan itself, whose record the study has.
    at_once = RECORD if pattern == FLOWN_RECORD else pattern
    return [
        (pattern if age_days else at_once).format(age_days=age_days, **own)
        for age_days in ages_days
    ]


def each_age(pattern):
    """Return a function from wildcards to a path for each age of elements."""
    return lambda wildcards: of_each_age(wildcards.study, pattern)


def perturbation_values(wildcards):
    """Return the values of the study that a flown plan depends on."""
    values = values_of(wildcards)
    scenario = values["scenario"]
    return {
        "scenario": {key: scenario[key] for key in ("start", "hours", "regions")},
        "strategies": {"fedmeld": values["strategies"]["fedmeld"]},
        "perturbation": values["perturbation"],
    }
