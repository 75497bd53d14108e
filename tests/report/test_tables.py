import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from tests.report.made_study import run

from fedorbit.base.files import write_parts
from fedorbit.report.figures.accuracy import curves_of
from fedorbit.report.numbers.metrics import per_run
from fedorbit.report.numbers.rounds import (
    LEVELS,
    ROUNDS,
    SCHEMA,
    as_texts,
    collect_rounds,
    group_means,
    interval,
    over_seeds,
    over_time,
    read_curves,
    read_rounds,
    summary,
)

RECORD = pd.DataFrame(
    {
        "seed": [0, 0, 0, 0],
        "round": [0, 1, 1, 2],
        "time_s": [0.0, 100.0, 150.0, 400.0],
        "model": ["region/A", "region/A", "region/B", "region/A"],
        "group": "region",
        "part": "test",
        "accuracy": [0.1, 0.5, 0.6, 0.7],
        "loss": [2.3, 1.5, 1.4, 1.0],
    }
)
# In no order of time, as transfers of several regions come to stand in a ledger.
LEDGER = pd.DataFrame(
    {
        "start_s": [90.0, 0.0, 60.0, 100.0, 200.0, 150.0, 300.0],
        "end_s": [150.0, 60.0, 100.0, 300.0, 399.9, 400.0, 400.1],
        "link": ["access", "access", "access", "carry", "feeder", "isl", "access"],
        "bits": [4.0, 1.0, 2.0, 8.0, 16.0, 32.0, 64.0],
    }
)


# The first model, an exchange of A, and evaluations of A, A, B and A.
OPS = pd.DataFrame(
    {
        "op": ["mix", "evaluate", "evaluate", "evaluate", "mix", "evaluate"],
        "target": [f"region/{name}" for name in "AAABAA"],
        "sources": [["initial"], [], [], [], ["region/A", "region/B"], []],
    }
)
RUN = {"strategy": "fedmeld", "setting": "default", "hours": 0.125}


def test_bits_are_those_of_all_transfers_that_ended_by_then():
    rounds = collect_rounds(RECORD, OPS, LEDGER, RUN)
    # Access: 1 ends at 60 s, 2 at 100 s, 4 at 150 s, 64 at 400.1 s.
    assert rounds["bits_access"].tolist() == [0, 1 + 2, 1 + 2 + 4, 1 + 2 + 4]
    assert rounds["bits_carried"].tolist() == [0, 0, 0, 8]
    assert rounds["bits_feeder"].tolist() == [0, 0, 0, 16]
    assert rounds["bits_isl"].tolist() == [0, 0, 0, 32]


def test_rounds_keep_the_record_and_name_the_strategy():
    rounds = collect_rounds(RECORD, OPS, LEDGER, RUN)
    assert list(rounds.columns) == ROUNDS
    assert (
        ROUNDS
        == (
            "strategy setting seed round time_s model group part accuracy loss "
            "bits_access bits_feeder bits_isl bits_carried exchanges weight_s"
        ).split()
    )
    assert set(rounds["strategy"]) == {"fedmeld"}
    # A's gaps are 100 s within a cycle, 300 s until an exchange, and 50 s until the
    # scenario ends at 450 s; B is as it was at 150 s.
    assert rounds["exchanges"].tolist() == [0, 0, 0, 1]
    assert rounds["weight_s"].tolist() == [50.0, 50.0 + 300.0, 300.0, 50.0]
    assert set(rounds["setting"]) == {"default"}
    pd.testing.assert_frame_equal(rounds[RECORD.columns], RECORD)


def test_bits_are_whole_numbers_however_many():
    # 10,000 transfers of ResNet-18, 11,173,962 parameters of 32 bits.
    bits = 32 * 11173962
    ledger = pd.DataFrame(
        {"end_s": np.arange(10000.0), "link": "access", "bits": float(bits)}
    )
    record = RECORD.iloc[:1].assign(time_s=1e6)
    rounds = collect_rounds(record, OPS.iloc[:2], ledger, RUN | {"hours": 1e3})
    assert rounds["bits_access"].tolist() == [10000 * bits]
    assert all(rounds[c].dtype == "int64" for c in rounds if c.startswith("bits_"))


