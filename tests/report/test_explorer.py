"""What the explorer tells of plans, against a study worked out by hand."""

import base64
import json

import numpy as np
import pandas as pd
import pytest
from tests.report.made_explorer import (
    COASTLINES,
    EAST,
    EVIL,
    HOMES,
    RECORDS,
    SETS,
    WEST,
    gathered,
    melded,
    record,
    served,
)

from fedorbit.data.homes import orbit_homes
from fedorbit.report.explorer import packing
from fedorbit.report.explorer.flights import flights, lap, shares
from fedorbit.report.explorer.page import as_json, page
from fedorbit.report.explorer.sky import MOST_STATES, STEP_S, drawn, land
from fedorbit.report.explorer.strategy import (
    MARKS,
    MOST_POINTS,
    bits,
    curves,
    merged,
    rounds,
    transfers,
)
from fedorbit.report.explorer.words import Names, news, sentence, story

CALLED = Names("region", ["A", "B", "B/C"], {"client/7": "SAT-8"})


def unpacked(column) -> list:
    kind = np.dtype(column["array"].removesuffix("Array").lower()).newbyteorder("<")
    return np.frombuffer(base64.b64decode(column["base64"]), kind).tolist()


@pytest.mark.parametrize(
    ("values", "array"),
    [
        ([], "Uint8Array"),
        ([0, 255], "Uint8Array"),
        ([256, 1], "Uint16Array"),
        ([65536], "Uint32Array"),
    ],
)
def test_counts_take_as_few_bytes_as_they_need(values, array):
    column = packing.counts(values)
    assert column["array"] == array
    assert unpacked(column) == values


@pytest.mark.parametrize("values", [[-1], [2**32]])
def test_numbers_that_are_no_counts_are_refused(values):
    with pytest.raises(ValueError, match="no counts of 32 bits"):
        packing.counts(values)


def test_times_are_hundredths_of_seconds():
    assert unpacked(packing.times([0.0, 1.234, 43200.0])) == [0, 123, 4320000]


def test_positions_keep_a_fifth_of_a_kilometre_and_gaps():
    column = packing.scaled(np.array([6928.0, -692.8, np.nan]))
    whole = unpacked(column["values"])
    assert column["unit"] == pytest.approx(6928 / 32767)
    assert whole == [32767, -3277, packing.MISSING]


def test_spans_that_touch_or_overlap_are_one():
    spans = pd.DataFrame(
        [("a", 0, 10), ("a", 10, 12), ("b", 5, 6), ("a", 11, 11.5), ("a", 13, 14)],
        columns=["who", "start_s", "end_s"],
    )
    found = merged(spans, ["who"])
    assert found.to_numpy().tolist() == [["a", 0, 12], ["b", 5, 6], ["a", 13, 14]]


def test_what_clients_of_a_region_send_is_one_transfer_of_their_site():
    found = transfers(melded(), HOMES)
    rows = found[["sender", "receiver", "start_s", "end_s"]].to_numpy().tolist()
    # Two clients upload from 10 to 20 and from 15 to 25.
    assert rows == [
        ["Lima", "WALKER-03-01", 2, 5],
        ["Lima", EAST, 10, 25],
        ["Lima", EAST, 60, 70],
        ["Quito", WEST, 610, 620],
    ]


def test_rounds_of_a_region_that_follow_on_one_another_are_one():
    found = rounds(melded().ops, HOMES)
    assert found.to_numpy().tolist() == [[0, 0, 50], [1, 0, 90]]


def test_flights_by_hand():
    found = flights(melded(), HOMES)
    columns = ["satellite", "origin", "destination", "hand_s", "start_s", "end_s"]
    assert found[columns].to_numpy().tolist() == [
        ["WALKER-03-01", "Lima", "Quito", 2, 5, 290],
        [EAST, "Lima", "Quito", 60, 70, 500],
        [WEST, "Quito", "Lima", 610, 620, 1000],
    ]
    assert found["used_s"].tolist() == [300, 600, 1100]
    assert found["round"].tolist() == [0, 1, 2]


