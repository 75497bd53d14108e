"""Measure what each leg of split fine-tuning takes, by each way to fly it."""

import _job
from fedorbit.base.files import read_table, write_table
from fedorbit.data.homes import Homes
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.crossings import Crossings
from fedorbit.plans.isls import Isls
from fedorbit.plans.readings.latency import Latency, latencies
from fedorbit.plans.scene import Scene, SceneSettings

_job.start(snakemake)
params, paths = snakemake.params, snakemake.input
of_study = SceneSettings(**params.scene)
tables = read_table(paths.crossings), read_table(paths.crossing_ranges)
scene = Scene.of(
    read_table(paths.contacts),
    Homes.read(paths.homes),
    list(read_sites(paths.stations)["name"]),
    of_study,
    isls=Isls(read_table(paths.isls), of_study.links.isl_optical),
    crossings=Crossings(*tables, of_study.links.isl_radio),
)
measured = latencies(scene, Latency(**params.latency))
write_table(measured.assign(satellites=len(scene.homes)), snakemake.output.latency)
print(f"{len(measured)} legs, {measured['seconds'].isna().sum()} of which do not end")
