import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from fedorbit.plans import names

LIBRARY = Path(find_spec("fedorbit").origin).parent
NAMES = {LIBRARY / "plans" / "names.py", LIBRARY / "data" / "homes.py"}
KINDS = "region|orbit|cluster|client|carrier|kept|reply|ground"


def test_slots_by_hand():
    assert names.region("Paris") == "region/Paris"
    assert names.orbit(3) == "orbit/3"
    assert names.cluster(0) == "cluster/0"
    assert names.client(7) == "client/7"
    assert names.carrier("S1", "Paris", 4) == "carrier/S1/Paris/4"
    assert names.relay("Quito", "Paris", 4) == "relay/Quito/Paris/4"
    assert names.kept("Paris", 4) == "kept/Paris/4"
    assert names.update("Paris", 4) == "ground/Paris/4"
    assert names.reply("Paris", 4) == "reply/Paris/4"


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        ("region/Paris", "region"),
        ("ground/Paris/4", "ground"),
        ("ground", "ground"),
        ("average", "average"),
        ("initial", "initial"),
    ],
)
def test_the_kind_is_the_word_before_the_first_slash(slot, kind):
    assert names.kind_of(slot) == kind


def test_names_of_sites_and_satellites_may_have_slashes():
    assert names.name_of(names.region("A/B")) == "A/B"
    slot = names.carrier("S/1", "A/B", 4)
    assert names.satellite_of(slot, "A/B", 4) == "S/1"
    assert names.is_carrier(slot)
    assert names.is_on_board(slot, "S/1") and not names.is_on_board(slot, "S/10")


def test_clients_are_read_as_they_are_written():
    assert names.is_client("client/12") and not names.is_client("region/client/12")
    assert names.client_number(names.client(12)) == 12


def test_many_slots_are_read_at_once():
    slots = pd.Series(["region/A", "average", "region/A/B", "regional/C"])
    assert names.are_of_kind(slots, names.REGION).tolist() == [True, False, True, False]
    assert names.names_of(slots[:1], names.REGION).tolist() == ["A"]


def written_out(path: Path) -> list[str]:
    """Return the texts of a file that begin as a slot or a client does."""
    nodes = ast.walk(ast.parse(path.read_text()))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [x for x in texts if isinstance(x, str) and re.match(f"({KINDS})/", x)]


@pytest.mark.parametrize(
    "path",
    sorted(set(LIBRARY.rglob("*.py")) - NAMES),
    ids=lambda path: path.relative_to(LIBRARY).as_posix(),
)
def test_slots_and_nodes_are_called_by_one_file_alone(path):
    assert written_out(path) == []
