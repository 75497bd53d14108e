from fedorbit.plans.strategy import Needs
from fedorbit.studies.keys import part
from fedorbit.studies.stages import STAGES, matters, road_to

NOTHING = Needs()


def test_a_stage_stands_after_all_that_it_is_made_from():
    names = list(STAGES)
    for name, stage in STAGES.items():
        assert all(names.index(earlier) < names.index(name) for earlier in stage.after)


def test_results_of_stages_are_told_apart():
    paths = [path for stage in STAGES.values() for path in stage.results]
    assert len(set(paths)) == len(paths)
    for stage in STAGES.values():
        for path in stage.results:
            assert "{setting}" in path
            assert ("{strategy}" in path) == stage.of_strategy


def test_the_road_to_a_plan_passes_what_its_strategy_needs():
    least = {"plan", "contacts", "homes", "constellation"}
    assert road_to("plan", None, NOTHING) == least
    assert road_to("plan", None, Needs(isls="radio")) == least | {"isls"}
    assert road_to("plan", None, Needs(scmr=True)) == least | {"scmr", "partition"}
    assert road_to("plan", None, Needs(law=True)) == least | {"law", "partition"}
    assert road_to("homes", None, NOTHING) == {"homes"}
    assert road_to("homes", "satellites", NOTHING) == {"homes", "constellation"}


def test_stations_matter_for_those_that_need_them():
    key = "scenario.stations.file"
    assert matters(key, "contacts", None, None, NOTHING)
    assert not matters(key, "plan", "fedmeld", None, NOTHING)
    assert matters(key, "plan", "hfl", None, Needs(stations=True))
    assert not matters(key, "partition", "hfl", None, Needs(stations=True))


def test_the_satellites_matter_for_clients_that_live_on_them():
    key = "scenario.constellation.planes"
    assert not matters(key, "partition", "a", None, NOTHING)
    assert matters(key, "partition", "a", "satellites", NOTHING)


def test_only_its_own_settings_matter_for_a_strategy():
    assert matters("strategies.a.x", "plan", "a", None, NOTHING)
    assert not matters("strategies.b.x", "plan", "a", None, NOTHING)
    assert not matters("strategies.a.x", "contacts", "a", None, NOTHING)
    assert not matters("strategies.a2.x", "plan", "a", None, NOTHING)


def test_a_part_has_the_keys_that_there_are_and_no_others():
    values = {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": 4}
    assert part(values, ("a.c.d", "f", "a.z", "q")) == {"a": {"c": {"d": 2}}, "f": 4}
    assert part(values, ("a.b.deeper",)) == {}


def test_a_whole_part_of_a_study_matters_where_any_of_its_keys_does():
    assert matters("training", "plan", "hfl", None, NOTHING)  # by its local steps
    assert not matters("training", "homes", None, None, NOTHING)
