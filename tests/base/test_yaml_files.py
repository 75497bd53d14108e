import os

import pytest

from fedorbit.base.yaml_files import plain_value, read_yaml


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "cart.yaml"
        path.write_text(text)
        return path

    return write


def test_yaml_is_read_as_a_mapping(written):
    path = written("name: cart\nfront: {spokes: 8}\n")
    assert read_yaml(path, "add it") == {"name": "cart", "front": {"spokes": 8}}


def test_a_missing_file_comes_with_the_remedy(refused, tmp_path):
    path = tmp_path / "nowhere.yaml"
    sentence = refused(read_yaml, path, "choose another")
    assert sentence == f"{path}: there is no such file; choose another."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: cart\nload_kg: [1, 2\nshare: 0.5\n", 3),
        ("name: cart\n\tload_kg: 1\n", 2),
        ("name: cart\nload_kg: 1: 2\n", 2),
        ("name: cart\nload_kg: {{load}}\n", 2),
    ],
)
def test_bad_yaml_is_reported_with_its_line(refused, written, text, line):
    path = written(text)
    sentence = refused(read_yaml, path, "add it")
    assert sentence.startswith(f"{path}, line {line}: not valid YAML")


def test_yaml_can_not_make_objects(refused, written):
    path = written("name: !!python/object/apply:os.getcwd []\n")
    assert "line 1" in refused(read_yaml, path, "add it")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "- cart\n", "cart\n"])
def test_a_file_without_keys_is_refused(refused, written, text):
    path = written(text)
    assert refused(read_yaml, path, "add some").startswith(f"{path}: holds no keys")


def test_a_key_that_stands_twice_is_refused(refused, written):
    path = written("name: cart\nshare: 0.5\nname: wagon\n")
    sentence = refused(read_yaml, path, "add some")
    assert sentence.startswith(f"{path}, line 3") and "name" in sentence


def test_a_file_that_is_not_text_is_refused(refused, tmp_path):
    path = tmp_path / "cart.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert refused(read_yaml, path, "add some").startswith(f"{path}")


# https://yaml.org/spec/1.2.2/#103-core-schema, and what people mean.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("022", 22),
        ("0o22", 18),
        ("0x1F", 31),
        ("-012", -12),
        ("+12", 12),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e-3", 0.001),
        ("12e9", 12e9),
        ("-.5E+2", -50.0),
        ("5.", 5.0),
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("false", False),
        ("~", None),
        ("Null", None),
        ("", None),
        (".inf", float("inf")),
        ("-.INF", -float("inf")),
        ("inf", "inf"),
        ("nan", "nan"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-13-45", "2026-13-45"),
        ("=", "="),
        ("'022'", "022"),
        ("!!str 022", "022"),
        ("!!float 1", 1.0),
        ("&a 5", 5),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(written, text, value):
    found = read_yaml(written(f"a: {text}\n"), "add it")["a"]
    assert found == value and type(found) is type(value)


def test_merge_keys_are_read(written):
    text = "b: &b {a: 1, c: 2}\nx: &x {<<: *b, a: 3}\ny: {<<: *x}\n"
    found = read_yaml(written(text), "add it")
    assert found["x"] == found["y"] == {"a": 3, "c": 2}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{other}'] * 10)}]\n"
    for other, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "nested more than 40 deep"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!int x", "'x' is no int"),
        ("a: !!bool yes", "'yes' is no bool"),
        ("a: !!python/object/apply:os.getcwd []", "the tag '!!python/object/apply:os"),
        ("a: !!binary aaaa", "the tag '!!binary'"),
        ("a: !!set {b}", "the tag '!!set'"),
        ("a: !!timestamp 2026-13-45", "the tag '!!timestamp'"),
        ("a: !!map [1]", "the tag '!!map'"),
        ("a: !mine 5", "the tag '!mine'"),
        ("a: " + "9" * 5000, "a number of 5000 characters"),
        ("a: " + "[" * 2000 + "]" * 2000, DEEP),
        ("a: " + "[" * 99_999, DEEP),
        ("{a: " * 99_999, DEEP),
        ("- " * 99_999, DEEP),
        (BOMB, "more than 100000 values"),
        ("a: &a [*a]", "more than 100000 values or 40 in one another"),
        ("a: *b", "undefined alias"),
        ("1: x", "the key 1 is no text; quote it"),
        ("null: x", "the key null is no text"),
        ("true: x", "the key true is no text"),
        ("? \n: x", "the key null is no text"),
        ('"": x', "a key of 0 characters"),
        ("x" * 201 + ": 1", "a key of 201 characters"),
        ("1: a\n'1': b", "the key 1 is no text"),
        ("? [a]\n: b", "the key a sequence is no text"),
        ("? {a: b}\n: c", "the key a mapping is no text"),
        ("a: b\n? a\n: c", "the key 'a' stands twice"),
        ("a: {b: 1, 'b': 2}", "the key 'b' stands twice"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("%YAML 2.0\n---\na: 1", "incompatible YAML document"),
        ('a: "\\x1b[31m"', "'\\x1b[31m' holds a character that nobody sees"),
        ('"\\u202ea": 1', "holds a character that nobody sees"),
    ],
)
def test_what_is_yaml_but_no_config_is_refused(refused, written, text, words):
    path = written(f"{text}\n")
    sentence = refused(read_yaml, path, "add it")
    assert sentence.startswith(f"{path}, line ") and words in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85x\x9b"])
def test_a_control_character_is_refused_and_not_printed(refused, tmp_path, character):
    path = tmp_path / "cart.yaml"
    path.write_text(f"a: b{character}c\n", newline="")
    sentence = refused(read_yaml, path, "add it")
    assert sentence.startswith(f"{path}") and sentence.isprintable()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_mark_is_read(tmp_path, encoding):
    path = tmp_path / "cart.yaml"
    path.write_bytes("a: \u00e9\n".encode(encoding))
    assert read_yaml(path, "add it") == {"a": "\u00e9"}


def test_what_is_no_file_of_text_is_refused(refused, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "latin.yaml").write_bytes("a: \u00e9\n".encode("cp1252"))
    (tmp_path / "large.yaml").write_bytes(b"a: b\n#" + b"x" * (1 << 20))
    for path, words in (
        (tmp_path, "Is a directory"),
        (tmp_path / "loop.yaml", "symbolic links"),
        (tmp_path / "latin.yaml", "line 1 holds the byte 0xe9"),
        (tmp_path / "large.yaml", "more than 1 MiB"),
    ):
        sentence = refused(read_yaml, path, "add it")
        assert sentence.startswith(f"{path}: ") and words in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_nobody_may_read_is_refused(refused, written):
    path = written("a: 1\n")
    path.chmod(0)
    assert "Permission denied" in refused(read_yaml, path, "add it")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("022", 22),
        ("1e-3", 0.001),
        ("NO", "NO"),
        ("1:30", "1:30"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_a_single_value_is_read_by_the_same_rules(text, value):
    found = plain_value(text)
    assert found == value and type(found) is type(value)
