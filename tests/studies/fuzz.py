"""Damaged config files, made from good ones by a seed."""

import re
from random import Random

FILES = (
    *("config.yaml", "studies/tiny.yaml", "studies/tiny.yaml", "studies/tiny.yaml"),
    *("studies/sky.yaml", "scales/quick.yaml", "cards/tiny.yaml"),
    *("datasets/clouds.yaml", "plotting.yaml"),
)
"""Files that are damaged, the study thrice as often."""
VALUES = [
    *("inf", ".inf", "-.INF", ".nan", "NaN", "1e999", "-1e999", "1e-400", "1e308"),
    *("0", "-0", "-1", "1", "2.5", "1e6", "1e12", "0x7fffffffffffffff", "0o17", "08"),
    *("022", "1:30", "1_000", "1,5", "9" * 5000, "1" + "0" * 400, "+.5", "1e-3", "-"),
    *("null", "~", "", "true", "NO", "on", "yes", "off", "=", "<<", "*a", "&a x", "&a"),
    *(
        "[]",
        "{}",
        "[1, 2]",
        "[null]",
        "{a: 1}",
        "[[[[[]]]]]",
        "{name: mlp}",
        "{name: }",
    ),
    *("2026-01-01", "2026-13-45", "2026-01-01T00:00:00Z", "2026-02-30T00:00:00Z"),
    *("'9999-12-31T23:59:59+14:00'", "'0001-01-01T00:00:00Z'", "'2026-01-01T24:00Z'"),
    *('"\\x1b[31m"', '"\\0"', '"\\u202e"', '"\\ud800"', '"a\\nb"', '"\\t"', "'x\ty'"),
    *(
        "../x",
        "/",
        ".",
        "..",
        "a/b",
        "x" * 300,
        "x" * 5000,
        "é",
        "Ａ",
        "$HOME",
        "~root",
    ),
    *("!!int x", "!!python/object:os.system [ls]", "!!binary aaaa", "!!set {a}"),
    *("!!timestamp 2026-13-45", "!!float 1", "!!str 5", "!x 1", "! 1", "!!null x"),
    *("(A+)+B", "(((((", "[" * 2000 + "]" * 2000, "{a: " * 50 + "}" * 50, "[" * 99_999),
    *("walker", "file", "celestrak", "fedmeld", "quadratic", "shards", "satellites"),
    *("config.yaml", "data", "loop", "@x", "`x`", "%x", "</script>", "|", ">-", "? x"),
]
LINES = [
    *("1: x", "null: x", "true: x", "? [a]\n: b", "? {a: b}\n: c", '"": 1', "<<: 3"),
    *("---", "...", "%YAML 1.1", "%TAG ! tag:yaml.org,2002:", "\tx: 1", "- a", "x"),
    *("<<: {hours: 2}", "<<: *a", "a: &a [*a]", "a: !!omap [b: 1]", "scale: quick"),
    *("extends: tiny", "extends: fedmelt", "extends: [a]", "kind: orbits", "kind: []"),
    *("provenance: 3", "provenance: assumed", "sweeps: {x: null}", "figures: [1]"),
    *("strategies: {hfl: }", "strategies: [hfl]", "strategies: {'1': {}}"),
    "a: &a {x: 1}\nb: &b {y: [*a, *a, *a]}\nc: &c {z: [*b, *b, *b]}",
    "a: &a [x, x, x, x]\n"
    + "".join(
        f"{n}: &{n} [{', '.join([f'*{o}'] * 9)}]\n"
        for o, n in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "sweeps:\n  x:\n    strategies: [hfl]\n    over:\n"
    + "".join(
        f"      - {key}: [{', '.join(map(str, range(1, 101)))}]\n"
        for key in ("scenario.hours", "clients.per_region", "training.batch_size")
    ),
]
ENCODINGS = ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp500", "utf-7"]


def damaged(text: str, random: Random) -> bytes:
    """Return the text of a good file with some damage."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        text = random.choice(BY_LINE)(text, random)
    content = text.encode(errors="surrogatepass")
    kind = random.random()
    if kind < 0.1:
        return _by_bytes(content, random)
    if kind < 0.13:
        return text.encode(random.choice(ENCODINGS), errors="replace")
    return content


def _line(text: str, random: Random) -> tuple[list[str], int]:
    """Return the lines of a text, and the number of one that holds something."""
    lines = text.splitlines() or ["x: 1"]
    return lines, random.randrange(len(lines))


def _other_value(text: str, random: Random) -> str:
    places = [m.span(1) for m in re.finditer(r"(?:: |- |[\[,] ?)([^\s,\]{}]+)", text)]
    if not places:
        return text
    start, end = random.choice(places)
    return f"{text[:start]}{random.choice(VALUES)}{text[end:]}"


def _other_key(text: str, random: Random) -> str:
    places = [m.span(1) for m in re.finditer(r"([\w.]+):", text)]
    if not places:
        return text
    start, end = random.choice(places)
    key = random.choice([text[start:end][:-1], "x", "1", "null", "<<", "é", "? a", ""])
    return f"{text[:start]}{key}{text[end:]}"


def _dropped(text: str, random: Random) -> str:
    lines, at = _line(text, random)
    return "\n".join(lines[:at] + lines[at + random.randint(1, 5) :]) + "\n"


def _doubled(text: str, random: Random) -> str:
    lines, at = _line(text, random)
    return "\n".join(lines[:at] + [lines[at]] + lines[at:]) + "\n"


def _moved(text: str, random: Random) -> str:
    lines, at = _line(text, random)
    lines[at] = random.choice(["", "  ", "    ", "\t"]) + lines[at].strip()
    return "\n".join(lines) + "\n"


def _with_line(text: str, random: Random) -> str:
    lines, at = _line(text, random)
    indent = re.match(" *", lines[at])[0]
    more = [indent + line for line in random.choice(LINES).splitlines()]
    return "\n".join(lines[:at] + more + lines[at:]) + "\n"


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


BY_LINE = [
    *[_other_value] * 6,
    *[_with_line] * 2,
    *(_other_key, _dropped, _doubled, _moved, _cut),
]


def _by_bytes(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(changed) + 1)
        changed[at : at + random.randint(0, 2)] = random.randbytes(random.randint(0, 2))
    return bytes(changed)
