import re
import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

from fedorbit.base.files import read_table
from fedorbit.cli import main
from fedorbit.theory.experts.sizes import RATES_BPS, fitting


def test_the_speeds_in_the_readme_are_those_that_the_benchmark_wrote(project):
    written = (project / "bench/contacts.md").read_text().splitlines()
    quoted = [
        line
        for line in (project / "README.md").read_text().splitlines()
        if line.startswith(("| Skyfield", "| sgp4 and", "| brahe", "| fedorbit,"))
    ]
    assert len(quoted) == 5
    assert set(quoted) <= set(written)


def test_every_local_file_that_the_readme_names_is_there(project):
    text = (project / "README.md").read_text()
    for part in text.split("](")[1:]:
        target = part.split(")")[0]
        if "://" not in target:
            assert (project / target).exists(), target


def test_the_command_for_contacts_runs_as_it_stands(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project)
    text = (project / "README.md").read_text()
    (shell,) = re.findall(r"```sh\nfedorbit (.*?)```", text, re.DOTALL)
    *words, out = shell.replace("\\\n", " ").split()
    result = CliRunner().invoke(main, [*words, str(tmp_path / out)])
    assert result.exit_code == 0, result.output
    assert "of 503 satellites over 6 sites" in result.output
    assert "503 Starlink satellites over six ground stations" in text
    assert set(read_table(tmp_path / out)["site"]) >= {"Kourou", "Fucino"}


def tables_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize(
    ("card", "folder", "title"),
    [
        ("fedmeld", "results/fedmeld", "What came out"),
        (
            "fedmeld",
            "docs/papers/fedmeld-mnist-earlier",
            "The same on MNIST and real satellites",
        ),
        ("finetune", "results/finetune", "What came out"),
    ],
)
def test_the_tables_in_a_card_are_those_of_the_study(project, card, folder, title):
    text = (project / f"docs/papers/{card}.md").read_text()
    made = subprocess.run(
        [sys.executable, "scripts/card.py", folder],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    tested = {row for row in tables_of(made) if "| not test" not in row}
    assert len(tested) > 20
    quoted = tables_of(text.split(f"\n## {title}\n")[1].split("\n## ")[0])
    assert len(quoted) == len(tested)
    assert set(quoted) == tested


@pytest.mark.parametrize(("card", "letter"), [("fedmeld", "A"), ("finetune", "B")])
def test_a_card_names_every_claim_that_was_not_reproduced(project, card, letter):
    text = (project / f"docs/papers/{card}.md").read_text()
    reasons = text.split("\n## What could not be reproduced")[1].split("\n## ")[0]
    claims = pd.read_csv(project / f"results/{card}/claims.csv")
    held = claims["verdict"].isin(["reproduced", "holds by derivation"])
    assert set(re.findall(rf"{letter}-C\w+", reasons)) == set(claims[~held]["claim"])


def test_the_page_on_old_elements_has_the_numbers_of_the_study(project):
    text = (project / "docs/perturbation.md").read_text().split("## What came out")[1]
    rows = [row for row in tables_of(text) if re.match(r"\| \d", row)]
    quoted = [re.findall(r"[\d.]+", row) for row in rows]
    table = pd.read_csv(project / "results/fedmeld/tables/perturbation.csv")
    own = table[table["patience_s"] == 30]
    shares = own[["on_time_percent", "late_percent", "lost_percent"]]
    accuracy = 100 * own[["accuracy", "accuracy_low", "accuracy_high"]]
    columns = [own["age_days"], shares, own["lost_alone_percent"], accuracy]
    made = pd.concat(columns, axis=1).to_numpy()
    assert [len(numbers) for numbers in quoted] == [made.shape[1]] * len(made)
    for numbers, values in zip(quoted, made, strict=True):
        for number, value in zip(numbers, values, strict=True):
            digits = len(number.partition(".")[2])
            assert float(number) == pytest.approx(value, abs=0.5001 * 10**-digits)


def test_the_tables_in_the_card_of_ems_fl_are_those_of_the_study(project):
    text = (project / "docs/papers/ems_fl.md").read_text()
    made = subprocess.run(
        [sys.executable, "scripts/card.py", "results/experts"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    part = text.split("\n## What came out\n")[1].split("\n## ")[0]
    assert tables_of(part) == tables_of(made)


def test_the_large_models_in_the_card_of_ems_fl_are_those_of_the_library(project):
    text = (project / "docs/papers/ems_fl.md").read_text()
    part = text.split("\n## Which large models fit")[1].split("\n## ")[0]
    pass_s = float(re.search(r"(\d+) s, the median", part).group(1))
    quoted = [row.replace(",", "").split("|") for row in tables_of(part)][-12:]
    table = fitting(pass_s, RATES_BPS, experts=2, devices=5)
    made = table.groupby(["model", "tuning"], sort=False)
    for row, (name, own) in zip(quoted, made, strict=True):
        model, tuning, bits, window, *passes = (cell.strip() for cell in row[1:-1])
        assert (model, tuning) == name
        assert float(bits) == pytest.approx(own["bits"].iloc[0] / 1e6, abs=0.051)
        assert float(window) == pytest.approx(
            own["window_bits"].iloc[0] / 1e9, abs=0.0051
        )
        assert list(map(int, passes)) == own["passes"].tolist()


def test_the_card_of_ems_fl_names_every_claim_that_was_not_reproduced(project):
    text = (project / "docs/papers/ems_fl.md").read_text()
    reasons = text.split("\n## What could not be reproduced")[1].split("\n## ")[0]
    claims = pd.read_csv(project / "results/experts/claims.csv")
    failed = claims["verdict"].isin(["not reproduced", "undecided"])
    assert set(claims["claim"][failed]) <= set(re.findall(r"C-C\w+", reasons))
