import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import (
    HOURS,
    INTERVAL,
    MIX,
    PARTICIPANTS,
    RATIO,
    REGIONS,
    SCATTER,
    TOPOLOGY,
    joined,
    run,
)

from fedorbit.report.figures.style import save
from fedorbit.report.figures.sweeps import (
    plot_mixing,
    plot_participation,
    plot_staleness,
    plot_time_limit,
)
from fedorbit.report.figures.topology import accuracy_lost, plot_topology
from fedorbit.report.numbers.metrics import at_end, at_equal_rounds, metrics, per_run
from fedorbit.report.numbers.theory import best_objectives, best_ratios

LOOKS = {
    "fedmeld": {"label": "Melding", "color": "#12ab56", "linestyle": "-"},
    "hfl": {"label": "Hierarchy", "color": "#fe4321", "linestyle": [3.0, 1.5]},
}
# Seeds at -2, 0 and 2 % of a level: Student's 4.3027 * 2 / sqrt(3). Of the way from
# 10 % to its level a made run has gone 15 / 16 in four rounds.
GONE = 1 - 0.5**4
HALF = 4.3027 * 100 * SCATTER[-1] * GONE / np.sqrt(3)
BOUNDS = pd.DataFrame(
    {"round_interval": [1, 4], "label": "raw", "f": [3.0, 12.0]},
)


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


def staleness():
    runs, levels = joined(
        lambda _, cell: 0.9 - 0.1 * np.log2(cell[INTERVAL]),
        ["fedmeld"],
        {INTERVAL: [1, 2, 4]},
    )
    look = LOOKS["fedmeld"]
    equal = at_equal_rounds(levels[levels["round"] <= 8])
    return plot_staleness(at_end(levels), equal, BOUNDS, look, "made")


def test_accuracy_against_the_interval_at_the_end_and_after_equal_rounds():
    left, right = staleness().axes
    end, equal = lines(left, "#12ab56")
    np.testing.assert_allclose(end.get_xydata()[:, 0], [1, 2, 4])
    np.testing.assert_allclose(
        end.get_xydata()[:, 1], [percent(level) for level in (0.9, 0.8, 0.7)]
    )
    # After the first round, half of the way from 10 %.
    np.testing.assert_allclose(equal.get_xydata()[:, 1], [50, 45, 40])
    np.testing.assert_allclose(right.lines[0].get_ydata(), [1, 4])


def test_whiskers_are_intervals_over_seeds():
    left, _ = staleness().axes
    (x, low), (_, high) = left.collections[0].get_segments()[0]
    assert x == 1
    assert (high - low) / 2 == pytest.approx(HALF, abs=1e-3)


def mixing():
    runs, _ = joined(
        lambda name, cell: 0.5 if name == "hfl" else 0.9 - abs(cell[RATIO] - cell[MIX]),
        ["fedmeld", "hfl"],
        {RATIO: [0.0, 0.3, 0.6], MIX: [0.3, 0.6]},
    )
    return plot_mixing(runs, MIX, "concentration", {"best": 0.42}, LOOKS, "made")


def test_each_concentration_has_a_panel_with_its_best_ratio():
    panels = mixing().axes
    assert [axes.get_title() for axes in panels] == [
        "concentration 0.3",
        "concentration 0.6",
    ]
    for axes, best in zip(panels, (0.3, 0.6), strict=True):
        (ring,) = [x for x in axes.lines if x.get_label() == "best ratio"]
        assert ring.get_xdata()[0] == best
        assert ring.get_ydata()[0] == pytest.approx(percent(0.9))
        (theory,) = [x for x in axes.lines if x.get_label() == "best"]
        assert set(theory.get_xdata()) == {0.42}


def time_limit():
    runs, _ = joined(
        lambda name, cell: {"fedmeld": 0.7, "hfl": 0.5}[name] + cell[HOURS] / 100,
        ["fedmeld", "hfl"],
        {HOURS: [6, 12]},
    )
    return plot_time_limit(runs, LOOKS, "made")


