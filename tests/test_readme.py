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
