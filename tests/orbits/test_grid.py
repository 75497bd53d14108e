import math
from datetime import timedelta

import numpy as np
import pytest
from tests.orbits.made import START, elements

from fedorbit.base.errors import InputError
from fedorbit.orbits.constants import EARTH_RADIUS_KM
from fedorbit.orbits.grid import STEP_S, grid_pairs, grid_ranges
from fedorbit.orbits.isl import isl_tracks
from fedorbit.orbits.propagate import positions
from fedorbit.orbits.walker import Walker, walker_elements

RADIUS_KM = EARTH_RADIUS_KM + 550


def walker(**changes):
    values = dict(
        pattern="delta",
        planes=6,
        satellites_per_plane=10,
        phasing=1,
        altitude_km=550.0,
        inclination_deg=53.0,
    )
    # Half a minute before the epoch no node has yet moved west across the equinox.
    return walker_elements(Walker(**(values | changes)), START + timedelta(seconds=30))


def name(plane, slot):
    return f"WALKER-{plane % 6 + 1:02d}-{slot % 10 + 1:02d}"


def test_the_grid_of_a_walker_constellation_is_that_of_the_indices():
    """Slot k of plane p: k - 1, k + 1, and k in planes p - 1 and p + 1.

    Planes lie 6 degrees of phase apart; so at the end, from plane 6 to 1, where the
    phase has grown by 36 degrees, one satellite's distance, slot k meets slot k + 1.
    """
    expected = set()
    for plane in range(6):
        for slot in range(10):
            east = slot + 1 if plane == 5 else slot
            expected.add(frozenset((name(plane, slot), name(plane, slot + 1))))
            expected.add(frozenset((name(plane, slot), name(plane + 1, east))))
    pairs = grid_pairs(walker(), START)
    assert set(map(frozenset, pairs.to_numpy())) == expected
    assert len(pairs) == 2 * 60


def test_in_a_ring_neighbours_are_a_chord_apart():
    """Of 22 satellites on a circle two neighbours are 2 r sin(180 / 22 deg) apart.

    The flattening of the Earth, which moves satellites by several kilometres, moves
    neighbours nearly alike.
    """
    shell = walker(planes=3, satellites_per_plane=22)
    ranges = grid_ranges(shell, START, 1.0)
    in_plane = ranges["satellite_a"].str[:9] == ranges["satellite_b"].str[:9]
    chord_km = 2 * RADIUS_KM * math.sin(math.pi / 22)
    assert ranges[in_plane]["range_km"].to_numpy() == pytest.approx(chord_km, abs=3)
    assert ranges[in_plane]["range_km"].notna().all()


@pytest.mark.parametrize(("satellites", "in_sight"), [(8, False), (9, True)])
def test_nine_satellites_see_their_neighbours_in_a_ring_and_eight_do_not(
    satellites, in_sight
):
    """The chord passes r cos(180 deg / n) - R above the ground: 23 km and 132 km."""
    shell = walker(planes=3, satellites_per_plane=satellites, phasing=0)
    ranges = grid_ranges(shell, START, 0.5)
    in_plane = ranges["satellite_a"].str[:9] == ranges["satellite_b"].str[:9]
    assert (ranges[in_plane]["range_km"].notna() == in_sight).all()


def test_every_link_has_its_distance_at_every_time():
    shell = walker()
    ranges = grid_ranges(shell, START, 0.05)
    assert list(ranges.columns) == ["satellite_a", "satellite_b", "time_s", "range_km"]
    assert len(ranges) == 120 * 4
    assert ranges["time_s"].head(4).tolist() == [0.0, 60.0, 120.0, 180.0]
    r_km, _ = positions([s.satrec() for s in shell], START, [0, 60, 120, 180])
    number = {s.name: n for n, s in enumerate(shell)}
    seen = ranges[ranges["range_km"].notna()]
    assert len(seen) > 240
    for row in seen.itertuples():
        a, b = number[row.satellite_a], number[row.satellite_b]
        sample = int(row.time_s / 60)
        apart_km = np.linalg.norm(r_km[a, sample] - r_km[b, sample])
        assert row.range_km == pytest.approx(apart_km, abs=1e-3)


def test_ranges_between_samples_lie_on_a_line_within_two_kilometres():
    shell = walker(planes=72, satellites_per_plane=22)[: 5 * 22]
    pairs = grid_pairs(shell, START)
    seconds = np.arange(0, 6000, STEP_S / 2)
    range_km = isl_tracks(shell, pairs, START, seconds, carrier_hz=1.0).range_km
    between = (range_km[:, :-2:2] + range_km[:, 2::2]) / 2
    assert np.abs(between - range_km[:, 1:-1:2]).max() < 2


def test_only_the_largest_shell_has_links():
    low = [elements(550, 0, 53, anomaly_deg=d, name=f"low {d}") for d in (0, 120, 240)]
    high = [
        elements(600, 0, 53, anomaly_deg=90 * i, name=f"high {i}") for i in range(4)
    ]
    lonely = elements(550, 0, 53, node_deg=90, name="lonely")
    pairs = grid_pairs([*low, *high, lonely], START)
    assert set(pairs.to_numpy().ravel()) == {f"high {i}" for i in range(4)}
    assert len(pairs) == 4


def test_satellites_without_neighbours_are_said():
    sets = [elements(550, 0, 53, node_deg=60 * i, name=f"S{i}") for i in range(4)]
    with pytest.raises(InputError, match="none of the 4 satellites shares a plane"):
        grid_pairs(sets, START)
