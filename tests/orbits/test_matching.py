import numpy as np
import pandas as pd
import pytest

from fedorbit.orbits.matching import INVENTED, MATCHED, MISSED, match_passes


def passes(*rows):
    """Return contacts of one satellite from site, rise, culmination and set."""
    columns = ["site", "rise_s", "culmination_s", "set_s"]
    table = pd.DataFrame(rows, columns=columns)
    table[columns[1:]] = table[columns[1:]].astype(float)
    return table.assign(satellite="one", cut_start=False, cut_end=False)


def match(reference, other, within_s=100.0, until_s=10_000.0):
    return match_passes(reference, other, within_s, until_s)


def test_passes_match_by_hand():
    reference = passes(
        ("a", 100, 200, 300),  # 30 s late in the other, and 10 s shorter
        ("a", 1000, 1100, 1200),  # 100 s early, just near enough
        ("a", 2000, 2100, 2200),  # 101 s late: missed, and one invented
        ("b", 100, 200, 300),  # nothing at this site
    )
    other = passes(
        ("a", 135, 230, 325),
        ("a", 900, 1000, 1100),
        ("a", 2101, 2201, 2301),
        ("c", 500, 510, 520),  # a site that nobody saw
    )
    table = match(reference, other)
    found = table.set_index(["status", "site", "culmination_s"]).sort_index()
    assert sorted(found.index) == [
        (INVENTED, "a", 2201.0),
        (INVENTED, "c", 510.0),
        (MATCHED, "a", 200.0),
        (MATCHED, "a", 1100.0),
        (MISSED, "a", 2100.0),
        (MISSED, "b", 200.0),
    ]
    errors = found[["rise_error_s", "set_error_s"]]
    assert list(errors.loc[MATCHED, "a", 200.0]) == [35.0, 25.0]
    assert list(errors.loc[MATCHED, "a", 1100.0]) == [-100.0, -100.0]
    assert errors.loc[[MISSED, INVENTED]].isna().all(axis=None)


def test_a_pass_has_one_partner_at_most_and_the_nearest():
    reference = passes(("a", 90, 100, 110), ("a", 150, 160, 170))
    one = match(reference, passes(("a", 110, 120, 130)))
    assert list(one["status"]) == [MATCHED, MISSED]
    assert one["rise_error_s"][0] == 20.0
    both = match(passes(("a", 110, 120, 130)), reference)
    assert list(both["status"]) == [MATCHED, INVENTED]
    assert both["rise_error_s"][0] == -20.0


def test_satellites_are_not_confused():
    reference = passes(("a", 90, 100, 110))
    table = match(reference, reference.assign(satellite="two"))
    assert sorted(table["status"]) == [INVENTED, MISSED]


def test_a_table_matches_itself_without_errors():
    generator = np.random.default_rng(1)
    rise_s = np.sort(generator.uniform(0, 9000, 200))
    rows = [("abc"[k % 3], r, r + 10, r + 20) for k, r in enumerate(rise_s)]
    table = match(passes(*rows), passes(*rows).sample(frac=1, random_state=2))
    assert len(table) == 200
    assert (table["status"] == MATCHED).all()
    assert (table[["rise_error_s", "set_error_s"]] == 0).all(axis=None)


@pytest.mark.parametrize("swapped", [False, True])
def test_passes_across_an_edge_find_their_partners_but_count_once(swapped):
    here = passes(("a", -30, 20, 60), ("a", 9930, 9980, 9999), ("a", 5000, 5010, 5020))
    there = passes(
        ("a", -80, -30, 10), ("a", 9980, 10_030, 10_060), ("a", 5e3, 5010, 5020)
    )
    tables = (there, here) if swapped else (here, there)
    table = match(*tables)
    assert set(table["status"]) == {MATCHED}
    # The reference decides which passes belong to the scenario.
    assert len(table) == (1 if swapped else 3)


def test_edges_of_a_cut_pass_have_no_errors():
    reference = passes(("a", 0, 50, 90), ("a", 1000, 1050, 1090))
    cut = reference.assign(cut_start=[True, False])
    for table in match(reference, cut), match(cut, reference):
        assert list(table["status"]) == [MATCHED, MATCHED]
        assert list(table["rise_error_s"].isna()) == [True, False]
        assert list(table["set_error_s"].isna()) == [True, False]


def test_empty_tables_match_nothing():
    one, none = passes(("a", 90, 100, 110)), passes()
    assert list(match(one, none)["status"]) == [MISSED]
    assert list(match(none, one)["status"]) == [INVENTED]
    assert match(none, none).empty
