from typing import Annotated, Literal

import pytest
from pydantic import Field, PositiveFloat, PositiveInt

from fedorbit.base.settings import Settings, parse
from fedorbit.base.yaml_files import read_yaml


class Wheel(Settings):
    spokes: PositiveInt


class Cart(Settings):
    name: str
    load_kg: PositiveFloat
    share: float = Field(ge=0, le=1)
    front: Wheel
    others: dict[str, Wheel]


GOOD = {
    "name": "cart",
    "load_kg": 12.5,
    "share": 0.5,
    "front": {"spokes": 8},
    "others": {"rear": {"spokes": 8}},
}


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "cart.yaml"
        path.write_text(text)
        return path

    return write


def test_good_values_are_read_as_they_are():
    cart = parse(Cart, GOOD, "cart.yaml")
    assert (cart.name, cart.load_kg, cart.share) == ("cart", 12.5, 0.5)
    assert cart.front.spokes == cart.others["rear"].spokes == 8


def test_settings_cannot_be_changed_afterwards():
    cart = parse(Cart, GOOD, "cart.yaml")
    with pytest.raises(ValueError):
        cart.name = "wagon"


def test_a_whole_number_does_for_a_float():
    assert parse(Cart, GOOD | {"load_kg": 12}, "cart.yaml").load_kg == 12.0


def test_a_misspelt_key_is_named_with_its_remedy(refused):
    values = {("lode_kg" if key == "load_kg" else key): v for key, v in GOOD.items()}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert sentence.startswith("cart.yaml: ")
    assert "'lode_kg'" in sentence and "did you mean 'load_kg'?" in sentence


def test_a_misspelt_key_of_an_inner_part_is_named_by_its_path(refused):
    values = GOOD | {"front": {"spoke": 8}}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert "'front.spoke'" in sentence and "'spokes'" in sentence


def test_a_misspelt_key_below_a_name_of_ones_own_choice_is_named_with_its_remedy(
    refused,
):
    values = GOOD | {"others": {"rear": {"spokes": 8, "spook": 9}}}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert "'others.rear.spook'" in sentence and "spokes" in sentence


def test_an_unknown_key_like_no_other_brings_the_list_of_known_ones(refused):
    sentence = refused(parse, Cart, GOOD | {"zzz": 1}, "cart.yaml")
    assert "'zzz'" in sentence and sentence.startswith("cart.yaml: ")
    assert "front, load_kg, name, others, share" in sentence


def test_a_missing_key_is_named(refused):
    values = {key: value for key, value in GOOD.items() if key != "share"}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert sentence.startswith("cart.yaml: ")
    assert "'share' is missing" in sentence and "add it" in sentence


@pytest.mark.parametrize(
    ("key", "value", "should_be"),
    [
        ("name", 3, "a text"),
        ("load_kg", "12.5", "number"),
        ("load_kg", True, "number"),
        ("load_kg", 0, "greater than 0"),
        ("load_kg", -1.5, "greater than 0"),
        ("share", 1.01, "less than or equal to 1"),
        ("share", -0.01, "greater than or equal to 0"),
        ("front", "wheel", "keys with values"),
        ("others", [], "keys with values"),
    ],
)
def test_a_value_of_wrong_type_or_range_is_named_with_what_it_should_be(
    refused, key, value, should_be
):
    sentence = refused(parse, Cart, GOOD | {key: value}, "cart.yaml")
    assert sentence.startswith(f"cart.yaml: {key} is {value!r}; ")
    assert should_be in sentence