def test_the_interval_of_three_values_is_students_by_hand():
    # Mean 0.8, deviation 0.1, so 4.3027 * 0.1 / sqrt(3) = 0.24842 to either side.
    mean, low, high = interval(pd.Series([0.7, 0.8, 0.9]))
    half = 4.3027 * 0.1 / math.sqrt(3)
    assert mean == pytest.approx(0.8)
    assert low == pytest.approx(0.8 - half, abs=1e-5)
    assert high == pytest.approx(0.8 + half, abs=1e-5)


def test_the_interval_of_five_values_is_students_by_hand():
    # Deviation sqrt(10 / 4) = 1.58114 and t = 2.7764 for four degrees of freedom.
    mean, low, high = interval(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0]))
    half = 2.7764 * 1.58114 / math.sqrt(5)
    assert (mean, low, high) == pytest.approx((3, 3 - half, 3 + half), abs=1e-4)


def test_equal_values_have_an_interval_without_width():
    assert interval(pd.Series([0.5, 0.5, 0.5])) == (0.5, 0.5, 0.5)


def test_means_over_time_are_those_by_hand():
    rounds = collect_rounds(RECORD, OPS, LEDGER, RUN)
    found = over_time(rounds).loc[("fedmeld", "default", 0)]
    # A: (0.1 * 50 + 0.5 * 350 + 0.7 * 50) / 450 = 0.477778, and before its exchange
    # (0.1 * 50 + 0.5 * 350) / 400 = 0.45; B, which is never exchanged, 0.6.
    assert found["accuracy_over_time"] == pytest.approx((0.477778 + 0.6) / 2, abs=1e-6)
    assert found["accuracy_last_cycle"] == pytest.approx((0.45 + 0.6) / 2)
    assert math.isnan(found["accuracy_server"])


def test_a_cycle_is_from_the_last_exchange_but_one_to_the_last():
    """Just mixed 0.9, then 0.7 before the next exchange, which leads to 0.95."""
    steps = ["mix", "evaluate", "evaluate", "mix", "evaluate", "evaluate"]
    steps += ["mix", "evaluate"]
    ops = pd.DataFrame({"op": steps, "target": "region/A", "sources": [[]] * 8})
    record = pd.DataFrame(
        {
            "seed": np.repeat([3, 5], 5),
            "round": [0, 7, 8, 15, 16] * 2,
            "time_s": [0.0, 70.0, 80.0, 150.0, 160.0] * 2,
            "model": "region/A",
            "group": "region",
            "part": "test",
            "accuracy": [0.1, 0.5, 0.9, 0.7, 0.95, 0.1, 0.5, 0.8, 0.6, 0.95],
            "loss": 1.0,
        }
    )
    found = over_time(collect_rounds(record, ops, LEDGER, RUN))
    # 70 s from 0.9 to 0.7 on a straight line, then 10 s of 0.7; 0.1 less in seed 5.
    by_hand = (70 * 0.8 + 10 * 0.7) / 80
    assert found["accuracy_last_cycle"].tolist() == pytest.approx(
        [by_hand, by_hand - 0.1]
    )


def test_the_server_has_the_accuracy_of_its_last_model():
    ground = RECORD.assign(
        model="ground", group="ground", accuracy=[0.2, 0.3, 0.4, 0.8]
    )
    targets = ["region/A", *["ground"] * 3, "region/A", "ground"]
    both = pd.concat([RECORD, ground], ignore_index=True)
    ops = pd.concat([OPS, OPS.assign(target=targets)], ignore_index=True)
    rounds = collect_rounds(both, ops, LEDGER, RUN)
    assert over_time(rounds)["accuracy_server"].tolist() == [0.8]
    alone = over_time(collect_rounds(RECORD, OPS, LEDGER, RUN))
    assert (
        over_time(rounds)
        .drop(columns="accuracy_server")
        .equals(alone.drop(columns="accuracy_server"))
    )