def test_accuracy_and_loss_against_the_time_limit():
    accuracy, loss = time_limit().axes
    (curve,) = lines(accuracy, "#fe4321")
    np.testing.assert_allclose(curve.get_xydata()[:, 1], [percent(0.56), percent(0.62)])
    (curve,) = lines(loss, "#fe4321")
    expected = [1 - percent(0.56) / 100, 1 - percent(0.62) / 100]
    np.testing.assert_allclose(curve.get_xydata()[:, 1], expected)
    assert "(h)" in accuracy.get_xlabel()


def participation():
    runs, levels = joined(
        lambda _, cell: 0.7 + cell[PARTICIPANTS] / 100,
        ["fedmeld"],
        {PARTICIPANTS: [1, 10]},
    )
    return plot_participation(runs, levels, LOOKS, "made")


def test_accuracy_against_participation_and_over_hours():
    left, right = participation().axes
    (curve,) = lines(left, "#12ab56")
    np.testing.assert_allclose(curve.get_xydata()[:, 1], [percent(0.71), percent(0.8)])
    few, all_clients = right.lines
    np.testing.assert_allclose(few.get_xdata(), [0, 6, 12, 18, 24])
    assert all_clients.get_ydata()[-1] == pytest.approx(percent(0.8))


MIXING = pd.DataFrame(
    [("ring", "five.csv", 0.8, 5), ("grid", "five.csv", 0.3, 5)],
    columns=[TOPOLOGY, REGIONS, "second_eigenvalue", "regions"],
)


def topologies() -> pd.DataFrame:
    runs, _ = joined(
        lambda _, cell: {"ring": 0.7, "grid": 0.8}[cell[TOPOLOGY]],
        ["fedmeld"],
        {TOPOLOGY: ["ring", "grid"], REGIONS: ["five.csv"]},
    )
    return runs


def topology():
    return plot_topology(topologies(), MIXING, "#12ab56", "made")


def test_what_is_lost_is_what_the_best_topology_has_more():
    lost = accuracy_lost(topologies()).set_index(TOPOLOGY)
    assert lost.loc["grid", "mean"] == 0
    assert lost.loc["ring", "mean"] == pytest.approx(0.1 * GONE)
    # Both have the same scatter over the seeds, so that pairs differ by the same.
    assert lost.loc["ring", "high"] == pytest.approx(lost.loc["ring", "low"])
    assert {text.get_text() for text in topology().axes[0].texts} == {"ring", "grid"}


@pytest.mark.parametrize(
    "draw", [staleness, mixing, time_limit, participation, topology]
)
def test_figures_are_written_with_the_same_bytes_and_their_scale(draw, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save(draw(), first)
    save(draw(), second)
    assert first.read_bytes() == second.read_bytes()
    assert ">made<" in first.read_text()


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


def test_the_curves_of_theory_come_from_the_solution():
    curves = best_objectives(meld(), 5, 5, [1, 4])
    assert curves["round_interval"].tolist() == [1, 4, 1, 4]
    f = curves["f"].to_numpy()
    assert f[1] > f[0] and f[3] > f[2]
    # Less weight on disagreement makes f less.
    assert (f[2:] < f[:2]).all()
    assert best_ratios(meld()) == {"alpha*, raw": 0.1, "alpha*, fitted": 0.4}


def test_a_problem_without_solution_has_no_curves():
    none = {"feasible": False, "reason": "FLIGHT_TOO_LONG"}
    assert best_ratios(none) == {}
    empty = best_objectives(none, 5, 5, [1, 4])
    assert empty.empty
    runs, _ = joined(lambda *_: 0.8, ["fedmeld"], {INTERVAL: [1, 2]})
    figure = plot_staleness(runs, runs, empty, LOOKS["fedmeld"], "made")
    assert figure.axes[1].texts[0].get_text() == "SC-MR has no solution"


def test_the_tables_that_figures_share_are_those_of_a_run():
    runs = per_run(run("fedmeld", "default", 0.9), 0.5)
    assert 100 * runs["accuracy"].mean() == pytest.approx(percent(0.9))
    plans = pd.DataFrame({"strategy": ["fedmeld"], "setting": ["default"]})
    assert metrics(runs, plans)["reached"].tolist() == [3]
