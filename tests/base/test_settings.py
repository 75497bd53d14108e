from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, PositiveFloat, PositiveInt

from fedorbit.base.settings import Name, Settings, between, by_key, by_name, parse


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


def test_all_missing_keys_are_named_together(refused):
    values = {"name": "cart", "share": 0.5, "front": {}, "others": {"rear": {}}}
    assert refused(parse, Cart, values, "cart.yaml") == (
        "cart.yaml: the keys 'load_kg', 'front.spokes' and 'others.rear.spokes' are "
        "missing; add them."
    )


def test_a_misspelt_key_is_told_before_those_that_are_missing(refused):
    values = GOOD | {"front": {"spoks": 8}}
    del values["share"]
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert sentence.endswith("'front.spoks' is not known; did you mean 'spokes'?")


def test_missing_keys_are_told_before_wrong_values(refused):
    values = GOOD | {"load_kg": -1, "front": {}}
    sentence = refused(parse, Cart, values, "cart.yaml")
    assert sentence == "cart.yaml: the key 'front.spokes' is missing; add it."


KINDS = {"horse": Horse, "engine": Engine}


class Named(Wheel):
    name: Literal["small"]


class Train(Settings):
    first: Annotated[Any, by_name({"small": Named}.get, lambda: ["small"])]
    parts: Annotated[dict[str, dict], by_key(KINDS.get, lambda: [*KINDS])]
    drawn_by: Annotated[Horse | Engine, Field(discriminator="kind")]


PARTS = {"horse": {"kind": "horse", "legs": 4}}
TRAIN = {"first": {"name": "small", "spokes": 8}, "parts": PARTS}
TRAIN |= {"drawn_by": {"kind": "engine", "power_w": 1}}


def test_keys_below_names_are_named_together_with_others(refused):
    values = {
        "first": {"name": "small"},
        "parts": {"horse": {"kind": "horse"}, "engine": {}},
        "drawn_by": {},
    }
    assert refused(parse, Train, values, "train.yaml") == (
        "train.yaml: the keys 'first.spokes', 'parts.horse.legs', 'parts.engine.kind', "
        "'parts.engine.power_w' and 'drawn_by.kind' ('horse' or 'engine') are missing; "
        "add them."
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"first": {}}, "the key 'first.name' is missing; add it as 'small'."),
        ({"first": {"name": 3}}, "first.name is 3; it should be 'small'."),
        (
            {"first": {"nam": "small"}},
            "the key 'first.nam' is not known; did you mean 'name'?",
        ),
        ({"first": []}, "first is []; it should be keys with values."),
        (
            {"first": {"name": "small", "spokes": "8"}},
            "first.spokes is '8'; it should be a whole number.",
        ),
        (
            {"parts": {"hors": {}}},
            "the key 'parts.hors' is not known; did you mean 'horse'?",
        ),
        (
            {"parts": {"sail": {}}},
            "the key 'parts.sail' is not known; known are horse, engine.",
        ),
        (
            {"parts": {"horse": {"kind": "horse", "legs": 0}}},
            "parts.horse.legs is 0; it should be greater than 0.",
        ),
        (
            {"parts": {"horse": 3}},
            "parts.horse is 3; it should be keys with values.",
        ),
    ],
)
def test_settings_found_by_name_are_complained_about_as_others(
    refused, change, complaint
):
    assert parse(Train, TRAIN, "train.yaml").parts == PARTS
    assert refused(parse, Train, TRAIN | change, "t.yaml") == f"t.yaml: {complaint}"


class Bell(Settings):
    weight_kg: between(float, 0.5, 2e6)
    strokes: between(int, 1, 1000)
    names: dict[Name, list[int]] = Field(default={}, max_length=2)


BELL = {"weight_kg": 0.5, "strokes": 1000}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"weight_kg": 0.4999}, "is 0.4999; it should be from 0.5 to 2,000,000."),
        ({"weight_kg": 2000001}, "is 2000001; it should be from 0.5 to 2,000,000."),
        ({"strokes": 1001}, "strokes is 1001; it should be from 1 to 1,000."),
        ({"strokes": 10**60}, "000; it should be from 1 to 1,000."),
        ({"strokes": True}, "strokes is True; it should be a whole number."),
        ({"strokes": 1.0}, "strokes is 1.0; it should be a whole number."),
        ({"weight_kg": "3"}, "weight_kg is '3'; it should be a number."),
        ({"names": {"a/b": []}}, "names.a/b is 'a/b'; it should be a name of up to"),
        ({"names": {"a\n": []}}, "it should be a name of up to"),
        ({"names": {"a" * 101: []}}, "it should be a name of up to 100 letters"),
        ({"names": {"a": 3}}, "names.a is 3; it should be a list."),
        ({"names": dict.fromkeys("abc", [])}, "it should hold at most 2."),
    ],
)
def test_ranges_are_told_whole(refused, change, complaint):
    assert parse(Bell, BELL, "bell.yaml").weight_kg == 0.5
    assert complaint in refused(parse, Bell, BELL | change, "bell.yaml")


def test_a_value_that_is_very_long_is_shown_in_part(refused):
    sentence = refused(parse, Bell, BELL | {"weight_kg": "x" * 10_000}, "bell.yaml")
    assert len(sentence) < 300 and sentence.endswith("it should be a number.")