def rounds_of(strategy: str, accuracies: dict) -> pd.DataFrame:
    """Return rounds from (seed, round, model) to accuracy; a round takes 60 s."""
    rows = []
    for (seed, number, model), accuracy in accuracies.items():
        late = 30.0 if model == "region/B" else 0.0
        bits = number * 10 + (5 if late else 0)
        rows.append(
            (strategy, "default", seed, number, 60.0 * number + late, model)
            + (model.partition("/")[0], "test", accuracy, 1 - accuracy)
            + (bits, 0, 0, 2 * bits, number - 1, 60.0)
        )
    return pd.DataFrame(rows, columns=ROUNDS)


TWO_REGIONS = rounds_of(
    "fedmeld",
    {
        (0, 1, "region/A"): 0.4,
        (0, 1, "region/B"): 0.6,
        (0, 1, "average"): 0.9,
        (0, 2, "region/A"): 0.7,
        (0, 2, "region/B"): 0.8,
        (0, 2, "average"): 0.95,
        (1, 1, "region/A"): 0.5,
        (1, 1, "region/B"): 0.3,
        (1, 1, "average"): 0.85,
        (1, 2, "region/A"): 0.9,
        (1, 2, "region/B"): 0.6,
        (1, 2, "average"): 0.97,
        (2, 1, "region/A"): 0.5,
        (2, 1, "region/B"): 0.5,
        (2, 1, "average"): 0.8,
        (2, 2, "region/A"): 0.8,
        (2, 2, "region/B"): 0.9,
        (2, 2, "average"): 0.99,
    },
)


def test_group_means_have_the_mean_and_the_worst_of_the_regions():
    table = group_means(TWO_REGIONS)
    assert table["seed"].tolist() == [0, 0, 1, 1, 2, 2]
    assert table["round"].tolist() == [1, 2, 1, 2, 1, 2]
    # Means (0.4 + 0.6) / 2, (0.7 + 0.8) / 2 and so on; the average is no region.
    assert table["accuracy"].tolist() == pytest.approx(
        [0.5, 0.75, 0.4, 0.75, 0.5, 0.85]
    )
    assert table["worst"].tolist() == [0.4, 0.7, 0.3, 0.6, 0.5, 0.8]
    assert table["loss"].tolist() == pytest.approx([0.5, 0.25, 0.6, 0.25, 0.5, 0.15])


def test_times_and_bits_of_group_means_are_those_of_the_last_region():
    table = group_means(TWO_REGIONS)
    # B ends 30 s after A, at 90 s and 150 s, with 15 and 25 bits sent by then.
    assert table["time_s"].tolist() == [90.0, 150.0] * 3
    assert table["bits_access"].tolist() == [15, 25] * 3
    assert table["bits_carried"].tolist() == [30, 50] * 3


def test_servers_and_other_test_parts_count_apart():
    """A model at the ground and a part of the test samples change nothing."""
    ground = TWO_REGIONS[TWO_REGIONS["model"] == "region/A"]
    ground = ground.assign(model="ground", group="ground", accuracy=0.5)
    rare = TWO_REGIONS.assign(part="rare", accuracy=0.0)
    every = pd.concat([TWO_REGIONS, ground, rare])
    pd.testing.assert_frame_equal(group_means(every), group_means(TWO_REGIONS))
    server = [f"accuracy_server{end}" for end in ("", "_low", "_high")]
    assert summary(every)[server[0]].tolist() == [0.5]
    own = summary(TWO_REGIONS).drop(columns=server)
    assert summary(every).drop(columns=server).equals(own)


