"""Files of foundation models: a pretrained embedding and backbone, as safetensors.

The format holds numbers and names alone, so that a file cannot run code. Features come
out of a backbone standardised: the numbers for that are part of the scale and the
shift of its last normalisation.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole
from fedorbit.data.given import find_given
from fedorbit.learn.networks.network import Params

# How timm calls the parameters of its vision transformers.
OF_TIMM = {
    "embedding": ("cls_token", "pos_embed", "patch_embed."),
    "backbone": ("blocks.", "norm."),
}


def save_foundation(
    params: Params, made_by: Mapping[str, Any], path: str | Path
) -> None:
    """Write the embedding and the backbone of a model, and how they were made.

    Equal ones make equal bytes.
    """
    parts = {
        name: p.detach().float().contiguous()
        for name, p in params.items()
        if name.startswith(("embedding.", "backbone."))
    }
    # One key: safetensors writes several in any order.
    content = save(parts, {"made_by": json.dumps(made_by, sort_keys=True)})
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


def read_foundation(name: str, shapes: Mapping[str, Sequence[int]]) -> Params:
    """Return the parameters of some names and shapes in a file.

    A name is looked for in ``FEDORBIT_DATA`` and in the project; parameters may have
    the names of timm's vision transformers. Raises ``InputError`` if there is no such
    file, if it is none of safetensors, or if it lacks a parameter of this shape.
    """
    path = find_given("model.checkpoint", name, "the file")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: no safetensors file ({reason}); give a model in this format."
        ) from None
    found = {_own_name(name): tensor for name, tensor in tensors.items()}
    for parameter, shape in shapes.items():
        if parameter not in found:
            raise InputError(
                f"{path}: it has no parameter {parameter}; give a file of this model."
            )
        if found[parameter].shape != shape:
            raise InputError(
                f"{path}: {parameter} has the shape {tuple(found[parameter].shape)}, "
                f"but the model needs {tuple(shape)}; set the model's sizes to those "
                "of the file."
            )
    return {parameter: found[parameter].float() for parameter in shapes}


def _own_name(name: str) -> str:
    for part, beginnings in OF_TIMM.items():
        if name.startswith(beginnings):
            return f"{part}.{name}"
    return name
