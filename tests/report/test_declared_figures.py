"""What a study may declare under ``figures``, and what is refused."""

from itertools import product

import pandas as pd
import pytest
import yaml

from fedorbit.report.figures.check import check_figures
from fedorbit.report.figures.declared import (
    SweepFigure,
    SweepMap,
    parse_figure,
    read_figures,
    site_files,
)

SPEED = "clients.compute_flop_s"
RATIO = "strategies.fedmeld.mixing_ratio"
INTERVAL = "strategies.fedmeld.round_interval"
REGIONS = "scenario.regions.file"


class Sweep:
    """A sweep of two strategies; the keys of each axis vary together."""

    strategies = ["fedmeld", "hfl"]

    def __init__(self, *axes):
        self.axes = [
            [
                dict(zip(axis, row, strict=True))
                for row in zip(*axis.values(), strict=True)
            ]
            for axis in axes
        ]

    def cells(self):
        for rows in product(*self.axes):
            yield {key: value for row in rows for key, value in row.items()}


SWEEPS = {
    "speed": Sweep({SPEED: [1e9, 2e9]}, {RATIO: [0.0, 0.5]}),
    "ratio": Sweep({RATIO: [0.0, 0.5]}),
    "interval": Sweep({INTERVAL: [1, 2], REGIONS: ["a.csv", "b.csv"]}),
}
RATIO_FIGURE = {"sweep": "ratio", "x": RATIO, "y": ["accuracy"]}
MAP = {
    "draw": "map",
    "sweep": "speed",
    "x": SPEED,
    "y": RATIO,
    "strategies": ["fedmeld", "hfl"],
}


def read(**figures):
    return read_figures(figures, lambda keys: "study.yaml")


def check(figures, strategies=("fedmeld", "hfl"), is_trained=True):
    check_figures(figures, SWEEPS, strategies, ["accuracy", "map"], is_trained)


def refuse_read(refused, changes, given=RATIO_FIGURE) -> str:
    return refused(read, own=given | changes)


def refuse_check(refused, changes, given=RATIO_FIGURE, **study) -> str:
    return refused(check, read(own=given | changes), **study)


def test_a_figure_is_of_the_sweep_of_its_name_and_draws_the_end():
    figures = read(ratio={"x": RATIO, "y": ["accuracy"]})
    assert list(figures) == ["ratio"]
    figure = figures["ratio"]
    assert (figure.draw, figure.sweep, figure.at) == ("lines", "ratio", ["end"])
    check(figures)
    # As a rule passes it to its script.
    assert parse_figure(figure.model_dump()) == figure
    assert isinstance(read(wins=MAP)["wins"], SweepMap)


def test_labels_are_those_given_or_the_last_part_of_the_key():
    figure = SweepFigure(sweep="a", x=SPEED, panels=REGIONS, y=["loss"])
    assert figure.words("x") == "compute_flop_s"
    assert figure.words("panels") == "regions"
    told = figure.model_copy(update={"x_label": "speed (FLOP/s)"})
    assert told.words("x") == "speed (FLOP/s)"
    theory = SweepFigure(sweep="a", x="second_eigenvalue", y=["loss"])
    assert "eigenvalue of the mixing matrix" in theory.words("x")


def test_a_figure_needs_only_the_tables_that_it_draws():
    def needs(**values):
        found = SweepFigure(sweep="a", x=RATIO, **values).needs
        return [table for table, is_needed in found.items() if is_needed]

    assert needs(y=["loss"]) == ["rounds"]
    assert needs(y=["idle_share", "flight_s"]) == ["metrics"]
    assert needs(y=["accuracy"], lines=["scmr_ratio"]) == ["rounds", "scmr"]
    assert needs(y=["accuracy"], lines=["law_ratio"]) == ["rounds", "law"]
    by = {"strategy": "hfl", "metric": "exchange_s"}
    assert [table for table, needed in SweepMap(**MAP).needs.items() if needed] == [
        "rounds"
    ]
    assert SweepMap(**MAP, y_by=by).needs["metrics"]


def test_files_of_sites_are_those_that_are_counted():
    cells = pd.DataFrame(
        {"sweep": ["a", "a", "b"], REGIONS: ["one.csv", "two.csv", "three.csv"]}
    )
    figure = SweepFigure(sweep="a", x=RATIO, y=["loss"])
    assert site_files(figure, cells, {}) == []
    panels = figure.model_copy(update={"panels": REGIONS})
    assert site_files(panels, cells, {}) == ["one.csv", "two.csv"]
    theory = SweepFigure(sweep="b", x=INTERVAL, y=["scmr_objective"])
    files = site_files(theory, cells, {REGIONS: "own.csv"})
    assert files == ["own.csv", "three.csv"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"panel": RATIO}, "did you mean 'panels'?"),
        ({"draw": "pie"}, "draw is 'pie'; it should be one of lines, map."),
        ({"y": ["acuracy"]}, "y.0: 'acuracy' is no quantity; choose of accuracy,"),
        ({"y": []}, "y is []"),
        ({"y": ["loss", "loss"]}, "'loss' stands twice"),
        ({"at": ["start"]}, "at.0 is 'start'"),
        ({"lines": ["mean"]}, "'mean' is no line; choose of scmr_ratio"),
        ({"x_scale": "cubic"}, "x_scale is 'cubic'"),
        ({"panels_label": "mix"}, "panels_label is given, but no panels"),
        ({"at": ["over_time"], "series": SPEED}, "a curve for each value of a swept"),
        ({"y": ["idle_share"], "at": ["end", "equal_rounds"]}, "at has equal_rounds"),
        ({"y": ["loss", "flight_s"], "at": ["over_time"]}, "y has flight_s"),
    ],
)
def test_a_wrong_figure_is_refused(refused, changes, words):
    sentence = refuse_read(refused, changes)
    assert sentence.startswith("study.yaml: figures.own: ")
    assert words in sentence


