"""What the tests of several rooms share."""

from pathlib import Path

import pytest
from hypothesis import settings

from fedorbit.base.errors import InputError

pytest_plugins = ["tests.tiny"]
# The same examples every time, and none fails because the machine is busy.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder of the project."""
    return Path(__file__).parents[1]


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
