"""What an expert of a published mixture of experts weighs, whole or as LoRA.

Expert m means the m-th expert of every layer that has experts, since all of them are
assigned together. Only the matrices of its two- or three-matrix network count: biases
are below a thousandth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fedorbit.base.errors import SettingsError

BITS_PER_PARAMETER = 16  # bfloat16


@dataclass(frozen=True)
class Mixture:
    """The sizes of a model's experts, as published."""

    name: str
    experts: int
    """Experts in a layer that are chosen by the gate."""
    layers: int
    """Layers that have experts."""
    width: int
    """Of a token at the expert's input and output."""
    hidden: int
    """Of a token inside the expert."""
    matrices: int
    """2, up and down, or 3 with the gate of a SwiGLU network."""

    @property
    def parameters(self) -> int:
        """Return the parameters of a whole expert, in all layers."""
        return self.layers * self.matrices * self.width * self.hidden

    def lora_parameters(self, rank: int) -> int:
        """Return the parameters of LoRA of a rank on all matrices of an expert.

        E. J. Hu et al., "LoRA", https://arxiv.org/abs/2106.09685: two thin matrices
        beside each one.
        """
        return self.layers * self.matrices * rank * (self.width + self.hidden)


# W. Fedus, B. Zoph and N. Shazeer, https://arxiv.org/abs/2101.03961: T5-Base, with
# experts in every other layer of encoder and decoder, 12 each.
SWITCH_BASE_8 = Mixture("Switch-Base-8", 8, 12, 768, 3072, 2)
# C. Riquelme et al., https://arxiv.org/abs/2106.05974: ViT-B/16, every other of 12.
V_MOE_B_16 = Mixture("V-MoE-B/16", 32, 6, 768, 3072, 2)
# D. Dai et al., https://arxiv.org/abs/2401.06066: 64 routed experts besides 2 shared
# ones, in all of 28 layers but the first.
DEEPSEEKMOE_16B = Mixture("DeepSeekMoE-16B", 64, 27, 2048, 1408, 3)
# A. Q. Jiang et al., https://arxiv.org/abs/2401.04088.
MIXTRAL_8X7B = Mixture("Mixtral-8x7B", 8, 32, 4096, 14336, 3)
PUBLISHED = (SWITCH_BASE_8, V_MOE_B_16, DEEPSEEKMOE_16B, MIXTRAL_8X7B)
RANKS = (8, 16)
RATES_BPS = (50e6, 100e6, 200e6, 500e6)


def expert_bits(mixture: Mixture, rank: int | None = None) -> int:
    """Return the bits of an expert, whole or as LoRA of a rank."""
    if rank is None:
        return BITS_PER_PARAMETER * mixture.parameters
    return BITS_PER_PARAMETER * mixture.lora_parameters(rank)


def window_bits(expert: float, experts: int, devices: int) -> float:
    """Return the bits of a cluster's window: uploads, and the mean as a broadcast.

    ``expert`` is the bits of one of the cluster's ``experts``: (K + 1) |a_c| M_e.
    """
    return (devices + 1) * experts * expert


def median_pass_s(contacts: pd.DataFrame, sites: Sequence[str]) -> int:
    """Return the median length of passes over some sites, in whole seconds.

    Of the contact table the columns ``site``, ``rise_s`` and ``set_s`` count. Other
    sites, such as stations, may have longer passes by a lower mask.
    """
    own = contacts[contacts["site"].isin(sites)]
    return round(float((own["set_s"] - own["rise_s"]).median()))


def fitting(
    pass_s: float,
    rates_bps: Sequence[float],
    experts: int = 1,
    devices: int = 1,
    ranks: Sequence[int] = RANKS,
) -> pd.DataFrame:
    """Return which published models fit into a pass of ``pass_s`` seconds.

    A row for each model, tuning and rate: ``model, tuning`` (full or LoRA and its
    rank), ``parameters, bits`` of an expert, ``window_bits`` of the uploads of so many
    experts by so many devices and the broadcast of their mean, ``rate_bps``,
    ``passes``, how many these need, all at the one rate, and ``fits``. Raises
    ``SettingsError`` for a pass or a rate that is not above 0.
    """
    if not pass_s > 0 or not all(rate > 0 for rate in rates_bps):
        raise SettingsError(
            f"a pass of {pass_s:g} s at {list(rates_bps)} bit/s carries nothing; give "
            "numbers above 0."
        )
    rows = []
    for mixture in PUBLISHED:
        for rank in (None, *ranks):
            bits = expert_bits(mixture, rank)
            tuning = "full" if rank is None else f"LoRA {rank}"
            sent = window_bits(bits, experts, devices)
            for rate_bps in rates_bps:
                passes = math.ceil(sent / (rate_bps * pass_s))
                head = (mixture.name, tuning, bits // BITS_PER_PARAMETER, bits, sent)
                rows.append((*head, rate_bps, passes, passes == 1))
    sizes = ["parameters", "bits", "window_bits"]
    columns = ["model", "tuning", *sizes, "rate_bps", "passes", "fits"]
    return pd.DataFrame(rows, columns=columns)
