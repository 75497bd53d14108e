"""What the tests of several rooms share."""

import math
import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from fedorbit.base.errors import InputError

pytest_plugins = ["tests.tiny"]
# The same examples every time, and none fails because the machine is busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

RUN_THE_WORKFLOW = {"workflow", "sharing"}


@pytest.hookimpl(tryfirst=True)  # before marks choose tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests that run the workflow, and share slow tests out evenly.

    Each of pytest's workers begins with an equal part of the items. There slow tests
    come first, so that what workers take over from one another at the end is short.
    Tests of one file stay together: no worker waits for what another makes for both.
    """
    for item in items:
        if item.path.parent.name in RUN_THE_WORKFLOW:
            item.add_marker("slow")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    items.clear()
    for worker in range(workers):
        for some in (slow, quick):
            share = math.ceil(len(some) / workers)
            items += some[worker * share : (worker + 1) * share]


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder of the project."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def make_once(tmp_path_factory, worker_id):
    """Return a function that makes a folder once for all of pytest's workers.

    It takes the folder's name and what fills the folder, and returns the folder. Tests
    of all workers read it at the same time, so none may change it or run in it.
    """
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent  # each worker has a folder of its own in it

    def folder_of(name: str, fill) -> Path:
        folder, filled = shared / name, shared / f"{name}.filled"
        with FileLock(shared / f"{name}.lock"):
            if not filled.exists():
                assert not folder.exists(), f"{name} failed in another worker"
                folder.mkdir()
                fill(folder)
                filled.touch()
        return folder

    return folder_of


@pytest.fixture
def refused():
    """Return a function that returns the sentence with which a call refuses input."""

    def sentence_of(call, *args, **kwargs) -> str:
        with pytest.raises(InputError) as caught:
            call(*args, **kwargs)
        sentence = str(caught.value)
        assert "\n" not in sentence
        assert sentence.endswith((".", "?"))
        return sentence

    return sentence_of
