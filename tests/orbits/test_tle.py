from pathlib import Path

import numpy as np
import pytest
import sgp4
from hypothesis import given
from hypothesis import strategies as st

from fedorbit.orbits.tle import ElementSet, read_tle, write_tle

# The International Space Station on 2008-09-20, the example of the article "Two-line
# element set" in Wikipedia; both lines have the published checksum 7.
ISS = ElementSet(
    "ISS (ZARYA)",
    "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927",
    "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537",
)
# Vanguard 1, the first test case of Vallado et al., "Revisiting Spacetrack Report #3",
# AIAA 2006-6753; the checksums are 3 and 7.
VANGUARD = ElementSet(
    "VANGUARD 1",
    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
)
ONE_MILLIMETRE_KM = 1e-6


def text_of(*sets: ElementSet) -> str:
    return "".join(f"{s.name}\n{s.line1}\n{s.line2}\n" for s in sets)


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "satellites.tle"
        path.write_text(text)
        return path

    return write


def test_published_element_sets_are_read_as_they_are(written):
    assert read_tle(written(text_of(ISS, VANGUARD))) == [ISS, VANGUARD]


def test_a_published_element_set_moves_as_published():
    # tcppver.out of AIAA 2006-6753, satellite 5 after 0 and 360 minutes, in km.
    published = {
        0.0: (7022.46529266, -1400.08296755, 0.03995155),
        360.0: (-7154.03120202, -3783.17682504, -3536.19412294),
    }
    satrec = VANGUARD.satrec()
    for minutes, expected in published.items():
        error, position_km, _ = satrec.sgp4_tsince(minutes)
        assert error == 0
        np.testing.assert_allclose(position_km, expected, atol=ONE_MILLIMETRE_KM)


def test_all_published_test_cases_with_good_checksums_are_read(written):
    # All sets of AIAA 2006-6753; 33333 to 33335 are damaged on purpose.
    text = (Path(sgp4.__file__).parent / "SGP4-VER.TLE").read_text()
    rows = [row[:69] for row in text.splitlines() if row.startswith(("1 ", "2 "))]
    sets = [
        ElementSet(f"case {number}", *rows[number : number + 2])
        for number in range(0, len(rows), 2)
        if not rows[number].startswith("1 3333")
    ]
    assert len(sets) == 30
    assert read_tle(written(text_of(*sets))) == sets


def test_the_zero_before_names_and_empty_lines_are_left_out(written):
    text = f"0 {ISS.name}\r\n{ISS.line1}  \r\n{ISS.line2}\r\n\r\n"
    assert read_tle(written(text)) == [ISS]


def test_what_is_written_reads_back(tmp_path):
    path = tmp_path / "made" / "satellites.tle"
    write_tle([ISS, VANGUARD], path)
    assert path.read_text() == text_of(ISS, VANGUARD)
    assert read_tle(path) == [ISS, VANGUARD]


@given(st.data())
def test_one_digit_changed_anywhere_is_noticed(tmp_path_factory, data):
    number = data.draw(st.sampled_from([2, 3]))
    lines = text_of(ISS).splitlines()
    line = lines[number - 1]
    digits = [i for i in range(2, 69) if line[i].isdigit()]
    place = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {line[place]})))
    lines[number - 1] = line[:place] + other + line[place + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "satellites.tle"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(Exception, match=f"line {number}: the checksum is"):
        read_tle(path)


def test_a_bad_checksum_is_named_with_its_line_and_the_right_sum(refused, written):
    damaged = ElementSet(VANGUARD.name, VANGUARD.line1, VANGUARD.line2[:-1] + "8")
    path = written(text_of(ISS, damaged))
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 6: the checksum is 8 ")
    assert "adds up to 7" in sentence and "again" in sentence


@pytest.mark.parametrize("cut", [1, 20])
def test_a_short_line_is_named_with_its_number(refused, written, cut):
    path = written(text_of(ISS, VANGUARD).replace(VANGUARD.line1, ISS.line1[:-cut]))
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 5: ")
    assert "line 1" in sentence and "69 characters" in sentence


def test_a_long_line_is_named_with_its_number(refused, written):
    path = written(text_of(ISS).replace(ISS.line2, ISS.line2 + "0"))
    assert refused(read_tle, path).startswith(f"{path}, line 3: ")


def test_lines_in_the_wrong_order_are_named(refused, written):
    path = written(f"{ISS.name}\n{ISS.line2}\n{ISS.line1}\n")
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 2: ") and "not line 1" in sentence


def test_lines_of_two_satellites_are_not_a_pair(refused, written):
    path = written(f"\n{ISS.name}\n{ISS.line1}\n{VANGUARD.line2}\n")
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 4: ")
    assert "'00005'" in sentence and "'25544'" in sentence


def test_a_name_that_occurs_twice_is_named_with_its_line(refused, written):
    twin = ElementSet(ISS.name, VANGUARD.line1, VANGUARD.line2)
    path = written(text_of(ISS, twin))
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 4: ")
    assert "'ISS (ZARYA)' occurs twice" in sentence


@pytest.mark.parametrize("text", ["", "\n\n", "   \n"])
def test_a_file_without_satellites_is_refused(refused, written, text):
    path = written(text)
    assert refused(read_tle, path).startswith(f"{path}: no element sets")


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_satellite_without_all_three_lines_is_refused(refused, written, missing):
    lines = text_of(ISS, VANGUARD).splitlines()
    del lines[3 + missing]
    path = written("\n".join(lines))
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}") and "name, line 1 and line 2" in sentence


def test_two_line_files_without_names_are_refused(refused, written):
    lines = [ISS.line1, ISS.line2, VANGUARD.line1, VANGUARD.line2]
    path = written("\n".join(lines * 3))
    sentence = refused(read_tle, path)
    assert sentence.startswith(f"{path}, line 2: ")


def test_letters_in_the_place_of_a_number_are_refused(refused, written):
    # Letters count zero in the checksum, so exchanging 0 for O passes it.
    broken = ElementSet(ISS.name, ISS.line1, ISS.line2.replace("0006703", "OOO6703"))
    path = written(text_of(broken))
    assert refused(read_tle, path).startswith(f"{path}, line 3: ")


def test_a_missing_file_is_named(refused, tmp_path):
    path = tmp_path / "nowhere.tle"
    assert refused(read_tle, path).startswith(f"{path}: ")


def test_a_file_that_is_not_text_is_refused(refused, tmp_path):
    path = tmp_path / "satellites.tle"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert refused(read_tle, path).startswith(f"{path}")
