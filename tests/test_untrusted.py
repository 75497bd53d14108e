"""What comes from elsewhere runs no code and writes nowhere but in the project.

Archives are tested in tests/data/test_given.py, checkpoints in
tests/learn/test_checkpoint.py, arrays in tests/data/test_datasets.py, and that YAML
makes no objects in tests/test_settings.py.
"""

import ast
import json
import pickle
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError
from tests.data.made_sets import publish, write_set
from tests.report.test_figures import LOOKS, PLANS

from fedorbit.base.errors import SettingsError
from fedorbit.base.files import read_table, seal
from fedorbit.base.settings import Name, parse
from fedorbit.base.yaml_files import read_yaml
from fedorbit.data.given import contents
from fedorbit.data.homes import region_homes
from fedorbit.data.published import read_published
from fedorbit.data.settings import parse_dataset_settings
from fedorbit.orbits.download import Snapshot, read_snapshot
from fedorbit.orbits.sources import CelesTrak
from fedorbit.plans.plan import Plan
from fedorbit.report.figures.declared import read_figures
from fedorbit.report.figures.map import plot_map
from fedorbit.report.figures.partition import plot_partition
from fedorbit.report.figures.style import save
from fedorbit.report.figures.timeline import plot_timeline
from fedorbit.studies.axes import Sweep
from fedorbit.studies.config import load_config
from fedorbit.studies.parts import GroundScenario
from fedorbit.studies.stages import STAGES
from fedorbit.studies.study import load_study
from fedorbit.studies.sweeps import expand

TRICKS = [
    "../elsewhere",
    "/tmp/elsewhere",
    "a/b",
    "..",
    ".",
    "",
    "~",
    "a b",
    "a\n",
    "{study}",
    '"; rm -rf ~"',
    "$(touch harm)",
    "`touch harm`",
    "<script>alert(1)</script>",
]
# Modules and functions that run what a file or a name says.
PICKLING = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
NEVER = re.compile(
    r"(builtins\.)?(eval|exec|__import__)|os\.(system|popen|exec\w+|spawn\w+)|pty\.spawn"
    r"|runpy\.run_\w+|subprocess\.get(status)?output|asyncio\.create_subprocess_shell"
    r"|shutil\.unpack_archive|yaml\.(unsafe|full)_load(_all)?|yaml\.load_all"
    r"|pandas\.(io\.pickle\.)?(read_pickle|eval)|torch\.(jit|hub)\.load"
)
SAFELY = {
    "torch.load": ("weights_only", "True"),
    "numpy.load": ("allow_pickle", "False"),
    "yaml.load": (1, "_Loader"),
}
SHELL = re.compile(r"(.*/)?(ba|da|z|k)?sh")


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def code_of(project: Path) -> list[Path]:
    folders = [project / name for name in ("src", "workflow", "scripts", "bench")]
    return [path for folder in folders for path in folder.rglob("*.py")]


