import re

import yaml
from tests.tiny import write_yaml


def add_strategy(folder) -> None:
    """Let ring all-reduce take part in the tiny study, too."""
    path = folder / "config" / "studies" / "tiny.yaml"
    study = yaml.safe_load(path.read_text())
    study["strategies"]["ring_allreduce"] = {"regional_rounds": 2, "isl": "radio"}
    write_yaml(path, study)


def jobs(output: str) -> dict[str, str]:
    """Return the number of jobs of each rule that a dry run lists."""
    stats = output[output.index("Job stats:") :].split("total")[0]
    return dict(re.findall(r"^(\w+) +(\d+)$", stats, re.MULTILINE))


def test_links_are_sampled_only_for_a_strategy_that_needs_them(
    make_tiny, snakemake, tmp_path
):
    folder = make_tiny(tmp_path)
    assert "find_isls" not in jobs(snakemake(folder, "--dry-run")[1])
    add_strategy(folder)
    assert jobs(snakemake(folder, "--dry-run")[1])["find_isls"] == "1"


def test_a_plan_over_links_between_satellites_comes_from_the_workflow(
    copied, snakemake
):
    add_strategy(copied)
    target = "results/tiny/figures/timeline.svg"
    before = (copied / target).read_bytes()
    status, output = snakemake(copied, "--cores", "2", target)
    assert status == 0, output
    assert (copied / target).read_bytes() != before
    log = (copied / "logs/tiny/make_plan/default/ring_allreduce.log").read_text()
    assert re.match(r"\d+ operations and \d+ transfers\n", log)
