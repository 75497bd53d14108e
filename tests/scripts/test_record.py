"""dvc.yaml has a stage for each study, with all that its results come from."""

import shutil

import pytest
import record
import yaml

from fedorbit.studies.study import load_study


@pytest.fixture
def project_copy(project, tmp_path, monkeypatch):
    """Return a folder with the project's config, which is the working one."""
    shutil.copytree(project / "config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_record_of_the_project_is_that_of_its_studies(project, monkeypatch):
    monkeypatch.chdir(project)
    assert record.text() == (project / "dvc.yaml").read_text()


def test_a_study_has_a_stage_with_its_files_and_folders(project_copy):
    stages = yaml.safe_load(record.text())["stages"]
    rows = {"together_ground", "together_orbit"}
    together = {"together", *rows}
    assert set(stages) == {"fedmeld", "orbits", "finetune", "experts", *together}
    joined = {f"results/{row}/rounds.parquet" for row in rows}
    assert joined < set(stages["together"]["deps"])
    learns, flies = stages["fedmeld"], stages["orbits"]
    assert "'studies=[\"fedmeld-quick\"]' -- all_fedmeld" in learns["cmd"]
    assert "'studies=[\"orbits\"]' -- all_orbits" in flies["cmd"]
    asked = '["together_ground-quick", "together_orbit-quick", "together'
    assert asked in stages["together"]["cmd"]
    assert {"config/cards/resnet18.yaml", "config/claims/fedmeld.yaml"} < set(
        learns["deps"]
    )
    outs = {name: keys for out in learns["outs"] for name, keys in out.items()}
    assert outs["results/fedmeld/runs"] == {"persist": True}
    assert outs["results/fedmeld/tables"] == {"cache": False, "persist": True}
    assert {"config/scales/quick.yaml": None} in learns["params"]
    # A scale says nothing about orbits, and nothing there is trained.
    assert {"config/scales/quick.yaml": None} not in flies["params"]
    assert not any("runs" in name for out in flies["outs"] for name in out)


def test_results_at_another_scale_are_on_record_beside_the_first(project_copy):
    results = project_copy / "results" / "fedmeld-mnist"
    results.mkdir(parents=True)
    (results / "provenance.json").touch()
    before = record.text()
    assert "fedmeld-mnist" not in before  # Git alone has brought a part of it
    study = load_study(project_copy / "config", "fedmeld", "mnist")
    for name in record.outputs(study):
        (results / name).touch()
    content = yaml.safe_load(record.text())
    stage = content["stages"]["fedmeld-mnist"]
    assert "'studies=[\"fedmeld-mnist\"]'" in stage["cmd"]
    assert {"config/scales/mnist.yaml": None} in stage["params"]
    assert "results/fedmeld-mnist/tables/summary.json" in content["metrics"]


def test_results_at_the_first_scale_stay_on_record_at_another(project_copy):
    path = project_copy / "config" / "config.yaml"
    path.write_text(path.read_text().replace("scale: quick", "scale: mnist"))
    results = project_copy / "results" / "fedmeld"
    results.mkdir(parents=True)
    (results / "provenance.json").touch()
    for name in record.outputs(load_study(project_copy / "config", "fedmeld", "quick")):
        (results / name).touch()
    stages = yaml.safe_load(record.text())["stages"]
    assert {"fedmeld", "fedmeld-mnist"} <= set(stages)
    assert {"config/scales/quick.yaml": None} in stages["fedmeld"]["params"]


def test_the_record_is_written_when_it_changes_and_left_alone_otherwise(project_copy):
    record.write_record()
    before = record.RECORD.stat().st_mtime_ns
    record.write_record()
    assert record.RECORD.stat().st_mtime_ns == before
    record.RECORD.write_text("stages: {}\n")
    record.write_record()
    assert "all_fedmeld" in record.RECORD.read_text()