def test_a_wrong_map_is_refused(refused):
    assert "'strategies' is missing" in refused(
        read, own={k: v for k, v in MAP.items() if k != "strategies"}
    )
    assert "strategies" in refuse_read(refused, {"strategies": ["hfl"]}, MAP)
    assert "twice" in refuse_read(refused, {"strategies": ["hfl", "hfl"]}, MAP)
    wrong = {"x_by": {"strategy": "hfl", "metric": "accuracy"}}
    assert "'accuracy' is no metric; choose of accuracy_last_cycle" in refuse_read(
        refused, wrong, MAP
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sweep": "rate"}, "the study's sweeps are speed, ratio, interval"),
        ({"x": SPEED}, f"x is '{SPEED}', which the sweep 'ratio' does not vary"),
        ({"where": {SPEED: 1e9}}, f"where.{SPEED} is"),
        ({"where": {RATIO: 0.7}}, "where leaves no cell"),
        ({"panels": RATIO}, f"x and panels are both '{RATIO}'"),
        ({"sweep": "speed"}, f"as they differ in {SPEED} alone"),
        ({"x_scale": "log"}, "x_scale is log, but x has the value 0.0"),
        ({"sweep": "interval", "x": REGIONS, "x_scale": "log"}, "value 'a.csv'"),
        ({"best": "pfl"}, "best is 'pfl', but the strategies of the sweep"),
    ],
)
def test_a_figure_that_does_not_suit_its_sweep_is_refused(refused, changes, words):
    sentence = refuse_check(refused, changes)
    assert sentence.startswith("figures.own")
    assert words in sentence


def test_the_figures_of_the_study_fedmeld_suit_its_sweeps(project):
    study = yaml.safe_load((project / "config/studies/fedmeld.yaml").read_text())
    sweeps = {}
    for name, given in study["sweeps"].items():
        sweeps[name] = Sweep(*given["over"])
        sweeps[name].strategies = given["strategies"]
    figures = read_figures(study["figures"], lambda keys: "fedmeld.yaml")
    check_figures(figures, sweeps, study["strategies"], ["accuracy"], True)
    assert all(figure.description for figure in figures.values())


def test_where_or_panels_make_room_for_the_other_axes():
    speed = {"sweep": "speed"}
    check(read(own=RATIO_FIGURE | speed | {"where": {SPEED: 2e9}}))
    check(read(own=RATIO_FIGURE | speed | {"panels": SPEED}))
    # Keys of one axis vary together, so that either tells the cells apart.
    check(read(own=RATIO_FIGURE | {"sweep": "interval", "x": REGIONS}))


def test_a_map_that_does_not_suit_its_sweep_is_refused(refused):
    other = {"strategies": ["fedmeld", "pfl"]}
    assert "strategies[1] is 'pfl'" in refuse_check(refused, other, MAP)
    by = {"x_by": {"strategy": "pfl", "metric": "flight_s"}}
    assert "x_by.strategy is 'pfl'" in refuse_check(refused, by, MAP)
    words = {"words_of": {"panels": ["few"]}}
    sentence = "words_of.panels has 1 words, but there are 0 values"
    assert sentence in refuse_check(refused, words, MAP)
    assert "trains nothing" in refuse_check(refused, {}, MAP, is_trained=False)


def test_theory_is_refused_where_it_has_nothing_to_say(refused):
    lines = {"lines": ["scmr_ratio"]}
    optimised = {"strategies": ["fedmeld", "fedmeld_optimal"]}
    assert "the strategy fedmeld_optimal" in refuse_check(refused, lines)
    check(read(own=RATIO_FIGURE | lines), **optimised)
    wrong = lines | {"sweep": "interval", "x": INTERVAL}
    assert f"is drawn over {RATIO} alone" in refuse_check(refused, wrong, **optimised)
    law = {"lines": ["law_ratio"]}
    assert "a sweep with the strategy fedmeld_law has" in refuse_check(refused, law)
    objective = {"y": ["scmr_objective"]}
    assert f"over {INTERVAL} alone" in refuse_check(refused, objective, **optimised)
    panels = objective | {"sweep": "interval", "x": INTERVAL, "panels": REGIONS}
    assert "in all panels" in refuse_check(refused, panels, **optimised)
    eigenvalue = {"x": "second_eigenvalue"}
    assert "the strategy fedmeld has" in refuse_check(
        refused, eigenvalue, strategies=["hfl"]
    )


def test_a_study_that_trains_nothing_draws_what_plans_tell(refused):
    planned = RATIO_FIGURE | {"y": ["idle_share", "bits_feeder", "round_s"]}
    check(read(own=planned), is_trained=False)
    for y in ("accuracy", "hours_to_target"):
        sentence = refuse_check(refused, {"y": [y]}, is_trained=False)
        assert f"draws {y}, but the study trains nothing" in sentence


def test_the_name_of_another_figure_is_refused(refused):
    assert "figures.accuracy has the name" in refused(check, read(accuracy=MAP))
