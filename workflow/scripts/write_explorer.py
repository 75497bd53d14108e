"""Write the page that plays what the plans of a study do, over a globe."""

import _job
from fedorbit.base.files import read_table
from fedorbit.base.found import found
from fedorbit.data.homes import Homes
from fedorbit.orbits.lists import read_constellation
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.plan import Plan
from fedorbit.report.explorer.gather import Study, gather
from fedorbit.report.explorer.page import write_page

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
files = zip(given.ops, given.ledgers, given.records, strict=True)
runs = dict(zip(params.strategies, files, strict=True))
study = Study(
    name=snakemake.wildcards.study,
    description=params.description,
    start=params.start,
    hours=params.hours,
    group=params.group,
    looks=params.looks,
    does={
        name: does.splitlines()[0] if does else name
        for name in params.strategies
        for does in [found("fedorbit.plans.strategies", name, "__doc__")]
    },
)
places = {params.group: given.regions, "station": given.stations}
data = gather(
    study,
    {name: Plan.read(ops, ledger) for name, (ops, ledger, _) in runs.items()},
    {name: read_table(record) for name, (_, _, record) in runs.items()},
    read_constellation(given.constellation),
    read_table(given.contacts),
    Homes.read(given.homes),
    {kind: read_sites(path) for kind, path in places.items() if path},
    read_table(given.coastlines),
)
write_page(data, snakemake.output.page)
