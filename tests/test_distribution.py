"""What a release is made of: numbers that agree, and files that install elsewhere."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import release
import yaml
from tests.test_contacts_command import SITES, TLE

from fedorbit.base.errors import InputError
from fedorbit.base.files import read_table

SAME = dict.fromkeys(("pyproject.toml", "CITATION.cff", "CHANGELOG.md"), "1.2.0")


def test_a_version_is_released_if_all_name_it_and_head_has_its_tag():
    assert release.check(SAME, ["latest", "v1.2.0"], "") == "1.2.0"
    with pytest.raises(InputError, match=r"CITATION.cff names version 1\.1\.0"):
        release.check(SAME | {"CITATION.cff": "1.1.0"}, ["v1.2.0"], "")
    with pytest.raises(InputError, match=r"HEAD has no tag v1\.2\.0"):
        release.check(SAME, ["v1.1.0"], "")
    with pytest.raises(InputError, match=r"src/a\.py differs from HEAD"):
        release.check(SAME, ["v1.2.0"], " M src/a.py\n?? b.txt\n")


def test_package_and_citation_have_one_version(project):
    told = release.numbers(project)
    assert told["pyproject.toml"] == told["CITATION.cff"]


def test_the_catalog_of_workflows_finds_what_it_looks_for(project):
    """As its page on adding workflows says."""
    shown = yaml.safe_load((project / ".snakemake-workflow-catalog.yml").read_text())
    deployments = {"conda", "singularity", "singularity+conda"}
    assert set(shown["usage"]["software-stack-deployment"]) == deployments
    assert shown["usage"]["report"] is True
    readme = (project / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    for name in ("Snakefile", "config/README.md"):
        assert (project / name).is_file()
    assert any((project / "workflow" / "rules").glob("*.smk"))


@pytest.fixture(scope="module")
def built(project, tmp_path_factory) -> list[Path]:
    """Return the archive and the wheel of the working tree."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, folder)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(project / "src", folder / "src", ignore=ignored)
    before = Path.cwd()
    os.chdir(folder)
    try:
        return [path.resolve() for path in release.build(Path("dist"))]
    finally:
        os.chdir(before)


@pytest.mark.slow
def test_wheel_and_archive_have_the_whole_library(project, built):
    archive, wheel = built
    modules = {
        path.relative_to(project / "src").as_posix()
        for path in (project / "src" / "fedorbit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as content:
        assert modules <= set(content.namelist())
    with tarfile.open(archive) as content:
        inside = {name.partition("/")[2] for name in content.getnames()}
    assert {f"src/{name}" for name in modules} <= inside


@pytest.mark.slow
def test_the_wheel_finds_passes_in_an_environment_of_its_own(built, tmp_path):
    """Its dependencies are those of this environment, of which it has nothing else."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    python = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")]
    install = ["install", "--quiet", "--no-deps", "--no-index", str(built[1])]
    subprocess.run([*python, *install], check=True)
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (tmp_path / "x.tle").write_text(TLE)
    (tmp_path / "sites.csv").write_text(SITES)
    words = "contacts --tle x.tle --sites sites.csv --start 2026-01-01T12:00:00Z"
    words += " --hours 24 --min-elevation 10 --out passes.csv"
    outside = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    where = "import fedorbit; print(fedorbit.__file__)"
    bin_ = home / "bin"
    found = subprocess.run(
        [bin_ / "python", "-c", where],
        cwd=tmp_path,
        env=outside,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(home)
    subprocess.run(
        [bin_ / "fedorbit", *words.split()], cwd=tmp_path, env=outside, check=True
    )
    assert len(read_table(tmp_path / "passes.csv")) == 5
