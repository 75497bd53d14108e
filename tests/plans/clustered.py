"""Settings of all strategies for mixtures of experts."""

SERVED = {
    "server": "station",
    "local_work": "filled",
    "step_cap": 80,
    "trains": "all",
    "profiled": "in_contact",
}
CLUSTERED = {
    "ems": {
        "step_cap": 8,
        "short_windows": "round_robin",
        "band": "shared",
        "is_synchronous": False,
        "trains_when_disconnected": True,
        "profiled": "in_contact",
    },
    "fl_experts": SERVED | {"local_work": "fixed", "average": "plain"},
    "fl_filled": SERVED | {"average": "plain"},
    "fl_by_use": SERVED,
    "fedasync_experts": SERVED | {"mixing_ratio": 0.5, "staleness_exponent": 0.5},
    "fedbuff_experts": SERVED
    | {"buffer_size": 2, "server_rate": 1.0, "staleness_exponent": 0.5},
    "local_only": {"round_steps": 5, "profiled": "in_contact"},
    "centralised_experts": {
        "samples_per_client": 100,
        "bits_per_sample": 50000,
        "round_s": 50.0,
        "round_steps": 2,
    },
}
"""By name of the strategy."""
