"""The kind of study in which clusters share out the experts of a mixture."""

import shutil

import pytest

from fedorbit.base.errors import InputError
from fedorbit.plans.strategy import Needs
from fedorbit.studies.stages import road_to
from fedorbit.studies.study import load_study


@pytest.fixture
def config(project, tmp_path):
    return shutil.copytree(project / "config", tmp_path / "config")


def edited(config, study, old, new):
    path = config / "studies" / f"{study}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return load_study(config, study, "quick")


def test_a_plan_of_experts_comes_after_what_their_assignment_is_made_from():
    road = road_to("plan", "regions", Needs(experts=True))
    assert {"experts", "profile", "pretrained", "partition"} <= road
    assert "pretrained" not in road_to("plan", "regions", Needs())


def test_an_overlap_redoes_the_assignment_and_not_the_pretraining(project):
    expansion = load_study(project / "config", "experts", "quick").expansion
    places = {
        stage: expansion.at("overlap=0.4", stage)
        for stage in ("pretrained", "profile", "experts", "contacts")
    }
    assert places == {
        "pretrained": "default",
        "profile": "overlap=0.4",
        "experts": "overlap=0.4",
        "contacts": "default",
    }
    assert expansion.at("gate=tags", "partition") == "default"
    assert expansion.at("gate=tags", "pretrained") == "gate=tags"


def test_a_model_without_experts_is_refused(config):
    model = """model:
  name: experts
  hidden: 64
  experts: 8
  width: 16
  active: 2
  routing: masked
"""
    with pytest.raises(InputError, match="model.name is 'softmax', which has no exp"):
        edited(config, "experts", model, "model:\n  name: softmax\n")


def test_more_experts_for_a_cluster_than_there_are_is_refused(config):
    with pytest.raises(InputError, match="experts_per_cluster is 9, more than"):
        edited(
            config, "experts", "experts_per_cluster: 2\n", "experts_per_cluster: 9\n"
        )


def test_other_kinds_have_no_experts_to_split(config):
    with pytest.raises(InputError, match="make it 'experts'"):
        ems = "  ems:\n    step_cap: 80\n    short_windows: round_robin\n"
        ems += "    band: shared\n    is_synchronous: false\n"
        ems += "    trains_when_disconnected: true\n    profiled: before\n"
        edited(config, "fedmeld", "  oracle_sync: {}\n", f"  oracle_sync: {{}}\n{ems}")
