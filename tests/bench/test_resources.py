"""What rules ask a cluster for, beside what their jobs take."""

import pandas as pd
import pytest
from resources import asked, measured, report, too_little

RULES = """
rule train:
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
        gpu=CARDS,


use rule train as train_flown with:
    output:
        "flown",
"""
HEAD = "s\th:m:s\tmax_rss\n"


@pytest.fixture
def jobs(tmp_path):
    for name, row in {
        "tiny/train/default/hfl": "300.0\t0:05:00\t600.0",
        "tiny/train/default/ring": "20.0\t0:00:20\t-",
        "write_report": "2.0\t0:00:02\t100.0",
    }.items():
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + row + "\n")
    return measured(tmp_path, ["train", "write_report"])


def test_every_rule_says_what_it_takes(project):
    rules = asked(project / "workflow" / "rules")
    assert {"train", "train_flown", "find_contacts", "write_report"} < set(rules.index)
    assert (rules["asked_mb"] >= 1000).all()
    assert (rules["asked_min"] >= 10).all()


def test_a_rule_asks_for_what_it_says_or_inherits(tmp_path):
    (tmp_path / "learn.smk").write_text(RULES)
    rules = asked(tmp_path)
    assert rules.loc["train"].tolist() == rules.loc["train_flown"].tolist()
    assert rules.loc["train"].tolist() == [1500, 60]


def test_a_rule_that_does_not_say_is_refused(tmp_path):
    (tmp_path / "learn.smk").write_text(RULES.replace("runtime", "minutes"))
    with pytest.raises(ValueError, match=r"rule train in learn\.smk lacks"):
        asked(tmp_path)


def test_the_largest_of_all_jobs_of_a_rule_counts(jobs):
    assert jobs.loc["train"].to_dict() == {"s": 300.0, "max_rss": 600.0, "jobs": 2.0}
    assert jobs.loc["write_report", "jobs"] == 1


@pytest.mark.parametrize(
    ("mb", "minutes", "few"),
    [(1500, 50, []), (1499, 50, ["train"]), (1500, 49, ["train"])],
)
def test_a_rule_asks_for_more_than_was_measured(jobs, mb, minutes, few):
    rows = {"train": [mb, minutes], "write_report": [1000, 10]}
    rules = pd.DataFrame.from_dict(rows, "index", columns=["asked_mb", "asked_min"])
    table = jobs.join(rules)
    assert too_little(table) == few
    assert f"| `train` | 2 | 600 | {mb} MB | 300 | {minutes} min |" in report(table)
