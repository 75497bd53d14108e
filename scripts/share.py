"""Seal the results and send them, or fetch results and put them in their places.

What arrives from a remote is looked at before it is put anywhere: it may have been
written by anybody (docs/untrusted.md).
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import click
from dvc.repo import Repo
from record import write_record
from snakemake_records import INCOMPLETE, METADATA, ended_s

from fedorbit.base.errors import InputError
from fedorbit.base.files import whole
from fedorbit.data.given import contents
from fedorbit.report.provenance import software

RESULTS = [Path("results"), Path("data/datasets"), Path("data/models")]
ARCHIVE = Path("results/records.zip")
MD5 = re.compile("[0-9a-f]{32}")
MEND_REMOTE = (
    "if it names the remote, see that its folder is mounted or its server answers, and "
    "run again"
)
ARRIVED_S = 946684800  # the year 2000: older than all that results are made from


def run(*command: str, remedy: str, **environment: str) -> str:
    """Run a command and return what it prints; raises ``InputError`` if it fails."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    if done.returncode != 0:
        raise InputError(f"`{' '.join(command)}` failed as said above; {remedy}.")
    return done.stdout


def check_folder() -> None:
    """Raise ``InputError`` unless DVC can handle the folder and knows a remote."""
    for folder in RESULTS:
        if folder.is_symlink():
            raise InputError(
                f"{folder} is a link, which DVC cannot follow; move its contents here."
            )
    remote = Repo().config
    name = remote["core"].get("remote")
    if name is None:
        raise InputError("DVC has no remote; name one as docs/sharing.md does.")
    url = remote["remote"][name]["url"]
    if "://" not in url and not Path(url).is_dir():
        raise InputError(
            f"{url}: the folder of the remote {name!r} is not there; plug it in or "
            "mount it, or make the folder if it is new, and run again."
        )


def status() -> dict[str, list[str]]:
    """Return the files of results by whether they are those that were sealed.

    Those that were sealed after the last commit are ``unchanged``, too, unless they
    have been changed since. DVC's memory of checksums is set aside, so that all
    contents are read.
    """
    command = ("dvc", "data", "status", "--granular", "--unchanged", "--json")
    with tempfile.TemporaryDirectory() as empty:
        found = json.loads(run(*command, remedy="mend it", DVC_SITE_CACHE_DIR=empty))
    changed = found.get("uncommitted", {})
    later = {path for paths in changed.values() for path in paths}
    sealed = [p for paths in found.get("committed", {}).values() for p in paths]
    unchanged = [*found.get("unchanged", []), *(p for p in sealed if p not in later)]
    return {"unchanged": unchanged, **changed}


def check_untouched() -> None:
    """Raise ``InputError`` if a result was changed after its job had made it."""
    made = ((Path(output), time_s) for output, time_s in ended_s())
    later = [
        path
        for path, time_s in made
        if path.parts[0] == "results"
        and path.is_file()
        and path.stat().st_mtime > time_s + 1e-3
    ]
    sealed = set(status()["unchanged"])
    for path in later:
        known = ["git", "diff", "--quiet", "HEAD", "--", str(path)]
        listed = ["git", "ls-files", "--error-unmatch", str(path)]
        in_git = all(
            subprocess.run(c, capture_output=True).returncode == 0
            for c in (listed, known)
        )
        if path.as_posix() not in sealed and not in_git:
            raise InputError(
                f"{path} was changed after it was made; bring it back with "
                "`git checkout` or `dvc checkout`, or delete it and run again."
            )


def warn_of_changed_software() -> None:
    """Say which versions are others than those that the results were made with."""
    here = software()
    for path in sorted(Path("results").glob("*/provenance.json")):
        then = json.loads(path.read_text())["software"]
        other = [
            f"{n} {v} (here {here.get(n)})" for n, v in then.items() if here.get(n) != v
        ]
        if other:
            click.echo(f"{path.parent} was made with {', '.join(other)}.")