def test_a_model_is_followed_until_it_is_back():
    """The first flight has nothing that learned; the two others lead to Lima again."""
    plan = melded()
    table = flights(plan, HOMES)
    assert lap(plan, table) == [1, 2]
    # All of it on board, a quarter of Quito's, half of that in Lima's.
    assert shares(plan, table, [1, 2]) == [(1.0, 0.25), (0.25, 0.125)]


def test_a_model_that_never_comes_back_is_not_followed():
    plan = served()
    table = flights(plan, HOMES)
    assert table["destination"].tolist() == ["Kourou"]
    assert lap(plan, table) == []


def test_a_model_without_weight_is_followed_all_the_same():
    plan = melded(weight=0.0)
    table = flights(plan, HOMES)
    assert shares(plan, table, lap(plan, table)) == [(1.0, 0.0), (0.0, 0.0)]


def test_the_story_of_a_way_has_four_steps_a_flight():
    plan = melded()
    table = flights(plan, HOMES)
    steps = story(plan.ops, table, [1, 2], shares(plan, table, [1, 2]), CALLED)
    assert [step["start_s"] for step in steps] == [
        *(60, 70, 500, 600),
        *(610, 620, 1000, 1100),
    ]
    assert [step["leg"] for step in steps] == [0] * 4 + [1] * 4
    assert [step["share"] for step in steps] == [1, 1, 1, 0.25, 0.25, 0.25, 0.25, 0.125]
    assert steps[1]["text"] == f"{EAST} carries the model of Lima towards Quito."
    assert steps[3]["text"] == (
        "Quito mixes: 25 % of its model is now the model of Lima, 1 round old."
    )
    assert steps[7]["text"].endswith(
        "So what Lima had learned is back at Lima after 17 minutes, by way of Quito. "
        "12 % of its model has come round."
    )


def mix(target, staleness=0, **sources):
    return {
        "target": target,
        "sources": list(sources),
        "weights": list(sources.values()),
        "staleness": staleness,
    }


@pytest.mark.parametrize(
    ("op", "said"),
    [
        (
            mix("region/A", **{"carrier/S/ground/8": 1.0}),
            "A takes over the model of the server.",
        ),
        (
            mix("region/A", **{"carrier/S/1/reply/B/8": 1.0}),
            "A takes over the model of the server.",
        ),
        (
            mix("region/A", **{"carrier/S/A/8": 0.5, "carrier/S/B/8": 0.5}),
            "A takes over the mean of the models of A and B.",
        ),
        (
            mix("region/A", **{"region/A": 0.9, "carrier/S/1/B/C/8": 0.1}),
            "A mixes: 10 % of its model is now the model of B/C.",
        ),
        (mix("region/A", average=1.0), "A takes over the mean of all models."),
        (
            mix("relay/B/A/3", **{"carrier/S/A/3": 1.0}),
            "A client in B keeps the model until the next satellite comes.",
        ),
        (
            mix("ground", **{f"carrier/S/{n}/8": 0.25 for n in "DCBA"}),
            "The server averages the models of A, B, C and D.",
        ),
        (
            mix("ground", **{f"client/{n}": 0.1 for n in range(10, 20)}),
            "The server averages 10 models.",
        ),
        (
            mix("ground", **{"ground": 0.4, "ground/A/3": 0.6}),
            "The server works in the model of A.",
        ),
        (
            mix("ground/A/3", **{"carrier/S/A/3": 1.0}),
            "The model of A is at the server.",
        ),
        (
            mix("ground", **{"ground": 1.0, "ground/client/7/2": 0.1, "reply/x": -0.1}),
            "The server works in the model of SAT-8.",
        ),
        (
            mix("orbit/2", **{"reply/5": 1.0}),
            "Region 3 takes over the model of the server.",
        ),
    ],
)
def test_mixes_in_words(op, said):
    assert sentence(op, CALLED) == said


