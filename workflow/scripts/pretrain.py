"""Make a foundation model from tiles without labels."""

import _job
from fedorbit.data.datasets import load_dataset
from fedorbit.learn.networks.foundation import save_foundation
from fedorbit.learn.pretrain.masked import pretrain
from fedorbit.learn.pretrain.settings import parse_foundation

_job.start(snakemake)
source = f"config/models/{snakemake.wildcards.foundation}.yaml"
settings = parse_foundation(snakemake.params.settings, source)
tiles, _ = load_dataset(snakemake.input.dataset).features()


def tell(step: int, loss: float) -> None:
    """Write the loss of some steps to the log."""
    if step % 100 == 0:
        print(f"step {step}: loss {loss:.4f}")


params = pretrain(tiles, settings, tell)
save_foundation(params, settings.model_dump(), snakemake.output.model)
print(f"{sum(p.numel() for p in params.values())} parameters")
