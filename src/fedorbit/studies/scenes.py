"""What the scene of a plan takes from a study."""

import math
from collections.abc import Mapping
from typing import Any

from fedorbit.plans.costs import ALL
from fedorbit.studies.cards import Card
from fedorbit.studies.keys import part
from fedorbit.studies.stages import STAGES


def scene_values(values: Mapping[str, Any], card: Card) -> dict[str, Any]:
    """Return what a scene takes from the values of a study, for ``SceneSettings``."""
    own = part(values, STAGES["plan"].keys)
    parts = {
        name: {
            "bits": float(of_model.parameters * card.bits_per_parameter),
            "flop_per_sample": of_model.training_flop_per_sample,
            "forward_flop_per_sample": of_model.forward_flop_per_sample,
            "passing_flop_per_sample": of_model.passing_flop_per_sample,
            "output_numbers": math.prod(of_model.output) if of_model.output else None,
        }
        for name, of_model in card.parts.items()
    }
    optional = {"speeds": own["speeds"]} if "speeds" in own else {}
    antennas = own["scenario"].get("antennas_per_station")
    optional |= {} if antennas is None else {"antennas_per_station": antennas}
    return {
        "parts": parts,
        "sample_numbers": math.prod(card.shape),
        **optional,
        "hours": own["scenario"]["hours"],
        "links": own["links"],
        "clients": own["clients"],
        "model_bits": card.bits,
        "learns": _learns(values),
        "flop_per_sample": card.training_flop_per_sample,
        "local_steps": own["training"]["local_steps"],
        "batch_size": own["training"]["batch_size"],
        "evaluation_interval": own["evaluation"]["interval_rounds"],
    }


def _learns(values: Mapping[str, Any]) -> list[str]:
    """Return the parts that learn: of a mixture its experts, else the whole model."""
    experts = values.get("model", {}).get("experts")
    return [f"expert/{number}" for number in range(experts)] if experts else list(ALL)