def imports(tree: ast.AST) -> dict[str, str]:
    """Return what the names that a file imports stand for, in full."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            tops = [(a.asname or a.name.split(".")[0], a) for a in node.names]
            found |= {name: a.name if a.asname else name for name, a in tops}
        elif isinstance(node, ast.ImportFrom):
            whole = f"{node.module}." if node.module else ""
            found |= {a.asname or a.name: f"{whole}{a.name}" for a in node.names}
    return found


def dangers(path: Path) -> set[str]:
    """Return the names and calls of a file that could run what they read."""
    tree = ast.parse(path.read_text())
    known = imports(tree)
    # The error of a broken file, which is caught, reads nothing.
    used = {*known.values()} - {"pickle.UnpicklingError"}
    found = {name for name in used if name.split(".")[0] in PICKLING}
    safe = set()
    for node in ast.walk(tree):  # from the outside in, so calls before their names
        if isinstance(node, ast.Call):
            given = dict(enumerate(map(ast.unparse, node.args)))
            given |= {k.arg: ast.unparse(k.value) for k in node.keywords}
            safe |= {
                (node.func, name)
                for name, (k, v) in SAFELY.items()
                if given.get(k) == v
            }
            if given.get("shell", "False") != "False":
                found.add("shell=True")
            if given.get("filter") == "'data'":
                safe |= {(node.func, "extract"), (node.func, "extractall")}
        elif isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
            first, second = map(ast.unparse, node.elts[:2])
            if SHELL.fullmatch(first.strip("'")) and second.startswith("'-"):
                found.add("a shell")
        elif isinstance(node, ast.Name | ast.Attribute):
            head, dot, rest = ast.unparse(node).partition(".")
            name = known.get(head, head) + dot + rest
            last = name.rpartition(".")[2]
            if NEVER.fullmatch(name) or (name in SAFELY and (node, name) not in safe):
                found.add(name)
            if dot and last in ("extract", "extractall") and (node, last) not in safe:
                found.add(name)
    return found


def test_no_code_reads_files_in_a_way_that_could_run_them(project):
    paths = code_of(project)
    assert {"verify.py", "engine.py", "train.py"} <= {path.name for path in paths}
    found = {path.name: dangers(path) for path in paths if dangers(path)}
    # Which names what a pickle may make: tests/data/test_newsgroups.py.
    assert found == {"plain_pickle.py": {"pickle"}}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import pickle as harmless",
        "from pickle import loads",
        "import joblib",
        "import torch; torch.load(path)",
        "import torch; torch.load(path, weights_only=False)",
        "from torch import load; load(path, weights_only=False)",
        "from torch import load as read; read(path)",
        "import torch; torch.jit.load(path)",
        "from torch import jit; jit.load(path)",
        "import numpy as np; np.load(path)",
        "import numpy; numpy.load(path, allow_pickle=True)",
        "import numpy as np; read = np.load",
        "import pandas; pandas.read_pickle(path)",
        "import pandas as pd; pd.read_pickle(path)",
        "import yaml; yaml.load(text, yaml.Loader)",
        "from yaml import unsafe_load; unsafe_load(text)",
        "archive.extractall(folder)",
        "tarfile.open(path).extract(member, filter='fully_trusted')",
        "from shutil import unpack_archive as unpack; unpack(path)",
        "import subprocess; subprocess.run(name, shell=True)",
        "import subprocess; subprocess.run(['sh', '-c', name])",
        "command = ('/bin/bash', '-lc', name)",
        "import subprocess; subprocess.getoutput(name)",
        "from os import system; system(name)",
        "import os.path; os.popen(name)",
        "import os as o; o.execvp(name, [name])",
        "import runpy; runpy.run_path(path)",
        "eval(text)",
        "import builtins; builtins.exec(text)",
        "from builtins import eval as count; count(text)",
        "list(map(eval, texts))",
    ],
)
def test_the_search_for_dangers_finds_them(code, tmp_path):
    (tmp_path / "code.py").write_text(code)
    assert len(dangers(tmp_path / "code.py")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "from pickle import UnpicklingError",
        "from torch import load; load(path, weights_only=True)",
        "import numpy; numpy.load(path, allow_pickle=False)",
        "import yaml; yaml.load(text, _Loader)",
        "archive.extractall(folder, filter='data')",
        "model.eval(); json.load(file); re.compile(text)",
        "import subprocess; subprocess.run(['git', '-C', path], shell=False)",
    ],
)
def test_the_search_for_dangers_lets_others_pass(code, tmp_path):
    (tmp_path / "code.py").write_text(code)
    assert dangers(tmp_path / "code.py") == set()


def test_a_table_with_code_in_its_metadata_does_not_run_it(tmp_path):
    metadata = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Harmful(tmp_path / "harm")),
    }
    field = pa.field("a", pa.int64(), metadata=metadata)
    table = pa.table([pa.array([1, 2])], schema=pa.schema([field]))
    path = tmp_path / "x.parquet"
    pyarrow.parquet.write_table(table, path)
    with open(path, "r+b") as file:
        seal(file)
    assert len(read_table(path)) == 2
    assert not (tmp_path / "harm").exists()


def test_a_batch_of_cifar_that_somebody_changed_is_not_unpickled(
    tmp_path, monkeypatch, refused
):
    given = tmp_path / "given"
    write_set("cifar10", given)
    publish(monkeypatch, "cifar10")
    monkeypatch.setenv("FEDORBIT_DATA", str(given))
    read_published("cifar10", tmp_path / "raw")
    batches = tmp_path / "raw" / "cifar10" / "cifar-10-batches-py"
    for name in ("data_batch_1", "test_batch", "batches.meta"):
        whole = (batches / name).read_bytes()
        (batches / name).write_bytes(pickle.dumps(Harmful(tmp_path / "harm")))
        assert "no longer whole" in refused(read_published, "cifar10", tmp_path / "raw")
        assert not (tmp_path / "harm").exists()
        (batches / name).write_bytes(whole)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_name_is_no_path_and_no_command(trick, refused):
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(trick)
    config = {
        "studies": ["fedmeld"],
        "scale": "quick",
        "seeds": [0, 1, 2],
        "engine": {
            "device": "cpu",
            "numerics": "fast",
            "checkpoint_operations": 1,
        },
    }
    load_config(config, "config.yaml")
    for key, value in (("studies", [trick]), ("scale", trick)):
        assert refused(load_config, config | {key: value}, "x").startswith(f"x: {key}")
    with pytest.raises(ValidationError):
        CelesTrak(source="celestrak", group=trick)


@pytest.mark.parametrize(
    "key", ["card", "dataset", "sweeps/../out", "strategies/../out"]
)
def test_a_study_names_nothing_outside_the_project(key, project, tmp_path, refused):
    shutil.copytree(project / "config", tmp_path / "config")
    path = tmp_path / "config/studies/fedmeld.yaml"
    study, scale = (
        yaml.safe_load(path.read_text()),
        tmp_path / "config/scales/quick.yaml",
    )
    part, _, name = key.partition("/")
    if name:
        study[part] = {**study[part], name: next(iter(study[part].values()))}
    else:
        study[part] = "../../out"
        scale.write_text(
            yaml.safe_dump(
                {
                    k: v
                    for k, v in yaml.safe_load(scale.read_text()).items()
                    if k != part
                }
            )
        )
    path.write_text(yaml.safe_dump(study))
    sentence = refused(load_study, tmp_path / "config", "fedmeld", "quick")
    assert part in sentence and "../out" in sentence


@pytest.mark.parametrize("key", ["regions.file", "stations.file", "constellation.path"])
@pytest.mark.parametrize("path", ["../out", "data/../../out", "$FEDORBIT_DATA/../out"])
def test_no_relative_path_of_a_scenario_leads_upwards(key, path, project, refused):
    study = yaml.safe_load((project / "config/studies/fedmeld.yaml").read_text())
    values = study["scenario"] | {"constellation": {"source": "file", "path": "x.tle"}}
    part, name = key.split(".")
    for fine in ("/elsewhere/../out", "$FEDORBIT_DATA/out", "data/out..csv"):
        values[part] = values[part] | {name: fine}
        parse(GroundScenario, values, "x.yaml")
    values[part] = values[part] | {name: path}
    sentence = refused(parse, GroundScenario, values, "x.yaml")
    assert sentence.startswith(f"x.yaml: {key}: {path!r} leads upwards by '..'; ")


def test_no_sweep_takes_a_study_upwards(project, tmp_path, refused):
    shutil.copytree(project / "config", tmp_path / "config")
    path = tmp_path / "config/studies/fedmeld.yaml"
    study = yaml.safe_load(path.read_text())
    over = {"scenario.regions.file": ["data/../../out.csv"]}
    study["sweeps"]["out"] = {"strategies": ["fedmeld"], "over": [over]}
    path.write_text(yaml.safe_dump(study))
    sentence = refused(load_study, tmp_path / "config", "fedmeld", "quick")
    assert "'data/../../out.csv' leads upwards" in sentence


def test_no_relative_path_of_a_folder_of_images_leads_upwards(refused):
    values = {"source": "imagefolder", "origin": "x", "size_px": 8}
    parse_dataset_settings(values | {"path": "/pets/../cats"}, "x.yaml")
    sentence = refused(parse_dataset_settings, values | {"path": "../pets"}, "x.yaml")
    assert sentence.startswith("x.yaml: path: '../pets' leads upwards")


@pytest.mark.parametrize("trick", TRICKS)
def test_no_setting_of_a_sweep_is_a_path_or_a_command(trick):
    base = {"strategies": {"oracle_sync": {}}, "dataset": "digits"}
    swept = {"a": Sweep(strategies=["oracle_sync"], over=[{"dataset": [trick]}])}
    try:
        settings = expand(base, swept, ("partition", "run")).settings
    except SettingsError as error:
        assert "which no folder should have" in str(error)
    else:
        # Of a path the last part is the name; nothing of it leads elsewhere.
        for name in settings:
            assert re.fullmatch(r"default|dataset=[A-Za-z0-9_.+-]*", name)


def test_the_record_of_a_snapshot_leads_nowhere_else(tmp_path, refused):
    record = {
        "group": "../../secret",
        "url": "https://celestrak.org",
        "downloaded": "2026-01-01T00:00:00Z",
        "sha256": "0",
        "satellites": 1,
        "first_epoch": "2026-01-01T00:00:00Z",
        "last_epoch": "2026-01-01T00:00:00Z",
    }
    path = tmp_path / "snapshot.json"
    Snapshot.model_validate_json(json.dumps(record | {"group": "starlink"}))
    path.write_text(json.dumps(record))
    assert "group is '../../secret'" in refused(read_snapshot, path, tmp_path)


def sections(project: Path) -> list[tuple[str, str, str]]:
    """Return rule, section and text of every section of every rule."""
    found = []
    for path in sorted((project / "workflow/rules").glob("*.smk")):
        for rule, body in re.findall(
            r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), re.M | re.S
        ):
            parts = re.findall(r"^    (\w+):(.*?)(?=^    \w|\Z)", body, re.M | re.S)
            found += [(rule, name, text) for name, text in parts]
    return found


def test_rules_write_below_the_folders_of_results_data_and_logs_alone(project):
    places = ("results/{study}/", "data/datasets/{dataset}.npz", "logs/", "benchmarks/")
    places += ("data/models/{foundation}.safetensors",)
    of_all = {"results/report.html", "results/index.html"}
    known = {"study", "setting", "strategy", "dataset", "figure", "age_days"}
    known |= {"foundation", "job"}
    stages = [path for stage in STAGES.values() for path in stage.results]
    written = [f"results/{{study}}/{path}" for path in stages]
    for _, name, text in sections(project):
        if name in ("output", "log", "benchmark"):
            written += [
                path
                for path in re.findall(r'"([^"]+/[^"]+)"', text)
                if not path.startswith("../report/")
            ]
    assert len(written) > 60
    designs = {"{DESIGNS}": "results/{study}/designs", "{{": "{", "}}": "}"}
    for path in written:
        for short, whole in designs.items():
            path = path.replace(short, whole)
        assert path.startswith(places) or path in of_all
        assert ".." not in path
        assert set(re.findall(r"\{(\w+)\}", path)) <= known


def test_every_word_of_the_one_shell_command_is_quoted(project):
    shells = [(rule, text) for rule, name, text in sections(project) if name == "shell"]
    assert [rule for rule, _ in shells] == ["write_report"]
    words = re.findall(r"\{([^}]*)\}", shells[0][1])
    assert len(words) >= 4
    assert all(word.endswith(":q") for word in words)


def test_captions_hold_nothing_of_a_config_but_what_is_no_markup(project):
    found = set()
    for path in (project / "workflow/report").glob("*.rst"):
        found |= set(re.findall(r"\{[{%](.*?)[}%]\}", path.read_text()))
    assert {words.strip() for words in found} == {
        'snakemake.config["scale"]',
        "snakemake.params.group",
        'snakemake.params.drawing["group"]',
        'snakemake.params.figure["sweep"]',
        'snakemake.params.figure["description"]',
        *('for path in snakemake.config["linked"]', "path", "endfor"),
        *('if snakemake.params.figure["draw"] == "lines"', "endif"),  # shows nothing
    }


@pytest.mark.parametrize(
    "text",
    ["a\n\n.. include:: /etc/passwd", "`a <javascript:alert(1)>`_", "|a|", "a\rb"],
)
def test_the_description_of_a_figure_holds_no_markup(text, refused):
    figure = {"x": "a.b", "y": ["loss"]}
    read_figures({"own": figure | {"description": "A, b: 5 % (c)."}}, lambda keys: "x")
    values = {"own": figure | {"description": text}}
    sentence = refused(read_figures, values, lambda keys: "x.yaml")
    assert sentence.startswith("x.yaml: figures.own: description is ")


@pytest.mark.parametrize(
    "text",
    [
        "description: a </script><script>alert(1)</script>",
        'description: "a \\x3c/script>"',
        "list:\n- <!-- a comment",
        "</script>: 1",
    ],
)
def test_a_config_with_markup_for_the_report_is_refused(text, tmp_path, refused):
    path = tmp_path / "study.yaml"
    path.write_text(f"first: p < 0.05 and a/b\n{text}\n")
    sentence = refused(read_yaml, path, "write it")
    assert sentence.startswith(f"{path}, line ")
    assert "would be markup in the report" in sentence


@pytest.mark.parametrize("name", ["$\\bad$", "</text><script>alert(1)</script>", "a&b"])
def test_figures_draw_names_as_they_are(name, tmp_path):
    sites = pd.DataFrame({"name": [name], "latitude_deg": [5], "longitude_deg": [9]})
    line = pd.DataFrame({"line": [0, 0], "longitude_deg": [0, 9], "latitude_deg": 1})
    track = line.assign(carrying=True)
    columns = {"seed": 0, "sample": [0, 1], "client": [0, 0], "region": name}
    partition = pd.DataFrame(columns)
    renamed = {"North": name, "region/North": f"region/{name}"}
    meld = PLANS["fedmeld"]
    plan = Plan(meld.ops.replace(renamed), meld.ledger.replace(renamed))
    figures = {
        "map": plot_map(line, sites, sites, track, name),
        "partition": plot_partition(partition, pd.Series([0, 1]).to_numpy(), [name]),
        "timeline": plot_timeline(
            {"fedmeld": plan}, region_homes([name, "South"], 1), [], LOOKS, 1.0
        ),
    }
    for title, figure in figures.items():
        save(figure, tmp_path / f"{title}.svg")
        root = ElementTree.parse(tmp_path / f"{title}.svg").getroot()
        texts = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("text")]
        assert name in texts, title
        assert not [e for e in root.iter() if e.tag.endswith("script")]


def test_a_folder_that_is_linked_into_itself_is_refused(tmp_path, refused):
    cats = tmp_path / "pets" / "cats"
    cats.mkdir(parents=True)
    (cats / "all").symlink_to(tmp_path / "pets")
    sentence = refused(lambda: list(contents(tmp_path / "pets")))
    assert sentence.startswith(f"{cats / 'all'}: a link to a folder that holds it")


@pytest.mark.parametrize("target", ["/dev/null", "nothing"])
def test_a_link_to_a_device_or_to_nothing_is_refused(target, tmp_path, refused):
    (tmp_path / "cat.png").symlink_to(target)
    assert "no plain file" in refused(lambda: list(contents(tmp_path)))
