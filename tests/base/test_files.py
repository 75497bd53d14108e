import math
import random

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedorbit.base.files import (
    read_table,
    whole,
    whole_folder,
    write_json,
    write_parts,
    write_table,
    write_text,
)

ENDINGS = ["csv", "parquet"]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"name": ["a", "b"], "count": [1, 2], "time_s": [0.1, 1 / 3], "bits": [1e18, 0]}
    )


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_exception_the_old_file_is_there_and_nothing_else(
    tmp_path, interruption
):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(interruption), whole(path) as unfinished:
        unfinished.write_text("half")
        raise interruption
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_after_an_exception_a_new_file_is_not_there(tmp_path):
    with pytest.raises(ValueError), whole(tmp_path / "table.csv") as unfinished:
        unfinished.write_text("half")
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_is_read_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with whole(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
        assert unfinished.suffix == ".csv" and unfinished.parent == tmp_path
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_folders_on_the_way_are_made(tmp_path):
    path = tmp_path / "results" / "study" / "table.csv"
    with whole(path) as unfinished:
        unfinished.write_text("new")
    assert path.read_text() == "new"


def test_a_finished_file_has_the_rights_of_any_new_file(tmp_path):
    plain, path = tmp_path / "plain.csv", tmp_path / "table.csv"
    plain.write_text("new")
    with whole(path) as unfinished:
        unfinished.write_text("new")
    assert path.stat().st_mode == plain.stat().st_mode


def test_texts_and_values_are_written_as_utf_8_with_lines_as_they_are(tmp_path):
    write_text("\u03b1\n\nend", tmp_path / "text")
    assert (tmp_path / "text").read_bytes() == b"\xce\xb1\n\nend"
    write_json({"b": 1, "a": 0.1}, tmp_path / "values")
    assert (tmp_path / "values").read_bytes() == b'{\n  "a": 0.1,\n  "b": 1\n}\n'


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_tables_make_equal_bytes(tmp_path, ending):
    first, second = tmp_path / f"first.{ending}", tmp_path / f"second.{ending}"
    write_table(table(), first)
    write_table(table().iloc[::-1].iloc[::-1], second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_reads_back_as_it_was_written(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    write_table(table(), path)
    pd.testing.assert_frame_equal(read_table(path), table(), check_exact=True)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    write_table(table(), path)
    before = path.read_bytes()
    bad = table().assign(name=[_Unwritable(), _Unwritable()])
    with pytest.raises(ValueError):
        write_table(bad, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kept", [0, 0.01, 0.5, 0.999])
def test_a_cut_table_is_named(tmp_path, kept, refused):
    path = tmp_path / "table.parquet"
    write_table(table(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    assert refused(read_table, path) == (
        f"{path} is broken or not a Parquet table of fedorbit; bring it back with "
        "`dvc checkout` or `git checkout`, or delete it and run again."
    )


def test_no_flipped_bit_of_a_table_is_read_as_other_values(tmp_path, refused):
    """Without the seal 227 of the 24,864 bits of a like file were."""
    path = tmp_path / "table.parquet"
    write_table(table(), path)
    content = path.read_bytes()
    for bit in random.Random(11).sample(range(8 * len(content)), 400):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert f"{path} is broken" in refused(read_table, path)


def test_a_sealed_table_is_parquet_with_checksums_for_all_readers(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(table(), path)
    found = pq.read_table(path, page_checksum_verification=True).to_pandas()
    pd.testing.assert_frame_equal(found, table(), check_exact=True)
    content = path.read_bytes()
    column = pq.read_metadata(path).row_group(0).column(2)
    last_of_page = column.dictionary_page_offset + column.total_compressed_size - 1
    changed = bytearray(content)
    changed[last_of_page] ^= 1
    path.write_bytes(changed)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)


SCHEMA = pa.schema(
    {
        "name": pa.dictionary(pa.int32(), pa.string()),
        **{"count": pa.int64(), "time_s": pa.float64(), "bits": pa.float64()},
    }
)


def test_parts_are_written_as_the_whole_table_would_be(tmp_path):
    path, csv, one = (tmp_path / n for n in ("a.parquet", "a.csv", "one.csv"))
    nothing = table().iloc[:0].astype({"count": object})
    parts = [table(), nothing, table().assign(name=["c", "a"])]
    write_parts(iter(parts), SCHEMA, path, csv)
    every = pd.concat([parts[0], parts[2]], ignore_index=True)
    write_table(every, one)
    assert csv.read_bytes() == one.read_bytes()
    found = read_table(path)
    assert found["name"].dtype == "category"
    pd.testing.assert_frame_equal(found.astype({"name": str}), every, check_exact=True)


def test_a_part_that_cannot_be_written_leaves_both_old_tables(tmp_path):
    path, csv = tmp_path / "a.parquet", tmp_path / "a.csv"
    write_parts([table()], SCHEMA, path, csv)
    before = path.read_bytes(), csv.read_bytes()
    bad = table().assign(count=[0.5, "many"])
    with pytest.raises((ValueError, TypeError)):
        write_parts([table(), bad], SCHEMA, path, csv)
    assert (path.read_bytes(), csv.read_bytes()) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


def test_some_columns_and_rows_of_a_table_are_read(tmp_path):
    path = tmp_path / "table.parquet"
    write_parts([table(), table()], SCHEMA, path, tmp_path / "table.csv")
    found = read_table(path, ["count", "time_s"], {"name": "b"})
    assert list(found.columns) == ["count", "time_s"]
    assert found["count"].tolist() == [2, 2]


def test_no_flipped_bit_of_parts_is_read_as_other_values(tmp_path, refused):
    path = tmp_path / "table.parquet"
    write_parts([table(), table()], SCHEMA, path, tmp_path / "table.csv")
    content = path.read_bytes()
    for bit in random.Random(12).sample(range(8 * len(content)), 100):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        # Also in columns and rows that are not read.
        assert f"{path} is broken" in refused(read_table, path, ["count"])


def test_a_table_without_a_seal_is_not_believed(tmp_path, refused):
    table().to_parquet(tmp_path / "x.parquet")
    assert "not a Parquet table of fedorbit" in refused(
        read_table, tmp_path / "x.parquet"
    )


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"a,b\n1,2\n1,2,3\n", b'a,b\n"1,2\n']
)
def test_a_file_that_is_no_csv_table_is_named(tmp_path, content, refused):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert f"{path} is broken or not a CSV table; " in refused(read_table, path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_missing_table_is_not_called_broken(tmp_path, ending):
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / f"table.{ending}")


class _Unwritable:
    def __str__(self) -> str:
        raise ValueError("not to be written")


@pytest.mark.parametrize("ending", ENDINGS)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_number_reads_back_exactly(tmp_path_factory, ending, values):
    path = tmp_path_factory.mktemp("numbers") / f"table.{ending}"
    write_table(pd.DataFrame({"number": values}), path)
    found = read_table(path)["number"].tolist()
    assert found == values
    signs = [math.copysign(1, value) for value in values]
    assert [math.copysign(1, value) for value in found] == signs


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_folder_is_there_with_all_its_files_or_not_at_all(tmp_path, interruption):
    path = tmp_path / "raw" / "set"
    with pytest.raises(interruption), whole_folder(path) as unfinished:
        (unfinished / "inner").mkdir()
        (unfinished / "inner" / "half").write_text("half")
        raise interruption
    assert list(path.parent.iterdir()) == []
    with whole_folder(path) as unfinished:
        (unfinished / "file").write_text("all")
        assert not path.exists() and unfinished.parent == path.parent
    assert [p.name for p in path.parent.iterdir()] == ["set"]
    assert (path / "file").read_text() == "all"


def test_a_finished_folder_has_the_rights_of_any_new_folder(tmp_path):
    (tmp_path / "plain").mkdir()
    with whole_folder(tmp_path / "made"):
        pass
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_regions_may_be_called_like_no_value(tmp_path, ending):
    names = ["NA", "null", "None", "nan", "N/A"]
    table = pd.DataFrame({"region": names, "value": [1.0, None, 3.0, 4.0, 5.0]})
    write_table(table, tmp_path / f"x.{ending}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"x.{ending}"), table)
