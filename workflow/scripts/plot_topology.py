"""Draw what the topologies of FedMeld lose in accuracy, and how fast they mix."""

import pandas as pd

import _job
from fedorbit.base.files import read_table
from fedorbit.orbits.sites import read_sites
from fedorbit.plans.moves.topology import upstreams
from fedorbit.report.figures.style import save
from fedorbit.report.figures.topology import REGIONS, TOPOLOGY, plot_topology
from fedorbit.report.numbers.metrics import at_end, join_cells
from fedorbit.report.numbers.rounds import group_means
from fedorbit.theory.fedmeld.mixing import mixing_matrix, second_modulus

COLUMNS = "strategies.fedmeld.grid_columns"

_job.start(snakemake)
given, params = snakemake.input, snakemake.params
levels = group_means(read_table(given.rounds))
runs = at_end(join_cells(levels, read_table(given.cells), "topology"))
runs = runs[runs["strategy"] == "fedmeld"]
rows = []
for topology, file, wide in runs[[TOPOLOGY, REGIONS, COLUMNS]].drop_duplicates().values:
    names = list(read_sites(file)["name"])
    columns = int(wide) if topology == "grid" else None
    matrix = mixing_matrix(upstreams(names, topology, columns), params.mixing_ratio)
    rows.append((topology, file, second_modulus(matrix), len(names)))
mixing = pd.DataFrame(rows, columns=[TOPOLOGY, REGIONS, "second_eigenvalue", "regions"])
color = params.looks["fedmeld"]["color"]
save(plot_topology(runs, mixing, color, _job.title(params)), snakemake.output.figure)
