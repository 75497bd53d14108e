import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from tests.report.made_study import LOOKS

from fedorbit.data.homes import region_homes
from fedorbit.plans.plan import Plan, PlanBuilder
from fedorbit.report.figures.accuracy import MOST_EXCHANGES, by_cycle, plot_accuracy
from fedorbit.report.figures.map import plot_map
from fedorbit.report.figures.style import BEHIND, save
from fedorbit.report.figures.timeline import plot_timeline
from fedorbit.report.numbers.rounds import ROUNDS

REGIONS = ["North", "South"]
STATIONS = ["Dish", "Spare dish"]
HOMES = region_homes(REGIONS, 1)
BITS = 1e9


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def rounds() -> pd.DataFrame:
    rows = []
    for rank, strategy in enumerate(LOOKS):
        for seed in range(3):
            for number in range(3):
                accuracy = 0.1 + 0.2 * number + 0.1 * seed + 0.05 * rank
                sent = number * int(BITS) * (1 + rank)
                place = (strategy, "default", seed, number, 3600.0 * number)
                bits = (sent, rank * sent, 0, (1 - rank) * sent)
                for region in REGIONS:
                    model = (f"region/{region}", "region", "test")
                    rows.append((*place, *model, accuracy, 1.0, *bits, 0, 60.0))
    return pd.DataFrame(rows, columns=ROUNDS)


def meld_plan() -> Plan:
    """Return a plan in which S1 picks up North's model and carries it to South."""
    plan = PlanBuilder()
    for number, region in enumerate(REGIONS):
        plan.mix(f"region/{region}", {"initial": 1.0}, (0.0, 0.0), 0)
        op = plan.train(f"region/{region}", [number], 5, (0.0, 900.0), 1)
        plan.transfer(op, "access", "S1", region, (0.0, 100.0), BITS)
        plan.transfer(op, "access", f"client/{number}", "S2", (800.0, 900.0), BITS)
    op = plan.mix("carrier/S1", {"region/North": 1.0}, (0.0, 200.0), 0)
    plan.transfer(op, "access", "client/0", "S1", (100.0, 200.0), BITS)
    weights = {"region/South": 0.5, "carrier/S1": 0.5}
    op = plan.mix("region/South", weights, (1100.0, 1100.0), 1)
    plan.transfer(op, "carry", "S1", "S1", (200.0, 1080.0), BITS)
    return plan.build()


def station_plan() -> Plan:
    """Return a plan in which S3 takes North's model to the dish, and S4 brings it."""
    plan = PlanBuilder()
    plan.mix("region/North", {"initial": 1.0}, (0.0, 0.0), 0)
    op = plan.train("region/North", [0], 5, (0.0, 900.0), 1)
    plan.transfer(op, "access", "S1", "North", (0.0, 100.0), BITS)
    plan.transfer(op, "access", "client/0", "S3", (800.0, 900.0), BITS)
    op = plan.mix("ground", {"region/North": 1.0}, (1500.0, 1500.0), 1)
    plan.transfer(op, "carry", "S3", "S3", (900.0, 1440.0), BITS)
    plan.transfer(op, "feeder", "S3", "Dish", (1440.0, 1500.0), BITS)
    op = plan.mix("region/North", {"ground": 1.0}, (1900.0, 1900.0), 1)
    plan.transfer(op, "feeder", "Dish", "S4", (1500.0, 1550.0), BITS)
    plan.transfer(op, "carry", "S4", "S4", (1550.0, 1900.0), BITS)
    return plan.build()


PLANS = {"fedmeld": meld_plan(), "hfl": station_plan()}


def accuracy_figure(looks=LOOKS):
    return plot_accuracy(rounds(), looks, 4.0, "two strategies")


def timeline_figure(looks=LOOKS):
    return plot_timeline(PLANS, HOMES, STATIONS, looks, 1.0)


def map_figure():
    coastlines = pd.DataFrame(
        {"line": [0, 0, 1, 1], "longitude_deg": [0, 10, 170, -170]}
    ).assign(latitude_deg=[40, 50, 0, 1])
    sites = pd.DataFrame(
        {"name": REGIONS, "latitude_deg": [50, -10], "longitude_deg": [10, 20]}
    )
    track = pd.DataFrame(
        {
            "latitude_deg": np.linspace(-40, 40, 9),
            "longitude_deg": [*range(140, 190, 10), *range(-170, -130, 10)],
            "carrying": [False, False] + [True] * 5 + [False, False],
        }
    )
    return plot_map(coastlines, sites, sites.iloc[:1], track, "S1")