def check_outputs(repo: Repo) -> None:
    """Raise ``InputError`` if DVC would put anything outside the folders of results.

    Links on the way are followed. What DVC puts where is told by files in Git, which in
    a clone are somebody else's.
    """
    allowed = [folder.resolve() for folder in RESULTS]
    for out in repo.index.outs:
        path = Path(out.fs_path).resolve()
        if not any(path.is_relative_to(folder) for folder in allowed):
            raise InputError(
                f"{out.stage.path_in_repo}: its output {out.def_path!r} is not in "
                f"{', '.join(map(str, RESULTS))}; remove it, or get the repository "
                "from somebody you trust."
            )


def check_listings(cache: Path) -> None:
    """Raise ``InputError`` if a folder's listing names a file outside the folder.

    DVC has two layouts of its cache, that of old outputs beside that of today's; all
    listings below its folder count.
    """
    for path in sorted(cache.rglob("*.dir")):
        content = path.read_bytes()
        named = path.parent.name + path.name.removesuffix(".dir")
        try:
            rows = [
                (str(row["md5"]), PurePosixPath(row["relpath"]))
                for row in json.loads(content)
            ]
        except (ValueError, LookupError, TypeError):
            rows = [("", PurePosixPath())]
        inside = all(
            MD5.fullmatch(md5)
            and not p.is_absolute()
            and ".." not in p.parts
            and "\\" not in str(p)
            for md5, p in rows
        )
        if not inside or hashlib.md5(content).hexdigest() != named:
            raise InputError(
                f"{path}: the remote's listing of a folder is forged or broken; "
                "delete it, mend the remote and pull again."
            )


def pack_records() -> None:
    """Put Snakemake's records into the archive, whole or not at all."""
    with (
        whole(ARCHIVE) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in sorted(files_below([METADATA])):
            archive.write(path, path.relative_to(METADATA.parent))


def unpack_records() -> None:
    """Put Snakemake's records back; nothing else that the archive may hold."""
    for name, content in contents(ARCHIVE):
        path = Path(".snakemake") / name
        if not path.is_relative_to(METADATA):
            raise InputError(
                f"{ARCHIVE}: its member {name!r} is no record; get the file again."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    # What had no record before has one now.
    shutil.rmtree(INCOMPLETE, ignore_errors=True)
    INCOMPLETE.mkdir()


def files_below(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield all plain files below some folders."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def send() -> None:
    """Run what is missing, seal all results and send the bulky ones."""
    check_folder()
    check_untouched()
    run("snakemake", "--cores", "all", remedy="mend it and push again")
    write_record()
    pack_records()
    made = [str(folder) for folder in RESULTS[1:] if folder.is_dir()]
    for folder in set(map(str, RESULTS[1:])) - {*made}:
        Path(f"{folder}.dvc").unlink(missing_ok=True)  # of what is not here to send
    sealed = [*made, "results/report.html", str(ARCHIVE)]
    run("dvc", "add", *sealed, remedy="mend it and push again")
    run("dvc", "commit", "--force", remedy="mend it and push again")
    run("dvc", "push", remedy=f"results are sealed, but not sent: {MEND_REMOTE}")
    warn_of_changed_software()
    click.echo(
        "Sealed and sent. Now record them: git add --all && git commit && git push; "
        "others then run git pull && make pull."
    )


def fetch() -> None:
    """Fetch results and records, so that Snakemake knows all that is done."""
    check_folder()
    repo = Repo()
    check_outputs(repo)
    run("dvc", "fetch", remedy=MEND_REMOTE)
    check_listings(Path(repo.cache.local_cache_dir))
    run(
        "dvc",
        "checkout",
        remedy="push or move away results of your own, since --force deletes them",
    )
    unpack_records()
    # Snakemake compares contents of inputs that are newer than what was made from them.
    for path in files_below(RESULTS):
        os.utime(path, (ARRIVED_S, ARRIVED_S))
    warn_of_changed_software()
    found = status()
    wrong = [path for kind in ("modified", "deleted") for path in found.get(kind, [])]
    if wrong:
        raise InputError(
            f"{', '.join(wrong)}: not as sealed; bring it back with `git checkout`, or "
            "see docs/sharing.md if it came so from the remote."
        )


@click.command()
@click.argument("way", type=click.Choice(["push", "pull"]))
def share(way: str) -> None:
    """Send results to DVC's remote, or fetch them."""
    try:
        send() if way == "push" else fetch()
    except InputError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    share()