@pytest.mark.parametrize("spokes", [8.0, "8", 0, -8, True, None])
def test_a_count_is_a_positive_whole_number(refused, spokes):
    values = GOOD | {"front": {"spokes": spokes}}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert sentence.startswith(f"cart.yaml: front.spokes is {spokes!r}; ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_is_finite(refused, value):
    sentence = refused(parse, Cart, GOOD | {"load_kg": value}, "cart.yaml")
    assert sentence.startswith(f"cart.yaml: load_kg is {value!r}; ")


def test_the_file_of_a_value_may_depend_on_its_path(refused):
    def where(keys: tuple) -> str:
        return "wheels.yaml" if keys[0] == "front" else "cart.yaml"

    bad_wheel = GOOD | {"front": {"spokes": 0}}
    assert refused(parse, Cart, bad_wheel, where).startswith("wheels.yaml: ")
    bad_share = GOOD | {"share": 2}
    assert refused(parse, Cart, bad_share, where).startswith("cart.yaml: ")


class Horse(Settings):
    kind: Literal["horse"]
    legs: PositiveInt
    shoes: Wheel | None = None


class Engine(Settings):
    kind: Literal["engine"]
    power_w: PositiveFloat


class Coach(Settings):
    drawn_by: Annotated[Horse | Engine, Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("drawn_by", "complaint"),
    [
        (
            {"kind": "horse", "legs": 4, "lags": 4},
            "the key 'drawn_by.lags' is not known; did you mean 'legs'?",
        ),
        (
            {"kind": "horse", "zzz": 4},
            "the key 'drawn_by.zzz' is not known; known are kind, legs, shoes.",
        ),
        (
            {"kind": "engine", "power_w": 1, "legs": 4},
            "the key 'drawn_by.legs' is not known; known are kind, power_w.",
        ),
        ({"kind": "horse"}, "the key 'drawn_by.legs' is missing; add it."),
        (
            {"kind": "horse", "legs": 0},
            "drawn_by.legs is 0; it should be greater than 0.",
        ),
        (
            {"kind": "hors", "legs": 4},
            "drawn_by.kind is 'hors'; it should be 'horse' or 'engine'.",
        ),
        (
            {"kind": 4, "legs": 4},
            "drawn_by.kind is 4; it should be 'horse' or 'engine'.",
        ),
        (
            {"legs": 4},
            "the key 'drawn_by.kind' is missing; add it as 'horse' or 'engine'.",
        ),
        (
            {"kimd": "horse", "legs": 4},
            "the key 'drawn_by.kimd' is not known; did you mean 'kind'?",
        ),
        ("horse", "drawn_by is 'horse'; it should be keys with values."),
        (None, "drawn_by is None; it should be keys with values."),
    ],
)
def test_settings_of_several_kinds_are_complained_about_as_others(
    refused, drawn_by, complaint
):
    sentence = refused(parse, Coach, {"drawn_by": drawn_by}, "coach.yaml")
    assert sentence == f"coach.yaml: {complaint}"


def test_yaml_is_read_as_a_mapping(written):
    path = written("name: cart\nfront: {spokes: 8}\n")
    assert read_yaml(path, "add it") == {"name": "cart", "front": {"spokes": 8}}


def test_a_missing_file_comes_with_the_remedy(refused, tmp_path):
    path = tmp_path / "nowhere.yaml"
    sentence = refused(read_yaml, path, "choose another")
    assert sentence == f"{path}: there is no such file; choose another."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: cart\nload_kg: [1, 2\nshare: 0.5\n", 3),
        ("name: cart\n\tload_kg: 1\n", 2),
        ("name: cart\nload_kg: 1: 2\n", 2),
        ("name: cart\nload_kg: {{load}}\n", 2),
    ],
)
def test_bad_yaml_is_reported_with_its_line(refused, written, text, line):
    path = written(text)
    sentence = refused(read_yaml, path, "add it")
    assert sentence.startswith(f"{path}, line {line}: not valid YAML")


def test_yaml_can_not_make_objects(refused, written):
    path = written("name: !!python/object/apply:os.getcwd []\n")
    assert "line 1" in refused(read_yaml, path, "add it")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- cart\n", "cart\n"])
def test_a_file_without_keys_is_refused(refused, written, text):
    path = written(text)
    assert refused(read_yaml, path, "add some").startswith(f"{path}: holds no keys")


def test_a_key_that_stands_twice_is_refused(refused, written):
    path = written("name: cart\nshare: 0.5\nname: wagon\n")
    sentence = refused(read_yaml, path, "add some")
    assert sentence.startswith(f"{path}, line 3") and "name" in sentence


def test_a_file_that_is_not_text_is_refused(refused, tmp_path):
    path = tmp_path / "cart.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert refused(read_yaml, path, "add some").startswith(f"{path}")