def test_the_first_model_is_no_news():
    said = news(melded().ops, HOMES.groups, CALLED)
    assert said["time_s"].tolist() == [300, 600, 1100]


def test_curves_are_means_over_seeds():
    found = curves(RECORDS["fedmeld"], HOMES)
    assert found[0][["time_s", "accuracy"]].to_numpy().tolist() == [
        [0, 0.1],
        [1100, 0.8],
    ]
    assert found[1]["accuracy"].tolist() == pytest.approx([0.2, 0.55])
    assert list(curves(RECORDS["hfl"], HOMES)) == [2]  # the server's, after two regions


def test_clients_that_learn_alone_count_for_the_group_whose_samples_they_are_tried_on():
    table = record([("client/0", 5.0, 0.2, 0.4), ("client/1", 5.0, 0.6, 0.8)])
    table["part"] = "region/Lima"
    found = curves(table, HOMES)
    assert found[0]["accuracy"].tolist() == [0.5]


def test_the_model_on_board_is_no_groups():
    table = record([("orbit/0", 1.0, 0.2, 0.2), ("average", 1.0, 0.9, 0.9)])
    assert list(curves(table, orbit_homes({0: ["S"]}))) == [0]


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    rows = [("region/Lima", float(k), 0.5, 0.5) for k in range(5 * MOST_POINTS)]
    times_s = curves(record(rows), HOMES)[0]["time_s"]
    assert len(times_s) == MOST_POINTS
    assert (times_s.iloc[0], times_s.iloc[-1]) == (0, 5 * MOST_POINTS - 1)
    assert times_s.diff().max() <= 6


def test_bits_count_when_a_transfer_has_ended():
    """Two hours in 480 marks of 15 s; uploads of 4 Gbit each end at 20 and 25 s."""
    found = {
        link: unpacked(column) for link, column in bits(melded().ledger, 2).items()
    }
    assert set(found) == {"access", "carry"}
    assert len(found["access"]) == MARKS + 1
    assert found["access"][:3] == [0, 8e9, 16e9]
    assert (
        found["access"][-1] == melded().ledger.query("link == 'access'")["bits"].sum()
    )
    assert found["carry"][300 // 15] == 8e9


def test_all_satellites_are_drawn_where_there_is_room():
    assert drawn(SETS, set(), 12) == SETS


def test_used_satellites_are_drawn_where_there_is_little_room():
    hours = MOST_STATES * STEP_S / 3600 / 6  # room for five of twelve
    used = {EAST, WEST}
    shown = [s.name for s in drawn(SETS, used, hours)]
    assert used < set(shown)
    assert len(shown) == 4  # every fourth of ten others, since every third is too many


def test_used_satellites_are_drawn_where_there_is_no_room():
    assert [s.name for s in drawn(SETS, {EAST}, 1e9)] == [EAST]


def test_a_coast_that_ends_at_the_date_line_is_closed():
    rings = land(COASTLINES)
    assert len(rings) == 2  # a line along the meridian has no inside
    assert rings[1] == [[-180, 60], [-170, 65], [-180, 70], [-180, 60]]


def test_stations_that_no_plan_uses_are_left_out():
    assert [site["name"] for site in gathered()["sites"]] == ["Lima", "Quito", "Kourou"]


def test_a_strategy_without_a_plan_has_its_name_alone():
    *_, parallel = gathered()["strategies"]
    assert parallel["infeasible"] is True
    assert "transfers" not in parallel


def test_no_text_of_a_study_ends_the_data():
    text = as_json({"description": EVIL, "list": ["<!--", "a & b"]})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"description": EVIL, "list": ["<!--", "a & b"]}


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        as_json({"accuracy": float("nan")})


def test_the_same_study_makes_the_same_page():
    first = page(gathered(EVIL))
    assert first == page(gathered(EVIL))
    assert "<img" not in first
    assert first.count("</script>") == 3  # the library, the data, the program
