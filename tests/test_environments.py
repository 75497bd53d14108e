import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

# What a package is called on conda-forge or bioconda, where that is not its PyPI name.
PYPI_NAMES = {
    "matplotlib-base": "matplotlib",
    "playwright-python": "playwright",
    "pytorch": "torch",
    "snakemake-minimal": "snakemake",
}


@pytest.fixture(scope="module")
def locked(project) -> dict[str, str]:
    lines = (project / "requirements.lock").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


@pytest.fixture(scope="module")
def conda(project) -> dict[str, str]:
    environment = yaml.safe_load((project / "envs" / "fedorbit.yaml").read_text())
    pins = {}
    for pin in environment["dependencies"]:
        match = re.fullmatch(r"([a-z0-9-]+) =([0-9.]+)", pin)
        assert match, f"{pin!r} is not 'name =version'"
        name = PYPI_NAMES.get(match[1], match[1])
        assert canonicalize_name(name) not in pins
        pins[canonicalize_name(name)] = match[2]
    return pins


@pytest.fixture(scope="module")
def package(project) -> dict:
    return tomllib.loads((project / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def direct(package) -> dict[str, SpecifierSet]:
    wanted = list(package["dependencies"])
    for extra in package["optional-dependencies"].values():
        wanted += extra
    requirements = [Requirement(text) for text in wanted]
    return {canonicalize_name(r.name): r.specifier for r in requirements}


def test_conda_has_the_versions_of_the_lock(conda, locked):
    pins = {name: version for name, version in conda.items() if name != "python"}
    assert pins == {name: locked.get(name) for name in pins}


def test_conda_has_a_python_that_the_package_allows(conda, package):
    assert SpecifierSet(package["requires-python"]).contains(conda["python"] + ".0")


def test_every_direct_dependency_is_locked_and_in_conda(direct, locked, conda):
    assert set(direct) - set(locked) == set()
    assert set(direct) - set(conda) == set()


def test_the_locked_versions_are_those_that_the_package_allows(direct, locked):
    for name, allowed in direct.items():
        assert allowed.contains(locked[name]), f"{name} {locked[name]}"


def test_torch_is_the_one_version_that_all_installations_share(locked, conda):
    assert locked["torch"] == conda["torch"] == "2.13.0"


def test_the_container_has_the_lock_and_its_python(project, conda):
    text = (project / "envs" / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
    steps = [(line[0], line[1:]) for line in lines]
    assert {step for step, _ in steps} <= {"FROM", "RUN", "WORKDIR", "COPY", "CMD"}
    (base,) = [words for step, words in steps if step == "FROM"]
    assert base == [f"docker.io/library/python:{conda['python']}-slim-bookworm"]
    copied = [name for step, words in steps if step == "COPY" for name in words[:-1]]
    assert all((project / name).exists() for name in copied)
    assert {"requirements.lock", "pyproject.toml", "src"} < set(copied)
    runs = [" ".join(words) for step, words in steps if step == "RUN"]
    assert "pip install --no-cache-dir --requirement requirements.lock" in runs