def test_groups_may_be_planes_but_not_regions_and_planes_at_once():
    own = TWO_REGIONS["group"] == "region"
    planes = TWO_REGIONS.assign(group=TWO_REGIONS["group"].mask(own, "orbit"))
    assert group_means(planes).equals(group_means(TWO_REGIONS))
    with pytest.raises(ValueError, match="orbit', 'region"):
        group_means(pd.concat([TWO_REGIONS, planes]))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return rounds as they are made and as they are read, strategies out of order."""
    runs = [
        run(strategy, setting, level)
        for strategy, level in (("hfl", 0.6), ("fedmeld", 0.8))
        for setting in ("mixing_ratio=0.3", "default")
    ]
    folder = tmp_path_factory.mktemp("rounds")
    write_parts(runs, SCHEMA, folder / "rounds.parquet", folder / "rounds.csv")
    return pd.concat(runs, ignore_index=True), folder / "rounds.parquet"


@pytest.mark.parametrize(
    "read", [group_means, over_time, summary, partial(per_run, target_accuracy=0.7)]
)
def test_rounds_that_are_read_tell_what_those_tell_that_were_written(both, read):
    made, path = both
    found = read_rounds(path)
    assert set(found.select_dtypes("category")) == {
        *("strategy", "setting", "model", "group", "part"),
    }
    pd.testing.assert_frame_equal(read(found), read(made), check_exact=True)


def test_curves_are_read_of_one_setting_with_the_columns_that_they_need(both):
    made, path = both
    found = read_curves(path)
    columns = [*LEVELS, "exchanges"]
    assert list(found.columns) == columns and "weight_s" not in columns
    own = made[made["setting"] == "default"].reset_index(drop=True)
    pd.testing.assert_frame_equal(as_texts(found), own[columns], check_exact=True)
    pd.testing.assert_frame_equal(group_means(found), group_means(own))
    pd.testing.assert_frame_equal(curves_of(found), curves_of(own), check_dtype=False)


def test_over_seeds_gives_each_group_its_interval():
    table = over_seeds(group_means(TWO_REGIONS), ["strategy", "round"], "accuracy")
    assert table["round"].tolist() == [1, 2]
    # Round 1: 0.5, 0.4, 0.5 with mean 0.46667 and deviation 0.057735, so that the
    # half width is 4.3027 * 0.057735 / sqrt(3) = 0.14342.
    assert table["mean"][0] == pytest.approx(1.4 / 3)
    assert table["low"][0] == pytest.approx(1.4 / 3 - 0.14342, abs=1e-5)
    assert table["high"][0] == pytest.approx(1.4 / 3 + 0.14342, abs=1e-5)


def test_the_summary_is_that_of_the_last_round():
    two = pd.concat([TWO_REGIONS, TWO_REGIONS.assign(strategy="hfl", bits_feeder=7)])
    table = summary(two)
    assert table["strategy"].tolist() == ["fedmeld", "hfl"]
    row = table.iloc[0]
    assert row["rounds"] == 2
    four_decimals = 5e-5
    assert row["hours"] == pytest.approx(150 / 3600, abs=four_decimals)
    # Means over regions 0.75, 0.75, 0.85; worst 0.7, 0.6, 0.8; average 0.95, 0.97,
    # 0.99. Half widths 4.3027 s / sqrt(3): 0.14342, 0.24842 and 0.04968.
    for name, mean, half in (
        ("mean", 2.35 / 3, 0.14342),
        ("worst", 0.7, 0.24842),
        ("average", 0.97, 0.04968),
    ):
        found = row[f"accuracy_{name}"], row[f"accuracy_{name}_low"]
        assert found == pytest.approx((mean, mean - half), abs=four_decimals)
        assert row[f"accuracy_{name}_high"] == pytest.approx(
            min(mean + half, 1.0), abs=four_decimals
        )
    assert table["bits_access"].tolist() == [25, 25]
    assert table["bits_feeder"].tolist() == [0, 7]
    assert table["bits_carried"].tolist() == [50, 50]
