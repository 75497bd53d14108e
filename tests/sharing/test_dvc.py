"""DVC's commands on studies, none of which needs a network."""

import json

STUDY = "config/studies/tiny.yaml"
RATE = "training.learning_rate"


def test_an_experiment_is_run_compared_and_proved(
    origin, shell, tmp_path, compile_once
):
    shell(tmp_path, f"git clone -q {origin} clone")
    clone = tmp_path / "clone"
    compile_once(clone)
    shell(clone, "dvc pull")
    before = json.loads((clone / "results/tiny/tables/summary.json").read_text())
    shell(clone, f"dvc exp run -n slower -S {STUDY}:{RATE}=0.02")
    after = json.loads((clone / "results/tiny/tables/summary.json").read_text())
    assert after["hfl"]["accuracy_mean"] < before["hfl"]["accuracy_mean"]
    assert after["hfl"]["bits_feeder"] == before["hfl"]["bits_feeder"]

    changed = json.loads(shell(clone, "dvc params diff --json"))
    assert changed.keys() == {STUDY}
    assert changed[STUDY].keys() == {RATE}
    assert (changed[STUDY][RATE]["old"], changed[STUDY][RATE]["new"]) == (0.2, 0.02)
    shown = json.loads(shell(clone, "dvc metrics show --json"))
    [shown] = shown[""]["data"].values()
    assert shown["data"] == after
    compared = json.loads(shell(clone, "dvc metrics diff --json"))
    [compared] = compared.values()
    assert compared["hfl.accuracy_mean"]["new"] == after["hfl"]["accuracy_mean"]
    assert "hfl.bits_feeder" not in compared
    shell(clone, "dvc plots show")
    page = (clone / "dvc_plots" / "index.html").read_text()
    assert "accuracy.svg" in page
    assert "slower" in shell(clone, "dvc exp list")
    assert "didn't change, skipping" in shell(clone, "dvc repro")
