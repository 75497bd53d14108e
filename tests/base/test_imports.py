from fedorbit.base.imports import module_files, program_files

FILES = {
    "scripts/run.py": "import tool\nfrom house.kitchen import (\n  cook,\n  Oven)\n",
    "scripts/tool.py": "import json, os\n",
    "lib/house/__init__.py": '"""From house import nothing."""\n',
    "lib/house/kitchen.py": "def cook():\n    from house import stove\n",
    "lib/house/stove.py": "from numpy import pi\n",
    "lib/house/cellar.py": "",
    "lib/house/dishes/soup.py": "",
    "lib/house/dishes/stew/__init__.py": "",
    "lib/house/dishes/stew/meat.py": "",
}


def write(folder):
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_program_is_all_that_it_imports_at_any_depth_and_remove(tmp_path):
    write(tmp_path)
    roots = [tmp_path / "scripts", tmp_path / "lib"]
    found = program_files([tmp_path / "scripts/run.py"], roots)
    names = [str(path.relative_to(tmp_path)) for path in found]
    # The module house is named by `from house import stove` alone.
    assert sorted(names) == [
        "lib/house/__init__.py",
        "lib/house/kitchen.py",
        "lib/house/stove.py",
        "scripts/run.py",
        "scripts/tool.py",
    ]


def test_what_is_found_by_name_is_a_file_or_all_of_a_folder(tmp_path):
    write(tmp_path)
    dishes = tmp_path / "lib/house/dishes"
    assert module_files(dishes, "soup") == [dishes / "soup.py"]
    stew = [dishes / "stew/__init__.py", dishes / "stew/meat.py"]
    assert module_files(dishes, "stew") == stew
