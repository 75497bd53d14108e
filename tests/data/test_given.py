import gzip
import io
import stat
import tarfile
import zipfile

import pytest
from tests.data.made_sets import tar_of, zip_of

from fedorbit.data.given import contents, given_folder, unpack

FILES = {"cats/a.txt": b"meow", "dogs/b.txt": b"woof" * 1000}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "unpacked" / "here"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def archive(tmp_path):
    def write(name: str, content: bytes):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def files_below(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def tar_with(info: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"), [("x.tar.gz", tar_of), ("x.tgz", tar_of), ("x.zip", zip_of)]
)
def test_an_archive_is_unpacked_as_it_was_packed(archive, folder, name, pack):
    unpack(archive(name, pack(FILES)), folder)
    assert files_below(folder) == FILES


def test_a_single_packed_file_loses_its_ending(archive, folder):
    unpack(archive("digits-idx3.gz", gzip.compress(b"digits")), folder)
    assert files_below(folder) == {"digits-idx3": b"digits"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
@pytest.mark.parametrize("target", ["../../secret", "cats/a.txt", "/etc/passwd"])
def test_a_tar_with_a_link_or_a_pipe_is_refused(archive, folder, refused, kind, target):
    info = tarfile.TarInfo("cats/link")
    info.type, info.linkname = kind, target
    path = archive("x.tar.gz", tar_with(info))
    sentence = refused(unpack, path, folder)
    assert sentence.startswith(f"{path}: its member 'cats/link' is a link or lies ")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../out.txt", "cats/../../out.txt", "/out.txt"])
def test_a_member_outside_the_archive_is_refused(archive, folder, refused, name):
    info = tarfile.TarInfo(name)
    info.size = 3
    packed = [("x.tar.gz", tar_with(info)), ("x.zip", zip_of({name: b"out"}))]
    for path in (archive(*each) for each in packed):
        assert repr(name) in refused(unpack, path, folder)
        assert list(folder.parent.parent.rglob("out.txt")) == []


def test_a_zip_with_a_link_is_refused(archive, folder, refused):
    info = zipfile.ZipInfo("cats/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(info, "/etc/passwd")
    path = archive("x.zip", packed.getvalue())
    assert "'cats/link' is a link" in refused(unpack, path, folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.tar.gz", tar_of(FILES)),
        ("x.zip", zip_of(FILES)),
        ("x.gz", gzip.compress(b"digits" * 1000, mtime=0)),
    ],
)
def test_a_broken_archive_is_named(archive, folder, refused, name, content):
    for broken in (content[: len(content) // 2], content[:-5], b"", b"no archive"):
        if name == "x.gz" and broken == b"":
            continue  # gzip takes an empty file for a packed empty file
        path = archive(name, broken)
        assert refused(unpack, path, folder).startswith(f"{path}: broken or cut off (")


def test_an_archive_cut_off_in_its_checksum_is_refused_in_the_end(archive, refused):
    path = archive("x.tar.gz", tar_of(FILES)[:-1])
    assert "broken or cut off" in refused(lambda: dict(contents(path)))


def test_a_folder_and_its_archives_have_the_same_contents(archive, folder):
    for name, content in FILES.items():
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(content)
    packed = [archive("x.tgz", tar_of(FILES)), archive("x.zip", zip_of(FILES))]
    for path in (folder, *packed):
        assert dict(contents(path)) == FILES


def test_the_given_folder_is_that_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FEDORBIT_DATA", str(tmp_path))
    assert given_folder() == tmp_path
    monkeypatch.setenv("FEDORBIT_DATA", "")
    assert given_folder() is None
    monkeypatch.delenv("FEDORBIT_DATA")
    assert given_folder() is None
