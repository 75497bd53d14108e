"""Published experts, against figures that a prototype had counted."""

import pandas as pd
import pytest

from fedorbit.base.errors import SettingsError
from fedorbit.theory.experts.sizes import (
    DEEPSEEKMOE_16B,
    MIXTRAL_8X7B,
    PUBLISHED,
    SWITCH_BASE_8,
    V_MOE_B_16,
    expert_bits,
    fitting,
    median_pass_s,
    window_bits,
)


@pytest.mark.parametrize(
    ("mixture", "millions", "mbit_r8", "mbit_r16"),
    [
        (SWITCH_BASE_8, 56.6, 11.8, 23.6),
        (V_MOE_B_16, 28.3, 5.9, 11.8),
        (DEEPSEEKMOE_16B, 233.6, 35.8, 71.7),
        (MIXTRAL_8X7B, 5637, 226.5, 453),
    ],
)
def test_sizes_of_experts(mixture, millions, mbit_r8, mbit_r16):
    assert mixture.parameters / 1e6 == pytest.approx(millions, rel=1e-3)
    assert expert_bits(mixture) == 16 * mixture.parameters
    assert expert_bits(mixture, 8) / 1e6 == pytest.approx(mbit_r8, rel=4e-3)
    assert expert_bits(mixture, 16) / 1e6 == pytest.approx(mbit_r16, rel=4e-3)


def test_an_expert_of_mixtral_by_hand():
    """Three matrices of 4,096 x 14,336 in each of 32 layers."""
    assert MIXTRAL_8X7B.parameters == 32 * 3 * 4096 * 14336 == 5_637_144_576
    # Beside each of them 8 x 4,096 and 14,336 x 8.
    assert MIXTRAL_8X7B.lora_parameters(8) == 32 * 3 * (8 * 4096 + 14336 * 8)


def test_all_experts_together_are_most_of_what_the_papers_count():
    """46.7 and 16.4 thousand million parameters with attention and all else."""
    assert 0.95 < MIXTRAL_8X7B.experts * MIXTRAL_8X7B.parameters / 46.7e9 < 1
    assert 0.9 < DEEPSEEKMOE_16B.experts * DEEPSEEKMOE_16B.parameters / 16.4e9 < 1


def test_which_experts_fit_into_a_pass_of_four_minutes():
    """An expert up from one device and down again, at 50 and 500 Mb/s."""
    table = fitting(240.0, [50e6, 500e6])
    assert len(table) == len(PUBLISHED) * 3 * 2
    fits = table.set_index(["model", "tuning", "rate_bps"])["fits"]
    lora = table["tuning"] != "full"
    assert table["fits"][lora].all()
    full = fits.xs("full", level="tuning")
    # 12 Gbit at 50 Mb/s: 1.8 for Switch-Base, 7.5 for DeepSeekMoE, 180 for Mixtral.
    assert full.xs(50e6, level="rate_bps").to_dict() == {
        "Switch-Base-8": True,
        "V-MoE-B/16": True,
        "DeepSeekMoE-16B": True,
        "Mixtral-8x7B": False,
    }
    passes = table[~lora & (table["model"] == "Mixtral-8x7B")]["passes"]
    assert passes.tolist() == [16, 2]  # 180.4 Gbit / 12 Gbit, / 120 Gbit


def test_the_median_pass_is_of_clusters_and_not_of_stations():
    passes = [("A", 0, 100), ("G", 0, 900), ("B", 50, 250), ("G", 1000, 1800)]
    passes += [("A", 2000, 2240)]
    contacts = pd.DataFrame(passes, columns=["site", "rise_s", "set_s"])
    assert median_pass_s(contacts, ["A", "B"]) == 200


def test_two_experts_of_five_devices_take_six_blocks():
    assert window_bits(10.0, experts=2, devices=5) == 120.0
    # 90.2 Gbit x 12 at 50 and at 500 Mb/s in 240 s.
    full = fitting(240.0, [50e6, 500e6], experts=2, devices=5)
    own = full[(full["model"] == "Mixtral-8x7B") & (full["tuning"] == "full")]
    assert own["passes"].tolist() == [91, 10]
    assert own["window_bits"].tolist() == [12 * 16 * MIXTRAL_8X7B.parameters] * 2
    with pytest.raises(SettingsError, match="carries nothing"):
        fitting(0.0, [50e6])