@pytest.mark.parametrize("draw", [accuracy_figure, timeline_figure, map_figure])
def test_a_figure_is_written_with_the_same_bytes_every_time(draw, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    save(draw(), first)
    save(draw(), second)
    assert first.read_bytes() == second.read_bytes()
    assert b"<svg" in first.read_bytes()


@pytest.mark.parametrize("draw", [accuracy_figure, timeline_figure])
def test_the_colour_and_the_name_of_each_strategy_are_in_the_figure(draw, tmp_path):
    path = tmp_path / "figure.svg"
    save(draw(), path)
    text = path.read_text()
    for look in LOOKS.values():
        assert look["color"] in text
        assert look["label"] in text


@pytest.mark.parametrize("draw", [accuracy_figure, timeline_figure])
def test_a_strategy_takes_its_colour_from_its_look_alone(draw, tmp_path):
    path = tmp_path / "figure.svg"
    repainted = LOOKS | {"hfl": LOOKS["hfl"] | {"color": "#0123fe"}}
    save(draw(repainted), path)
    text = path.read_text()
    assert "#0123fe" in text
    assert LOOKS["hfl"]["color"] not in text
    assert LOOKS["fedmeld"]["color"] in text


def line_of(axes, colour: str):
    (line,) = [
        x
        for x in axes.lines
        if to_hex(x.get_color()) == colour and x.get_linestyle() != "None"
    ]
    return line


def test_accuracy_lines_are_means_over_seeds_in_percent_and_last_to_the_end():
    axes = accuracy_figure().axes[0]
    meld = line_of(axes, "#12ab56")
    # Seeds 0, 1, 2 have 10, 20, 30 % in round 0, mean 20, and 20 more in each round.
    np.testing.assert_allclose(meld.get_xdata(), [0, 1, 2, 4])
    np.testing.assert_allclose(meld.get_ydata(), [20, 40, 60, 60])
    np.testing.assert_allclose(line_of(axes, "#fe4321").get_ydata(), [25, 45, 65, 65])
    assert axes.get_xlim() == (0, 4)
    assert axes.get_ylim() == (20, 70)


def test_accuracy_bands_are_the_interval_over_seeds():
    axes = accuracy_figure().axes[0]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    # Deviation 10 over three seeds: 4.3027 * 10 / sqrt(3) = 24.84 about 20 to 60. No
    # accuracy is below 0.
    assert band.min() == 0
    assert band.max() == pytest.approx(60 + 24.84, abs=0.01)


def curve(cycles: int) -> pd.DataFrame:
    """Return a level of 10 at first, and 60 for 2 h and 30 for 1 h in each cycle."""
    rows = [(0.0, 0.0, 10.0, 5.0, 15.0, 0)]
    for cycle in range(1, cycles + 1):
        hour = 3.0 * cycle
        rows.append((hour, hour, 60.0, 59.0, 61.0, cycle))
        rows.append((hour + 2, hour + 2, 30.0, 29.0, 31.0, cycle))
    columns = ["hours", "sent", "mean", "low", "high", "cycle"]
    return pd.DataFrame(rows, columns=columns)


def test_of_many_cycles_the_mean_over_time_is_drawn_and_how_far_they_reach():
    many = curve(MOST_EXCHANGES + 1)
    found = by_cycle(many)
    assert found.iloc[0].tolist() == many.iloc[0].tolist()
    # The next cycle begins 1 h after the second level: (2 * 60 + 1 * 30) / 3.
    assert found.iloc[1].tolist() == [3, 3, 50, 30, 60, 1]
    assert len(found) == 1 + MOST_EXCHANGES + 1 + 1
    assert found["hours"].iloc[-1] == many["hours"].iloc[-1]


def test_cycles_that_can_be_told_apart_are_drawn_as_they_are():
    few = curve(MOST_EXCHANGES)
    assert by_cycle(few) is few


def test_accuracy_over_what_is_sent_between_ground_and_satellites():
    axes = accuracy_figure().axes[1]
    # 1e9 bits a round on access links are 0.125 GB; Hierarchy sends twice as many on
    # these, and as many again on feeder links. What is carried on board is not sent.
    # Nothing is sent before the first round: half of the least that ever is.
    meld, hfl = line_of(axes, "#12ab56"), line_of(axes, "#fe4321")
    np.testing.assert_allclose(meld.get_xdata(), [0.0625, 0.125, 0.25])
    np.testing.assert_allclose(hfl.get_xdata(), [0.0625, 0.5, 1.0])
    np.testing.assert_allclose(meld.get_ydata(), [20, 40, 60])
    assert axes.get_xscale() == "log"
    assert axes.get_xlim()[0] == 0.0625


def test_a_strategy_that_sends_nothing_stands_at_the_edge():
    made = rounds()
    made.loc[made["strategy"] == "hfl", ["bits_access", "bits_feeder"]] = 0
    axes = plot_accuracy(made, LOOKS, 4.0, "made").axes[1]
    assert set(line_of(axes, "#fe4321").get_xdata()) == {axes.get_xlim()[0]}
    made[["bits_access", "bits_feeder"]] = 0
    axes = plot_accuracy(made, LOOKS, 4.0, "made").axes[1]
    assert axes.texts[0].get_text() == "nothing is sent"


def test_strategies_behind_are_grey_thin_and_without_a_band():
    looks = LOOKS | {"hfl": LOOKS["hfl"] | {"is_front": True}}
    left, right = plot_accuracy(rounds(), looks, 4.0, "made").axes
    behind, front = line_of(left, BEHIND.lower()), line_of(left, "#fe4321")
    assert behind.get_linewidth() < front.get_linewidth()
    assert behind.get_zorder() < front.get_zorder()
    assert len(left.collections) == 1
    assert [text.get_text() for text in left.texts] == ["Melding", "Hierarchy"]
    assert [text.get_text() for text in right.texts] == ["Hierarchy"]


def test_every_line_ends_with_the_marker_of_its_strategy():
    for axes in accuracy_figure().axes:
        ends = [x for x in axes.lines if x.get_linestyle() == "None"]
        assert [x.get_marker() for x in ends] == ["o", "s"]
        assert [len(x.get_xdata()) for x in ends] == [1, 1]


def test_groups_have_the_name_of_the_kind_of_study():
    left, _ = plot_accuracy(rounds(), LOOKS, 4.0, "made", "cluster").axes
    assert left.get_ylabel().endswith("mean over clusters")


def test_the_timeline_draws_carried_models_from_site_to_site():
    meld, station = timeline_figure().axes
    flight = line_of(meld, "#12ab56")
    # From North, row 0, at 200 s to South, row 1, at 1080 s.
    np.testing.assert_allclose(flight.get_xdata(), [200 / 3600, 1080 / 3600])
    assert list(flight.get_ydata()) == [0, 1]
    # North to the dish, which is row 2 below both regions, and back.
    flights = [x for x in station.lines if to_hex(x.get_color()) == "#fe4321"]
    assert sorted(list(x.get_ydata()) for x in flights) == [[0, 2], [2, 0]]


def test_the_timeline_leaves_out_what_satellites_send_each_other():
    plan = PlanBuilder()
    plan.mix("region/North", {"initial": 1.0}, (0.0, 0.0), 0)
    op = plan.train("region/North", [0], 5, (0.0, 900.0), 1)
    plan.transfer(op, "access", "S1", "North", (0.0, 100.0), BITS)
    plan.transfer(op, "access", "client/0", "S1", (800.0, 900.0), BITS)
    mean = plan.mix("region/North", {"region/North": 1.0}, (1000.0, 1000.0), 1)
    bars, north = [], region_homes(["North"], 1)
    for _ in range(2):
        figure = plot_timeline({"hfl": plan.build()}, north, [], LOOKS, 1.0)
        drawn = figure.axes[0].collections
        bars.append(sum(len(bars.get_paths()) for bars in drawn))
        plan.transfer(mean, "isl", "S1", "S2", (900.0, 1000.0), BITS)
    assert bars[0] == bars[1] > 0


def test_the_timeline_shows_those_in_front_alone():
    looks = LOOKS | {"hfl": LOOKS["hfl"] | {"is_front": True}}
    (axes,) = timeline_figure(looks).axes
    assert axes.get_title() == "Hierarchy"


def test_the_timeline_has_a_row_for_each_region_and_each_station_in_use():
    meld, station = timeline_figure().axes
    labels = [
        [t.get_text() for t in axes.get_yticklabels()] for axes in (meld, station)
    ]
    assert labels == [["North", "South"], ["North", "South", "Dish"]]
    assert station.get_xlim() == (0, 1)


def test_the_timeline_shows_when_clients_train():
    meld, _ = timeline_figure().axes
    training = [
        (round(bar.get_extents().x0 * 3600), round(bar.get_extents().x1 * 3600))
        for bars in meld.collections
        if to_hex(bars.get_facecolor()[0]) == to_hex("0.68")
        for bar in bars.get_paths()
    ]
    # From the end of the broadcast at 100 s to the upload at 800 s, in both regions.
    assert training == [(100, 800), (100, 800)]


def test_the_timeline_of_a_server_that_trains_shows_the_way_of_the_samples():
    # Two clients a region; no training tells that client 3 is one of South's.
    homes = region_homes(REGIONS, 2)
    plan = PlanBuilder()
    plan.mix("ground", {"initial": 1.0}, (0.0, 0.0), 0)
    op = plan.train("ground", [0, 1, 2, 3], 1, (900.0, 1000.0), 1)
    plan.transfer(op, "access", "client/3", "S1", (0.0, 100.0), BITS)
    plan.transfer(op, "carry", "S1", "S1", (100.0, 800.0), BITS)
    plan.transfer(op, "feeder", "S1", "Dish", (800.0, 900.0), BITS)
    figure = plot_timeline({"hfl": plan.build()}, homes, STATIONS, LOOKS, 1.0)
    (axes,) = figure.axes
    # From South, row 1, to the dish, row 2.
    assert list(line_of(axes, "#fe4321").get_ydata()) == [1, 2]
    waits = [b for b in axes.patches if to_hex(b.get_facecolor()) == "#ffffff"]
    assert waits == []


def test_a_track_over_the_date_line_is_not_drawn_across_the_map():
    (axes,) = map_figure().axes
    for line in axes.lines:
        assert (np.abs(np.diff(line.get_xdata())) < 180).all()


def test_a_figure_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "figure.svg"
    path.write_text("old")
    figure = accuracy_figure()
    figure.savefig = _fail
    with pytest.raises(OSError, match="disk"):
        save(figure, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["figure.svg"]


def _fail(*_, **__):
    raise OSError("the disk is full")
