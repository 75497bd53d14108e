"""Windows of clusters, and what they take, worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.plans.expert_scenes import BLOCK_BITS, OWN, cluster_scene
from tests.plans.scenes import PICKUP_S

from fedorbit.base.errors import SettingsError
from fedorbit.data.homes import Homes
from fedorbit.plans.moves.clusters.cluster import clusters_of, step_s
from fedorbit.plans.moves.clusters.exchanges import (
    first_broadcast,
    in_turn_from,
    most_uploaders,
    part_in,
    parts_over_windows,
)


def world(*lengths_s, devices=2, **more):
    """Return a scene with passes over A that rise at 0, 1000 and so on."""
    passes = [
        (f"S{n}", "A", 1000 * n, 1000 * n + length)
        for n, length in enumerate(lengths_s)
    ]
    made = cluster_scene(passes, devices=devices, horizon_s=9000.0, **more)
    return made, clusters_of(made, OWN[:1])[0]


def test_a_cluster_knows_its_experts_and_their_size():
    passes = [("S1", "A", 0, 50), ("S1", "B", 60, 90)]
    first, second = clusters_of(cluster_scene(passes), OWN)
    assert (first.group, first.site, first.clients) == ("cluster/0", "A", (0, 1))
    assert (second.scope, second.clients) == (["expert/2", "expert/3"], (2, 3))
    assert first.bits == second.bits == BLOCK_BITS
    assert step_s(cluster_scene(passes)) == pytest.approx(6.0)


def test_passes_that_overlap_are_one_window():
    passes = [("S1", "A", 0, 50), ("S2", "A", 40, 45), ("S3", "A", 50, 80)]
    passes += [("S1", "A", 90, 100), ("S2", "B", 0, 500)]
    first, second = clusters_of(cluster_scene(passes), OWN)
    spans = [(w.rise_s, w.set_s, len(w.rows)) for w in first.windows]
    assert spans == [(0, 80, 3), (90, 100, 1)]
    assert [w.rise_s for w in first.windows_after(80.0)] == [90]
    assert [w.set_s for w in second.windows] == [500]


def test_devices_share_the_band_or_take_turns():
    """Two share 2 Mbit/s, one alone has 1.32 Mbit/s; the mean goes down in 10 s."""
    made, cluster = world(100)
    shared = part_in(made, 0, 0.0, BLOCK_BITS, 2, "shared")
    assert shared.share == 0.5
    assert shared.uploads_s == (pytest.approx((0, 10)),) * 2
    assert shared.broadcast_s == pytest.approx((10, 20))
    turns = part_in(made, 0, 5.0, BLOCK_BITS, 2, "in_turn")
    assert turns.share == 1.0
    assert np.ravel(turns.uploads_s) == pytest.approx(
        [5, 5 + PICKUP_S, 5 + PICKUP_S, 5 + 2 * PICKUP_S]
    )
    assert turns.broadcast_s == pytest.approx((5 + 2 * PICKUP_S, 15 + 2 * PICKUP_S))
    assert part_in(made, 0, 80.1, BLOCK_BITS, 2, "shared") is None


@pytest.mark.parametrize("band", ["shared", "in_turn"])
@pytest.mark.parametrize("length_s", [5, 17, 18, 25.2, 33, 60, 200])
def test_as_many_are_heard_as_fit(length_s, band):
    made, cluster = world(length_s, devices=7)
    counts = range(1, 8)
    fit = [part_in(made, 0, 0.0, BLOCK_BITS, n, band) is not None for n in counts]
    part = most_uploaders(made, cluster, cluster.windows[0], 0.0, band)
    assert (len(part.uploads_s) if part else 0) == sum(fit)
    assert fit == sorted(fit, reverse=True)


def test_an_exchange_goes_on_in_the_next_windows():
    """In 12 s two devices upload 6 Mbit each, and their mean goes down: 6 s and 6 s.

    Then 4 Mbit are left.
    """
    made, cluster = world(12, 100)
    parts = parts_over_windows(made, cluster, cluster.windows, 0.0, 2, "shared")
    assert [part.bits for part in parts] == pytest.approx([6e6, 4e6], abs=1)
    assert sum(part.bits for part in parts) == BLOCK_BITS
    assert parts[0].broadcast_s == pytest.approx((6, 12), abs=1e-5)
    assert parts[1].uploads_s[0] == pytest.approx((1000, 1004), abs=1e-5)
    assert parts[1].broadcast_s == pytest.approx((1004, 1008), abs=1e-5)
    assert parts_over_windows(*world(12), [], 0.0, 2, "shared") is None


def test_parts_are_as_large_as_a_pass_can_take():
    made, cluster = world(12, 7, 100, devices=3)
    parts = parts_over_windows(made, cluster, cluster.windows, 0.0, 3, "in_turn")
    assert len(parts) == 3
    for part in parts[:2]:
        assert part_in(made, part.row, 0.0, part.bits + 1, 3, "in_turn") is None


def test_the_first_experts_come_by_the_first_pass_that_is_long_enough():
    made, cluster = world(9, 12, 100)
    first = first_broadcast(made, cluster, 0.0)
    assert (first.collected_s, first.ready_s) == pytest.approx((1000, 1010))
    # If none is, they come in parts: 9 s and 1 s.
    made, cluster = world(9, 8)
    first = first_broadcast(made, cluster, 0.0)
    assert (len(first.parts), first.ready_s) == (2, pytest.approx(1001))
    assert first_broadcast(*world(4, 4), 0.0) is None


def test_turns_go_round():
    clients = (4, 5, 6, 7)
    assert in_turn_from(clients, 3, 2) == (4, 7)
    assert in_turn_from(clients, 1, 4) == clients


def test_clusters_that_cannot_be_are_refused():
    made = cluster_scene([("S1", "A", 0, 50), ("S1", "B", 60, 90)])
    with pytest.raises(SettingsError, match="has 1 rows, but there are 2 groups"):
        clusters_of(made, OWN[:1])
    with pytest.raises(SettingsError, match="cluster/1 has no expert"):
        clusters_of(made, OWN & [[True], [False]])
    with pytest.raises(SettingsError, match="no part 'expert/4'"):
        clusters_of(made, np.ones((2, 5), bool))
    with pytest.raises(SettingsError, match="participants_per_round is 1, but all"):
        clusters_of(replace(made, participants_per_round=1), OWN)
    apart = replace(made, homes=Homes.of({"cluster/0": "AB"}))
    with pytest.raises(SettingsError, match="are at A, B; put those"):
        clusters_of(apart, OWN[:1])
