import pandas as pd


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


def test_the_verdicts_in_the_card_of_fedmeld_are_those_of_the_study(project):
    text = (project / "docs/papers/fedmeld.md").read_text()
    quoted = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in text.splitlines()
        if line.startswith("| A-C")
    ]
    claims = pd.read_csv(project / "results/fedmeld/claims.csv")
    made = [
        (row.claim, row.statement, _told(row), row.verdict)
        for row in claims.itertuples(index=False)
    ]
    assert quoted == made


def _told(row) -> str:
    """Return a value with its interval, as the card has it."""
    if row.value_low == row.value_high:
        return f"{row.value:.3g}"
    return f"{row.value:.3g} ({row.value_low:.3g} to {row.value_high:.3g})"
