"""What the README tells newcomers under "Share it", run as it stands there."""

import re

from tests.tiny import AFTER_PLANNING, EVERY_CHANGE

ADDRESS = "https://example.org/your/fedorbit"
MIXED = ["default", "mixing_ratio=0.5"]  # half was the study's own ratio, now 0.4
PLAN = ("ops.parquet", "ledger.parquet", "verdict.json")
REDONE = {
    *(f"plans/{s}/fedmeld/{name}" for s in MIXED for name in PLAN),
    *(f"runs/{setting}/fedmeld.parquet" for setting in MIXED),
    "tables/cells.csv",
}


def commands(project) -> list[str]:
    section = (project / "README.md").read_text().split("\n## Share it\n")[1]
    return section.split("```sh\n")[1].split("\n```")[0].splitlines()


def test_the_five_commands_of_the_readme(
    project, origin, shell, tmp_path, pretend_installed
):
    clone, pull, look, change, rerun = commands(project)
    assert f"git clone {ADDRESS} && cd fedorbit" == clone
    shell(tmp_path, clone.replace(ADDRESS, f"{origin} fedorbit"))
    folder = tmp_path / "fedorbit"
    pretend_installed(folder)
    shell(folder, pull)
    seen = shell(folder, look)
    assert "Nothing to be done" in seen
    assert "Data and pipelines are up to date." in seen
    shell(folder, change)
    changed = shell(folder, "git diff --unified=0 config")
    assert re.findall("^[-+] .*", changed, re.MULTILINE) == [
        "-    mixing_ratio: 0.5",
        "+    mixing_ratio: 0.4",
    ]
    shell(folder, change.replace("/fedmeld.yaml", "/tiny.yaml"))
    results = folder / "results" / "tiny"
    pulled_s = (results / "runs" / "default" / "hfl.parquet").stat().st_mtime
    shell(folder, rerun)
    redone = {
        str(path.relative_to(results))
        for path in results.rglob("*")
        if path.is_file() and path.stat().st_mtime > pulled_s
    } - {".gitignore"}
    of_all = {"results/report.html", "results/index.html"}
    assert redone | of_all == REDONE | AFTER_PLANNING | EVERY_CHANGE
