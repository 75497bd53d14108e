"""The archive of Snakemake's records is whole, whatever happens while it is written."""

import zipfile

import pytest
import share


@pytest.fixture
def metadata(tmp_path, monkeypatch):
    """Return a folder with one record, in the project that is the working folder."""
    monkeypatch.chdir(tmp_path)
    share.METADATA.mkdir(parents=True)
    (share.METADATA / "a").write_text("{}")
    return share.METADATA


def test_an_archive_that_cannot_be_finished_leaves_the_one_before(
    metadata, monkeypatch
):
    share.pack_records()
    before = share.ARCHIVE.read_bytes()
    with zipfile.ZipFile(share.ARCHIVE) as archive:
        assert archive.namelist() == [f"{metadata.name}/a"]

    def end(self, *given):
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "write", end)
    with pytest.raises(KeyboardInterrupt):
        share.pack_records()
    assert share.ARCHIVE.read_bytes() == before
    assert [path.name for path in share.ARCHIVE.parent.iterdir()] == ["records.zip"]
