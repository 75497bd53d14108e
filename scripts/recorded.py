"""Which results are on record in the last commit: by Git, and by DVC's checksums."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from likeness import BYTES, MISSING, UNTOLD, likeness

from fedorbit.base.errors import InputError

PROVENANCE = "provenance.json"
SHOWING = {"explorer.html", "index.html", "printed"}
"""What shows results in another form, and so is none itself."""


def git(*arguments: str) -> bytes:
    """Return what Git prints; raises ``InputError`` if it cannot."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        reason = (getattr(error, "stderr", b"") or str(error).encode()).decode()
        raise InputError(
            f"{Path.cwd()}: Git cannot list the files ({reason.splitlines()[0]}); "
            "run this in a clone of the repository."
        ) from None
    return done.stdout


def files_in_git(*arguments: str) -> list[str]:
    """Return the files that a command of Git lists, separated by zeros."""
    return [name for name in git(*arguments).decode().split("\0") if name]


def recorded_studies() -> list[str]:
    """Return the studies of which the last commit has all results."""
    names = map(Path, _results_in_git())
    return [name.parent.name for name in names if name.name == PROVENANCE]


def untold_folders() -> list[str]:
    """Return the folders of results in the last commit that say not whose they are."""
    names = [name for name in map(Path, _results_in_git()) if len(name.parts) > 2]
    told = {name.parts[1] for name in names if name.name == PROVENANCE}
    folders = {name.parts[1] for name in names}
    return [f"results/{folder}" for folder in sorted(folders - told)]


def _results_in_git() -> list[str]:
    return files_in_git("ls-tree", "-r", "-z", "--name-only", "HEAD", "results/")


def compare_with_record(study: str) -> tuple[dict[str, str], list[str]]:
    """Return how alike each result here is to that on record, and what is not here."""
    folder = f"results/{study}"
    names = files_in_git("ls-tree", "-r", "-z", "--name-only", "HEAD", f"{folder}/")
    found = dict(_in_git(names))
    lock = yaml.safe_load(git("show", "HEAD:dvc.lock")) if _has_lock() else {}
    outs = lock.get("stages", {}).get(study, {}).get("outs", [])
    bulky = [
        out
        for out in outs
        if not any(_below(n, out["path"]) for n in names)
        and Path(out["path"]).name not in SHOWING
    ]
    absent = [out["path"] for out in bulky if not Path(out["path"]).exists()]
    for out in bulky:
        if out["path"] not in absent:
            found |= _in_dvc(out["path"], out["md5"])
    return found, absent


def _has_lock() -> bool:
    return bool(files_in_git("ls-tree", "-z", "--name-only", "HEAD", "dvc.lock"))


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}/")


def _in_git(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield how alike the results that Git keeps are to those of the last commit."""
    for name in names:
        if Path(name).name in (PROVENANCE, ".gitignore", *SHOWING):
            continue
        recorded = git("cat-file", "blob", f"HEAD:{name}")
        yield name, _kind(name, recorded)


def _kind(name: str, recorded: bytes) -> str:
    """Return how alike a result here is to its recorded contents."""
    if not Path(name).is_file():
        return MISSING
    return likeness(name, recorded, Path(name).read_bytes())


def _in_dvc(path: str, checksum: str) -> dict[str, str]:
    """Return how alike a file or the files of a folder are to what DVC has sealed."""
    is_folder = checksum.endswith(".dir")
    files = sorted(p for p in Path(path).rglob("*") if p.is_file())
    here = {str(file): _md5(file) for file in (files if is_folder else [path])}
    if checksum == (_md5_of_folder(path, here) if is_folder else here[path]):
        return dict.fromkeys(here, BYTES)
    recorded = {path: checksum}
    if is_folder:
        if not _cached(checksum).is_file():
            return {path: UNTOLD}
        rows = json.loads(_cached(checksum).read_bytes())
        recorded = {f"{path}/{row['relpath']}": row["md5"] for row in rows}
    return {
        name: BYTES if here.get(name) == md5 else _kind_in_cache(name, md5)
        for name, md5 in recorded.items()
    }


def _kind_in_cache(name: str, md5: str) -> str:
    """Return how alike a result is to its recorded contents, if they are here."""
    if not Path(name).is_file():
        return MISSING
    recorded = _cached(md5)
    return _kind(name, recorded.read_bytes()) if recorded.is_file() else UNTOLD


@cache
def contents_folder() -> Path:
    """Return the folder in which DVC keeps contents, wherever its config puts it."""
    from dvc.repo import Repo  # takes seconds, and is seldom asked

    return Path(Repo().cache.local_cache_dir) / "files" / "md5"


def _cached(md5: str) -> Path:
    """Return where DVC keeps contents, or the listing of a folder."""
    return contents_folder() / md5[:2] / md5[2:]


def _md5(path: str | Path) -> str:
    return hashlib.md5(Path(path).read_bytes()).hexdigest()


def _md5_of_folder(path: str, files: dict[str, str]) -> str:
    """Return DVC's checksum of a folder: that of the listing of its files."""
    rows = [
        {"md5": md5, "relpath": Path(name).relative_to(path).as_posix()}
        for name, md5 in files.items()
    ]
    rows.sort(key=lambda row: row["relpath"])
    listing = json.dumps(rows, sort_keys=True).encode()
    return f"{hashlib.md5(listing).hexdigest()}.dir"


def other_provenance(study: str) -> list[str]:
    """Return the keys in which the provenance here differs from that on record."""
    name = f"results/{study}/{PROVENANCE}"
    if not Path(name).is_file():
        return []
    then, now = (
        dict(_leaves(json.loads(content)))
        for content in (
            git("cat-file", "blob", f"HEAD:{name}"),
            Path(name).read_bytes(),
        )
    )
    return sorted(key for key in then | now if then.get(key) != now.get(key))


def _leaves(values: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield the dotted key of each value that is no mapping."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _leaves(value, f"{key}.{name}" if key else name)
    else:
        yield key, values
