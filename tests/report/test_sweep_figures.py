"""Figures of sweeps, read back from what is drawn."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import (
    HOURS,
    INTERVAL,
    LOOKS,
    MIX,
    PARTICIPANTS,
    RATIO,
    REGIONS,
    SCATTER,
    STATIONS,
    TOPOLOGY,
    as_read,
    run,
    tables,
)

from fedorbit.report.figures.declared import SweepFigure
from fedorbit.report.figures.points import shortened
from fedorbit.report.figures.quantities import GRID_COLUMNS, LOCAL_STEPS
from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import plot_sweep
from fedorbit.report.numbers.metrics import metrics, per_run
from fedorbit.report.numbers.theory import best_objectives, best_ratios

# Seeds at -2, 0 and 2 % of a level: Student's 4.3027 * 2 / sqrt(3). Of the way from
# 10 % to its level a made run has gone 15 / 16 in four rounds.
GONE = 1 - 0.5**4
HALF = 4.3027 * 100 * SCATTER[-1] * GONE / np.sqrt(3)
FIVE = pd.DataFrame({"name": list("ABCDE")})


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def percent(level: float) -> float:
    return 10 + (100 * level - 10) * GONE


def lines(axes, color: str) -> list:
    """Return the curves of a colour, without the caps of their error bars."""
    return [
        line
        for line in axes.lines
        if to_hex(line.get_color()) == color and line.get_linestyle() != "None"
    ]


def dots(axes) -> list:
    """Return what is drawn as points alone, without the caps of error bars."""
    return [
        line
        for line in axes.lines
        if line.get_linestyle() == "None" and line.get_marker() not in ("_", "|")
    ]


def ys(line) -> np.ndarray:
    """Return what a line shows; matplotlib keeps what it was given as objects."""
    return line.get_xydata()[:, 1]


def draw(made, **declared):
    return plot_sweep(SweepFigure(sweep="made", **declared), made, LOOKS, "made")


def meld(**changes) -> dict:
    values = {
        "strong_convexity": 0.1,
        "smoothness": 1.0,
        "step_scale": 40.0,
        "squared_gradient": 0.5,
        "variance": 0.02,
        "heterogeneity": 0.3,
        "scale_noise": 1.0,
        "scale_drift": 1e-3,
        "mixing_ratio": 0.4,
        "mixing_ratio_raw": 0.1,
    }
    found = {key: {"value": value, "source": "made"} for key, value in values.items()}
    return {"feasible": True} | found | changes


def staleness(scmr=None):
    made = tables(
        lambda _, cell: 0.9 - 0.1 * np.log2(cell[INTERVAL]),
        ["fedmeld"],
        {INTERVAL: [1, 2, 4]},
        scmr=scmr or meld(),
        sites={"five.csv": FIVE},
        values={REGIONS: "five.csv", LOCAL_STEPS: 5},
    )
    # The third is evaluated no more after its first round.
    is_cut = (made.rounds["setting"].astype(str) == "made=4") & (
        made.rounds["round"] > 8
    )
    return draw(
        replace(made, rounds=made.rounds[~is_cut]),
        x=INTERVAL,
        x_label="interval (rounds)",
        x_scale="log",
        y=["accuracy", "scmr_objective"],
        at=["end", "equal_rounds"],
    )


def test_accuracy_against_the_interval_at_the_end_and_after_equal_rounds():
    left, right = staleness().axes
    end, equal = lines(left, "#12ab56")
    np.testing.assert_allclose(end.get_xydata()[:, 0], [1, 2, 4])
    # After the first round, half of the way from 10 %.
    np.testing.assert_allclose(end.get_xydata()[:, 1], [percent(0.9), percent(0.8), 40])
    np.testing.assert_allclose(equal.get_xydata()[:, 1], [50, 45, 40])
    assert (end.get_markerfacecolor(), equal.get_markerfacecolor()) == (
        "#12ab56",
        "white",
    )
    curves = best_objectives(meld(), 5, 5, [1, 2, 4]).groupby("label", sort=False)
    for line, (label, curve) in zip(right.lines, curves, strict=True):
        assert line.get_label() == label
        f = curve["f"].to_numpy()
        np.testing.assert_allclose(line.get_ydata(), f / f[0])
    assert left.get_xscale() == right.get_xscale() == "log"
    assert [text.get_text() for text in left.get_xticklabels()] == ["1", "2", "4"]


def test_whiskers_are_intervals_over_seeds():
    left, _ = staleness().axes
    (x, low), (_, high) = left.collections[0].get_segments()[0]
    assert x == 1
    assert (high - low) / 2 == pytest.approx(HALF, abs=1e-3)


def test_a_problem_without_solution_has_no_curves():
    none = {"feasible": False, "reason": "FLIGHT_TOO_LONG"}
    assert best_ratios(none) == {}
    assert best_objectives(none, 5, 5, [1, 4]).empty
    figure = staleness(none)
    assert figure.axes[1].texts[0].get_text() == "SC-MR has no solution"


def test_the_curves_of_theory_come_from_the_solution():
    curves = best_objectives(meld(), 5, 5, [1, 4])
    assert curves["round_interval"].tolist() == [1, 4, 1, 4]
    f = curves["f"].to_numpy()
    assert f[1] > f[0] and f[3] > f[2]
    # Less weight on disagreement makes f less.
    assert (f[2:] < f[:2]).all()
    assert best_ratios(meld()) == {"alpha*, raw": 0.1, "alpha*, fitted": 0.4}


def mixing():
    made = tables(
        lambda name, cell: 0.5 if name == "hfl" else 0.9 - abs(cell[RATIO] - cell[MIX]),
        ["fedmeld", "hfl"],
        {RATIO: [0.0, 0.3, 0.6], MIX: [0.3, 0.6]},
        scmr=meld(),
    )
    # Our law has a ratio for each panel; none fits where it is infeasible.
    cells = made.cells.set_index("cell")[MIX].to_dict()
    none = {"feasible": False, "explanation": "no exchange fits"}
    law = {"feasible": True, "mixing_ratio": {"value": 0.35, "source": "made"}}
    made = replace(made, law={c: law if m == 0.3 else none for c, m in cells.items()})
    return draw(
        made,
        x=RATIO,
        panels=MIX,
        panels_label="concentration",
        y=["accuracy"],
        lines=["scmr_ratio", "law_ratio"],
        best="fedmeld",
    )


def test_each_concentration_has_a_panel_with_its_best_ratio():
    panels = mixing().axes
    assert [axes.get_title() for axes in panels] == [
        "concentration 0.3",
        "concentration 0.6",
    ]
    for axes, best, own in zip(panels, (0.3, 0.6), ({0.35}, None), strict=True):
        (ring,) = [x for x in axes.lines if x.get_label() == "best of Melding"]
        assert ring.get_xdata()[0] == best
        assert ring.get_ydata()[0] == pytest.approx(percent(0.9))
        theory = {line.get_label(): set(line.get_xdata()) for line in axes.lines}
        assert theory["alpha*, raw"] == {0.1}
        assert theory["alpha*, fitted"] == {0.4}
        assert theory.get("alpha, our law") == own


def test_strategies_differ_in_colour_dashes_and_markers():
    axes = mixing().axes[0]
    (meld_line,), (hfl,) = lines(axes, "#12ab56"), lines(axes, "#fe4321")
    np.testing.assert_allclose(ys(hfl), percent(0.5))
    assert (meld_line.get_linestyle(), hfl.get_linestyle()) == ("-", "--")
    assert (meld_line.get_marker(), hfl.get_marker()) == ("o", "s")


def test_the_best_of_losses_is_the_least():
    made = tables(
        lambda _, cell: 0.9 - abs(cell[RATIO] - 0.3),
        ["fedmeld"],
        {RATIO: [0.0, 0.3, 0.6]},
    )
    (axes,) = draw(made, x=RATIO, y=["loss"], best="fedmeld").axes
    (ring,) = [x for x in axes.lines if x.get_label() == "best of Melding"]
    assert ring.get_xydata().tolist() == [[0.3, pytest.approx(1 - percent(0.9) / 100)]]


def time_limit():
    made = tables(
        lambda name, cell: {"fedmeld": 0.7, "hfl": 0.5}[name] + cell[HOURS] / 100,
        ["fedmeld", "hfl"],
        {HOURS: [6, 12]},
    )
    label = "time limit T_max (h)"
    return draw(made, x=HOURS, x_label=label, x_scale="log", y=["accuracy", "loss"])


def test_accuracy_and_loss_against_the_time_limit():
    accuracy, loss = time_limit().axes
    (curve,) = lines(accuracy, "#fe4321")
    np.testing.assert_allclose(curve.get_xydata()[:, 1], [percent(0.56), percent(0.62)])
    (curve,) = lines(loss, "#fe4321")
    expected = [1 - percent(0.56) / 100, 1 - percent(0.62) / 100]
    np.testing.assert_allclose(curve.get_xydata()[:, 1], expected)
    assert "(h)" in accuracy.get_xlabel()
    assert "(%)" in accuracy.get_ylabel()
    assert "(nats)" in loss.get_ylabel()


def participation():
    made = tables(
        lambda name, cell: (
            (0.7 if name == "fedmeld" else 0.5) + cell[PARTICIPANTS] / 100
        ),
        ["fedmeld", "hfl"],
        {PARTICIPANTS: [1, 10]},
    )
    return draw(made, x=PARTICIPANTS, y=["accuracy"], at=["end", "over_time"])


def test_accuracy_against_participation_and_over_hours():
    left, right, hierarchy = participation().axes
    (curve,) = lines(left, "#12ab56")
    np.testing.assert_allclose(curve.get_xydata()[:, 1], [percent(0.71), percent(0.8)])
    few, all_clients = right.lines
    np.testing.assert_allclose(few.get_xdata(), [0, 6, 12, 18, 24])
    assert all_clients.get_ydata()[-1] == pytest.approx(percent(0.8))
    assert hierarchy.lines[1].get_ydata()[-1] == pytest.approx(percent(0.6))
    assert [right.get_title(), hierarchy.get_title()] == ["Melding", "Hierarchy"]
    texts = [text.get_text() for text in right.get_legend().get_texts()]
    assert texts == ["1", "10"]
    # For readers of grey.
    assert few.get_linestyle() != all_clients.get_linestyle()


def topology():
    made = tables(
        lambda _, cell: {"ring": 0.7, "chain": 0.8}[cell[TOPOLOGY]],
        ["fedmeld"],
        {TOPOLOGY: ["ring", "chain"], REGIONS: ["sites/five.csv"]},
        sites={"sites/five.csv": FIVE},
        values={GRID_COLUMNS: None, RATIO: 0.5},
    )
    return draw(
        made,
        x="second_eigenvalue",
        series=REGIONS,
        names=TOPOLOGY,
        y=["accuracy_lost"],
    )


def test_what_is_lost_is_what_the_best_topology_has_more():
    (axes,) = topology().axes
    (points,) = dots(axes)
    # Of a chain, whose first region takes nothing, 1 and four times 1 - 0.5; of a
    # ring of five 0.5 + 0.5 exp(2 pi i k / 5), whose second modulus is cos(pi / 5).
    # The best of both loses nothing.
    assert points.get_xydata().tolist() == [
        [pytest.approx(0.5), 0],
        [pytest.approx(math.cos(math.pi / 5)), pytest.approx(10 * GONE)],
    ]
    # Both have the same scatter over the seeds, so that pairs differ by the same.
    for (_, low), (_, high) in axes.collections[0].get_segments():
        assert low == pytest.approx(high)
    assert [text.get_text() for text in axes.texts] == ["chain", "ring"]
    (legend,) = topology().legends
    assert legend.get_texts()[0].get_text() == "Melding, five: 5 regions"


def test_words_are_those_of_the_kind_of_study():
    made = tables(lambda *_: 0.8, ["fedmeld"], {RATIO: [0.1, 0.5]}, group="cluster")
    left, right = draw(made, x=RATIO, y=["accuracy", "worst"]).axes
    assert left.get_ylabel() == "test accuracy (%),\nmean over clusters"
    assert right.get_ylabel() == "test accuracy (%),\nworst cluster"


def planned():
    """Return metrics with times in seconds, bits and shares."""
    row = {"strategy": "fedmeld", "setting": "made=2", "idle_share": 0.25}
    row |= {"flight_s": 600.0, "exchange_s": 5400.0, "bits_isl": 16e9}
    other = {"strategy": "fedmeld", "setting": "made=4", "idle_share": 0.5}
    return pd.DataFrame([row, other])


def test_metrics_are_drawn_in_the_units_of_their_axis_without_any_rounds():
    made = tables(lambda *_: 0.8, ["fedmeld"], {INTERVAL: [2, 4]}, metrics=planned())
    y = ["idle_share", "flight_s", "exchange_s", "bits_isl"]
    figure = draw(replace(made, rounds=None), x=INTERVAL, y=y)
    panels = [axes for axes in figure.axes if axes.get_ylabel()]
    first = [lines(axes, "#12ab56")[0].get_xydata()[0].tolist() for axes in panels]
    assert first == [[2, 25], [2, 10], [2, 1.5], [2, 2]]
    units = [axes.get_ylabel() for axes in panels]
    for label, unit in zip(units, ["%", "min", "h", "GB"], strict=True):
        assert f"({unit})" in label


def few_seeds(**others):
    """Return a sweep whose second cell has no third seed, which is the best."""
    made = tables(lambda *_: 0.8, ["fedmeld"], {INTERVAL: [2, 4]}, **others)
    lacks = (made.rounds["setting"].astype(str) == "made=4") & (
        made.rounds["seed"] == 2
    )
    return replace(made, rounds=made.rounds[~lacks])


@pytest.mark.parametrize("y", ["accuracy", "accuracy_lost"])
@pytest.mark.parametrize("at", ["end", "equal_rounds"])
def test_means_are_over_the_seeds_that_all_runs_have(y, at):
    (axes,) = draw(few_seeds(), x=INTERVAL, y=[y], at=[at]).axes
    expected = percent(0.8 - 0.01) if y == "accuracy" else 0  # seeds at -2 and 0 %
    assert ys(lines(axes, "#12ab56")[0]) == pytest.approx([expected, expected])


def test_curves_are_over_the_seeds_that_all_runs_have():
    (axes,) = draw(few_seeds(), x=INTERVAL, y=["accuracy"], at=["over_time"]).axes
    ends = [line.get_ydata()[-1] for line in axes.lines]
    assert ends == pytest.approx([percent(0.8 - 0.01)] * 2)


def test_what_runs_take_to_the_target_is_over_the_seeds_that_all_have():
    # Two seeds go from 10 % half of the way to 78 and 80 % every six hours: 61 and
    # 62.5 % after 12 h. So they take 18 and 12 h to 62 %, and 60 and 40 of 80 Gbit.
    made = few_seeds(values={"target_accuracy": 0.62})
    y = ["hours_to_target", "bits_access_to_target"]
    hours, bits = draw(made, x=INTERVAL, y=y).axes
    assert ys(lines(hours, "#12ab56")[0]) == pytest.approx([15, 15])
    assert ys(lines(bits, "#12ab56")[0]) == pytest.approx([6.25, 6.25])
    assert SweepFigure(sweep="made", x=INTERVAL, y=y).needs["rounds"]
    assert SweepFigure(sweep="made", x=INTERVAL, y=y).keys == ("target_accuracy",)


def test_a_quantity_that_no_run_has_says_so():
    none = planned().assign(staleness=np.nan)
    made = tables(lambda *_: 0.8, ["fedmeld"], {INTERVAL: [2, 4]}, metrics=none)
    (axes,) = draw(made, x=INTERVAL, y=["staleness"]).axes
    assert axes.texts[0].get_text() == "no values"


@pytest.mark.parametrize(
    ("key", "values", "texts"),
    [
        (STATIONS, ["s/b.csv", "s/a.csv"], ["b: 5 stations", "a: 5 stations"]),
        ("training.augmentation", ["none", "flip"], ["none", "flip"]),
        ("strategies.fedmeld.grid_columns", [3, None], ["3", "none"]),
        ("model.is_deep", [True, False], ["yes", "no"]),
        ("scenario.constellation", ["walker-72", "file-x"], ["walker-72", "file-x"]),
        ("clients.participants_per_round", ["2", "all"], ["2", "all"]),
    ],
)
def test_a_sweep_over_any_key_has_its_values_in_the_order_of_the_sweep(
    key, values, texts
):
    made = tables(
        lambda name, cell: 0.5 + 0.1 * values.index(cell[key]) + 0.2 * (name == "hfl"),
        ["fedmeld", "hfl"],
        {key: values},
        sites={"s/a.csv": FIVE, "s/b.csv": FIVE},
    )
    (axes,) = draw(made, x=key, y=["accuracy"]).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == texts
    melding, hierarchy = dots(axes)
    np.testing.assert_allclose(ys(melding), [percent(0.5), percent(0.6)])
    np.testing.assert_allclose(ys(hierarchy), [percent(0.7), percent(0.8)])
    # Side by side, about the tick of their value.
    both = np.mean([melding.get_xdata(), hierarchy.get_xdata()], axis=0)
    np.testing.assert_allclose(both, [0, 1])
    assert (melding.get_xdata() < hierarchy.get_xdata()).all()
    assert lines(axes, "#12ab56") == []


def test_numbers_rise_whatever_the_order_of_the_sweep():
    made = tables(
        lambda _, cell: 0.8 - cell[RATIO] / 10, ["fedmeld"], {RATIO: [0.5, 0.1]}
    )
    (axes,) = draw(made, x=RATIO, y=["accuracy"]).axes
    (curve,) = lines(axes, "#12ab56")
    np.testing.assert_allclose(
        curve.get_xydata(), [[0.1, percent(0.79)], [0.5, percent(0.75)]]
    )


def test_a_series_has_markers_of_its_own_and_where_leaves_cells_out():
    made = tables(
        lambda _, cell: cell[MIX] + cell[RATIO] + cell[HOURS] / 100,
        ["fedmeld"],
        {RATIO: [0.0, 0.1], MIX: [0.3, 0.6], HOURS: [6, 12]},
    )
    (axes,) = draw(made, x=RATIO, series=MIX, where={HOURS: 12}, y=["accuracy"]).axes
    low, high = lines(axes, "#12ab56")
    np.testing.assert_allclose(ys(low), [percent(0.42), percent(0.52)])
    np.testing.assert_allclose(ys(high), [percent(0.72), percent(0.82)])
    assert [low.get_marker(), high.get_marker()] == ["o", "s"]


def test_several_quantities_of_several_panels_stand_in_rows():
    made = tables(
        lambda _, cell: cell[MIX] + cell[RATIO],
        ["fedmeld"],
        {RATIO: [0.0, 0.1], MIX: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]},
    )
    figure = draw(made, x=RATIO, panels=MIX, y=["accuracy", "loss"])
    drawn = [axes for axes in figure.axes if axes.lines]
    # Five side by side and one below, for each quantity.
    assert len(drawn) == 12
    accuracy, loss = drawn[:6], drawn[6:]
    for k, mix in enumerate((0.1, 0.2, 0.3, 0.4, 0.5, 0.6)):
        assert accuracy[k].get_title() == f"region_concentration {mix:g}"
        (curve,) = lines(loss[k], "#12ab56")
        assert ys(curve)[0] == pytest.approx(1 - percent(mix) / 100)


def test_a_single_seed_has_no_intervals():
    made = tables(
        lambda _, cell: 0.8 - cell[RATIO] / 10, ["fedmeld"], {RATIO: [0.1, 0.5]}
    )
    rounds = made.rounds[made.rounds["seed"] == 1]
    one = replace(made, rounds=rounds)
    left, _ = draw(one, x=RATIO, y=["accuracy"], at=["end", "over_time"]).axes
    (curve,) = lines(left, "#12ab56")
    np.testing.assert_allclose(ys(curve), [percent(0.79), percent(0.75)])
    for segment in left.collections[0].get_segments():
        assert segment.size == 0


def test_a_label_is_drawn_letter_by_letter(tmp_path):
    made = tables(lambda *_: 0.8, ["fedmeld"], {RATIO: [0.1, 0.5]})
    figure = draw(made, x=RATIO, x_label="$x^$", y=["accuracy"])
    save(figure, tmp_path / "figure.svg")
    assert ">$x^$<" in (tmp_path / "figure.svg").read_text()


@pytest.mark.parametrize(
    "draw_one", [staleness, mixing, time_limit, participation, topology]
)
def test_figures_are_written_with_the_same_bytes_and_their_scale(draw_one, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save(draw_one(), first)
    save(draw_one(), second)
    assert first.read_bytes() == second.read_bytes()
    assert ">made<" in first.read_text()


def test_the_tables_that_figures_share_are_those_of_a_run():
    runs = per_run(as_read(run("fedmeld", "default", 0.9)), 0.5)
    assert 100 * runs["accuracy"].mean() == pytest.approx(percent(0.9))
    plans = pd.DataFrame({"strategy": ["fedmeld"], "setting": ["default"]})
    assert metrics(runs, plans)["reached"].tolist() == [3]


def test_what_all_values_have_in_common_at_their_ends_is_not_written():
    given = ["none", "suburban-s-0", "dense_urban-s-0"]
    assert shortened(given) == ["none", "suburban", "dense urban"]
    assert shortened(["urban-s-0", "urban-s-1"]) == ["urban-s-0", "urban-s-1"]
    assert shortened(["ring", "chain"]) == ["ring", "chain"]
