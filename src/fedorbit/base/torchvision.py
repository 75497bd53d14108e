"""torchvision beside any build of PyTorch, imported only by those who need it."""

import importlib
import sys
from types import ModuleType

import torch

# torchvision from PyPI beside a PyTorch without CUDA lacks its own operators, and
# stops at import because two of them are not declared. Nothing here calls them, so
# their declarations are enough.
DECLARATION = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("nms", "qnms")

_kept: list[torch.library.Library] = []  # declarations last as long as their library


def import_torchvision(name: str) -> ModuleType:
    """Return a module of torchvision, such as ``models`` or ``datasets``."""
    try:
        return importlib.import_module(f"torchvision.{name}")
    except RuntimeError:
        for module in [m for m in sys.modules if m.split(".")[0] == "torchvision"]:
            del sys.modules[module]
        library = torch.library.Library("torchvision", "DEF")
        for operator in OPERATORS:
            library.define(operator + DECLARATION)
        _kept.append(library)
        return importlib.import_module(f"torchvision.{name}")
