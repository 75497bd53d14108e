import pytest

from fedorbit.base.errors import InputError
from fedorbit.plans.designs.grid import Grid
from fedorbit.studies.kinds.design import JOBS
from fedorbit.studies.study import load_study


def study_with(folder, text):
    """Return the shipped study with some values in the place of its own."""
    own = "extends: design\ndescription: mine\nprovenance: 'assumed: for a test'\n"
    (folder / "studies" / "mine.yaml").write_text(own + text)
    return load_study(folder, "mine", "quick")


def test_the_shipped_study_has_as_many_cells_as_the_paper(project):
    study = load_study(project / "config", "design", "quick")
    grid = Grid(**study.values["grid"])
    assert grid.size == len(grid.cells()) == 768
    assert f"designs/cells/{JOBS - 1}.parquet" in study.lasting()
    assert {"tables/designs.csv", "figures/pareto.svg"} <= {*study.lasting()}


def test_the_study_of_the_documents_can_be_designed(folder, project):
    """Three by two constellations, two shapes, two masks and six sets of stations."""
    text = (project / "docs" / "design.md").read_text()
    study = text.split("```yaml\n")[1].split("```")[0]
    (folder / "studies" / "mine.yaml").write_text(study)
    values = load_study(folder, "mine", "quick").values
    assert Grid(**values["grid"]).size == 3 * 2 * 1 * 2 * 2 * 6
    assert values["scenario"]["regions"]["file"] == "data/regions/grid_2x3.csv"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "strategies: {hfl: {regional_rounds: 3}, fedmeld: {}}",
            "one pilot forecasts all",
        ),
        ("strategies: {fedmeld: {variant: pipelined}}", "the law is derived for"),
        ("strategies: {pfl: {average: never, relays: true}}", "there is no forecast"),
        ("forecast: {alone_rounds: 1}", "raise it"),
        ("grid: {planes: [1, 1]}", "stands twice"),
        (f"grid: {{planes: {list(range(1, 60))}}}", "give fewer values"),
        ("claims: fedmeld", "tables and figures of its own"),
        ("clients: {region_weights: {Paris: 1}}", "regions of equal weight"),
    ],
)
def test_what_cannot_be_designed_is_refused(folder, text, complaint):
    with pytest.raises(InputError, match=complaint):
        study_with(folder, text)
