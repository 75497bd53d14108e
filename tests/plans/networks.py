"""Small networks of windows with constant rates, and random ones."""

import math

import numpy as np
import pandas as pd

from fedorbit.plans.windows import Windows

RATE_BPS = 1e6


def windows(rows, light_s=0.0):
    """Return windows of (sender, receiver, open, close) or with a rate at the end."""
    ends = pd.DataFrame([row[:2] for row in rows], columns=["sender", "receiver"])
    samples = [
        (number, time_s, row[4] if len(row) > 4 else RATE_BPS, light_s)
        for number, row in enumerate(rows)
        for time_s in row[2:4]
    ]
    columns = ["window", "time_s", "rate_bps", "light_s"]
    return Windows(ends, pd.DataFrame(samples, columns=columns))


def both_ways(rows):
    return [*rows, *((b, a, *times) for a, b, *times in rows)]


def random_rows(seed, nodes=4, count=10, horizon_s=60):
    """Return windows between nodes A, B, ... with random times and rates."""
    rng = np.random.default_rng(seed)
    names = [chr(ord("A") + n) for n in range(nodes)]
    rows = []
    for _ in range(count):
        sender, receiver = rng.choice(names, 2, replace=False)
        open_s = rng.integers(0, horizon_s)
        close_s = open_s + rng.integers(2, horizon_s // 2)
        rate_bps = float(rng.choice([2.5e5, 5e5, 1e6, 2e6]))
        rows.append((str(sender), str(receiver), open_s, close_s, rate_bps))
    return names, rows


def brute_force_s(rows, origin, start_s, bits, light_s=0.0):
    """Return when bits arrive at each node, by trying all ways and all windows."""
    best_s = {}

    def visit(node, now_s, seen):
        best_s[node] = min(now_s, best_s.get(node, math.inf))
        for sender, receiver, open_s, close_s, rate_bps in rows:
            if sender == node and receiver not in seen:
                end_s = max(now_s, open_s) + bits / rate_bps
                if end_s <= close_s + 1e-9:
                    visit(receiver, end_s + light_s, {*seen, receiver})

    visit(origin, start_s, {origin})
    return best_s
