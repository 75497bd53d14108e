"""Which of two sets of a satellite is better at a time between them?

Takes the snapshots of one list of satellites. For each pair of snapshots it follows the
satellites in both, from the older elements forwards to the newer epoch and from the
newer elements backwards to the older epoch, and prints how late or early they come:

    python bench/nearest_set.py $FEDORBIT_DATA/starlink-*.tle
"""

import sys
from datetime import timedelta
from itertools import combinations

import numpy as np
from sgp4.conveniences import jday_datetime

from fedorbit.orbits.elements import ElementSet
from fedorbit.orbits.lists import read_elements

LEAST_GAP_DAYS = 1.0
ALTITUDE_KM, DEVIATION_KM = 545.0, 15.0  # of the shells at 53 degrees
EARTH_RADIUS_KM = 6378.137


def late_s(followed: ElementSet, truth: ElementSet) -> float:
    """Return how late a satellite is at the epoch of ``truth``, NaN if it is lost."""
    moment = jday_datetime(truth.epoch)
    error, r, _ = followed.satrec().sgp4(*moment)
    _, r_true, v_true = truth.satrec().sgp4(*moment)
    if error:
        return np.nan
    r, r_true, v_true = map(np.array, (r, r_true, v_true))
    if abs(np.linalg.norm(r) - EARTH_RADIUS_KM - ALTITUDE_KM) > 100:
        return np.nan
    along = np.cross(np.cross(r_true, v_true), r_true)
    along /= np.linalg.norm(along)
    angle = np.arctan2(r @ along, r @ r_true / np.linalg.norm(r_true))
    return -angle * np.linalg.norm(r_true) / np.linalg.norm(v_true)


def in_shell(one: ElementSet) -> bool:
    """Return whether a satellite is in the shells at 53 degrees."""
    axis_km = (398600.4418 / (one.mean_motion_rev_day * np.pi / 43200) ** 2) ** (1 / 3)
    is_high = abs(axis_km - EARTH_RADIUS_KM - ALTITUDE_KM) <= DEVIATION_KM
    return bool(is_high and abs(one.inclination_deg - 53.1) <= 0.2)


def main(paths: list[str]) -> None:
    """Print the table."""
    snapshots = [
        {s.number: s for s in read_elements(path).sets if in_shell(s)} for path in paths
    ]
    print("| days | satellites | forwards, s | backwards, s |")
    print("| ---: | ---: | ---: | ---: |")
    rows = []
    for older, newer in combinations(snapshots, 2):
        both = sorted(older.keys() & newer.keys())
        gaps = [(newer[n].epoch - older[n].epoch) / timedelta(days=1) for n in both]
        both = [n for n, gap in zip(both, gaps, strict=True) if gap > LEAST_GAP_DAYS]
        forwards = [abs(late_s(older[n], newer[n])) for n in both]
        backwards = [abs(late_s(newer[n], older[n])) for n in both]
        medians = np.nanmedian(forwards), np.nanmedian(backwards)
        rows.append((np.median(gaps), len(both), *medians))
    for days, count, forwards, backwards in sorted(rows):
        print(f"| {days:.0f} | {count} | {forwards:.1f} | {backwards:.1f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
