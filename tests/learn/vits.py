"""Small vision transformers that tests share."""

from fedorbit.learn.model import build_network, parse_model
from fedorbit.learn.models.vit import Vit

SMALL = {
    "name": "vit",
    "patch_px": 4,
    "bands_per_token": None,
    "dim": 8,
    "depth": 2,
    "heads": 2,
    "mlp_ratio": 2.0,
    "pooling": "mean",
    "adapter_rank": None,
    "checkpoint": None,
}


def vit(**changes) -> Vit:
    return parse_model(SMALL | changes)


def network(shape=(2, 8, 8), classes=3, **changes):
    return build_network(vit(**changes), shape, classes)
