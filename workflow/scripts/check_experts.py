"""Check what must hold for experts where the truth is known: points of teachers."""

import pandas as pd

import _job
from fedorbit.base.files import write_table
from fedorbit.data.homes import Homes
from fedorbit.learn.model import parse_model
from fedorbit.learn.pretrain.expert_settings import ExpertPretraining
from fedorbit.learn.pretrain.recovery import GATE_ALONE, UNTRAINED, split, teachers
from fedorbit.learn.run.one_cluster import learns_as_federated_averaging, permanent
from fedorbit.learn.settings import Training
from fedorbit.plans.scene import Scene, SceneSettings

TRUTHS, RUNS = 20, 3  # how many are drawn
HOURS = 6.0  # of permanent contact

_job.start(snakemake)
params = snakemake.params
model, training = parse_model(params.model), Training(**params.training)
rows = []
for case, gate, overlap in (
    ("kmeans", {"gate": "kmeans"} | GATE_ALONE, 0.0),
    ("kmeans at overlap .4", {"gate": "kmeans"} | GATE_ALONE, 0.4),
    ("random", UNTRAINED, 0.0),
):
    how = ExpertPretraining(**params.pretraining | gate)
    for seed in range(TRUTHS):
        found, _ = split(teachers(seed), model, how, overlap, seed)
        rows.append(("recovery", case, seed, found))
of_study = SceneSettings(**params.scene | {"hours": HOURS})
homes = Homes.of({"cluster/0": ["A"] * of_study.clients.per_region})
scene = Scene.of(permanent("A", 3600 * HOURS), homes, [], of_study)
for variant in ("round_robin", "keep_last"):
    for seed in range(RUNS):
        data = teachers(seed)
        same = learns_as_federated_averaging(
            scene, variant, data, model, training, seed
        )
        rows.append(("federated averaging", variant, seed, same))
table = pd.DataFrame(rows, columns=["check", "case", "seed", "holds"])
write_table(table, snakemake.output.checks)
print(table.groupby(["check", "case"], sort=False)["holds"].agg(["sum", "count"]))
