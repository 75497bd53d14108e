import json
from io import BytesIO

import pandas as pd
import pytest
from likeness import (
    BYTES,
    DIFFERENT,
    MISSING,
    NUMBERS,
    UNTOLD,
    likeness,
    verdict,
)

from fedorbit.base.files import seal

TABLE = "case,note,value,count\none,,0.123456789,1000\ntwo,late,,3\n"
ROUNDED = "share\n12.5\n30.699\n"


@pytest.mark.parametrize(
    ("then", "now", "kind"),
    [
        (TABLE, TABLE, BYTES),
        (TABLE, TABLE.replace("0.123456789", "0.123456780"), NUMBERS),  # 7e-8 off
        (TABLE, TABLE.replace("0.123456789", "0.123458"), NUMBERS),  # 9.8e-6 off
        (TABLE, TABLE.replace("0.123456789", "0.12346"), DIFFERENT),  # 2.6e-5 off
        (TABLE, TABLE.replace(",1000", ",1001"), DIFFERENT),
        (TABLE, TABLE.replace("late", "lost"), DIFFERENT),
        (TABLE, TABLE.replace("late,,", "late,0,"), DIFFERENT),
        (TABLE, TABLE.replace("value", "worth"), DIFFERENT),
        (TABLE, TABLE + "three,,1,1\n", DIFFERENT),
        (TABLE, "", DIFFERENT),
        (TABLE, "a,b\n1\n1,2,3\n", DIFFERENT),
        # Rounded to thousandths, a tie may go both ways: 3e-5 of the number.
        (ROUNDED, ROUNDED.replace("30.699", "30.698"), NUMBERS),
        (ROUNDED, ROUNDED.replace("30.699", "30.697"), DIFFERENT),
        ("share\n0.5\n", "share\n0.6\n", DIFFERENT),
        ("x\n1.2345e-07\n", "x\n1.2347e-07\n", DIFFERENT),
        ("x,y\ninf,\n,\n1,\n", "x,y\ninf,\n,\n1.000001,\n", NUMBERS),
        ("x\ninf\n", "x\n-inf\n", DIFFERENT),
        ("x,y\n1,\n", "x,y\n1,0\n", DIFFERENT),
    ],
)
def test_tables_are_compared_column_by_column(then, now, kind):
    assert likeness("x.csv", then.encode(), now.encode()) == kind


def parquet(**columns) -> bytes:
    buffer = BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    seal(buffer)
    return buffer.getvalue()


def test_records_are_compared_by_their_numbers_and_names():
    then = parquet(region=["A", "B"], loss=[0.5, float("nan")], round=[1, 2])
    for change, kind in (
        ({"loss": [0.5 + 1e-8, float("nan")]}, NUMBERS),
        ({"loss": [0.5 + 1e-4, float("nan")]}, DIFFERENT),
        ({"loss": [float("nan"), 0.5]}, DIFFERENT),
        ({"round": [1, 3]}, DIFFERENT),
        ({"region": ["A", "C"]}, DIFFERENT),
    ):
        columns = {"region": ["A", "B"], "loss": [0.5, float("nan")], "round": [1, 2]}
        assert likeness("x.parquet", then, parquet(**columns | change)) == kind
    assert likeness("x.parquet", then, then[:-9] + b"?" + then[-8:]) == DIFFERENT


def test_json_is_compared_at_all_depths():
    then = {"a": [{"b": 1.0, "c": "x"}, None, True], "n": 3}
    for now, kind in (
        ({"a": [{"b": 1.0 + 1e-9, "c": "x"}, None, True], "n": 3}, NUMBERS),
        ({"a": [{"b": 1.001, "c": "x"}, None, True], "n": 3}, DIFFERENT),
        ({"a": [{"b": 1.0, "c": "y"}, None, True], "n": 3}, DIFFERENT),
        ({"a": [{"b": 1.0}, None, True], "n": 3}, DIFFERENT),
        ({"a": [{"b": 1.0, "c": "x"}, None], "n": 3}, DIFFERENT),
        ({"a": [{"b": 1.0, "c": "x"}, None, 1], "n": 3}, DIFFERENT),
        ({"a": [{"b": 1.0, "c": "x"}, None, True], "n": 4}, DIFFERENT),
    ):
        texts = [json.dumps(values).encode() for values in (then, now)]
        assert likeness("x.json", *texts) == kind
    assert likeness("x.json", b"{}", b"{") == DIFFERENT


SVG = '<path id="id1" d="M 10 2.5" style="fill: #0072b2"/><text x="3">0.5</text>'


@pytest.mark.parametrize(
    ("then", "now", "kind"),
    [
        ("M 10 2.5", "M 10.01 2.54", NUMBERS),
        ("M 10 2.5", "M 10 2.6", DIFFERENT),
        ("M 10 2.5", "M 10 2.5 3", DIFFERENT),
        (">0.5<", ">0.51<", DIFFERENT),
        ("#0072b2", "#0073b2", DIFFERENT),
        ("id1", "id2", DIFFERENT),
        (SVG, "", DIFFERENT),
    ],
)
def test_figures_are_alike_if_all_places_are(then, now, kind):
    assert SVG.count(then) == 1
    assert likeness("x.svg", SVG.encode(), SVG.replace(then, now).encode()) == kind


def test_other_files_have_the_same_bytes_or_are_different():
    assert likeness("x.html", b"a", b"b") == DIFFERENT


def test_the_last_line_is_one_sentence():
    found = {"a.csv": BYTES, "b.csv": BYTES}
    assert verdict(found, "x") == "All 2 results have the bytes of x."
    found |= {f"c{k}.csv": NUMBERS for k in range(7)}
    assert verdict(found, "x") == (
        "2 of 9 results have the bytes of x; the same numbers to 1e-05: 7 (c0.csv, "
        "c1.csv, c2.csv, c3.csv, c4.csv and 2 more)."
    )
    kinds = {"d.csv": DIFFERENT, "e": UNTOLD, "f": MISSING}
    assert verdict(kinds, "x") == (
        f"0 of 3 results have the bytes of x; {UNTOLD}: 1 (e); not here: 1 (f); "
        "different: 1 (d.csv)."
    )
