"""Damaged files of satellites and sites, made from good ones by a seed."""

import gzip
import json
from random import Random

from tests.orbits.made import elements, lines_of
from tests.orbits.test_messages import MESSAGE, TEXTS

NAMES = ["ISS (ZARYA)", "STARLINK-1", "CAFÉ 2", "0 TBA - TO BE ASSIGNED", "1 KUNS"]
TOKENS = [
    "inf",
    "-inf",
    "NaN",
    "true",
    "null",
    "None",
    "NA",
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1e999",
    "1e-400",
    "1e3",
    "360",
    "361",
    "400",
    "180.0001",
    "0x10",
    "1_0",
    "1,5",
    "1.5.2",
    "+5",
    "５",
    "٣",
    "9" * 5000,
    "1" + "0" * 400,
    '"',
    "[]",
    "{}",
    "[1]",
    '{"a": 1}',
    "\x1b[31m",
    "\u202e",
    "\u00a0",
    "\t",
    "\0",
    "\ud7ff",
    "</x>",
    "<!-- -->",
    "&amp;",
    "SGP4-XP",
    "EME2000",
    "TAI",
    "=1+1",
    "2026-02-30T00:00:00",
    "2026-366T12:00:00",
    "9999-12-31T23:59:60Z",
]
ENCODINGS = ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "utf-7", "cp500"]


def good_list(random: Random) -> tuple[str, str]:
    """Return a form and the text of a good list of satellites in it."""
    form = random.choice(["tle", "tle", *TEXTS])
    count = random.randint(1, 4)
    if form == "tle":
        text = ""
        for _ in range(count):
            satellite = elements(
                random.uniform(300, 2000),
                random.choice([0.0, 0.01, 0.6]),
                random.uniform(0, 180),
                random.uniform(0, 359),
                anomaly_deg=random.uniform(0, 359),
                b_star=random.choice([0.0, 1e-4, -2e-3]),
            )
            name = random.choice([*NAMES, ""])
            text += f"{name}\n" * bool(name) + "\n".join(lines_of(satellite)) + "\n"
        return form, text
    messages = [
        MESSAGE
        | {
            "OBJECT_NAME": random.choice(NAMES),
            "NORAD_CAT_ID": random.choice([5, 99999, 100001, 799501299]),
            "INCLINATION": round(random.uniform(0, 180), 4),
            "MEAN_ANOMALY": round(random.uniform(-360, 720), 4),
        }
        for _ in range(count)
    ]
    if form == "json" and random.random() < 0.3:
        return form, "\n".join(map(json.dumps, messages))
    return form, TEXTS[form](*messages)


def good_sites(random: Random) -> str:
    """Return the text of a good table of sites."""
    mask = random.random() < 0.3
    text = "name,latitude_deg,longitude_deg,altitude_m"
    text += ",min_elevation_deg\n" if mask else "\n"
    for number in range(random.randint(1, 4)):
        name = random.choice(["Paris", "NA", "São Paulo", "null", "Zürich"])
        text += f"{name} {number},{random.uniform(-90, 90):.4f},"
        text += f"{random.uniform(-180, 360):.4f},{random.randint(-500, 9000)}"
        text += random.choice([",5", ","]) + "\n" if mask else "\n"
    return text


def damaged(text: str, random: Random) -> bytes:
    """Return a text with some damage, in some encoding."""
    for _ in range(random.choice([0, 1, 1, 1, 2, 5])):
        text = random.choice(DAMAGES)(text, random)
    chance = random.random()
    if chance < 0.8:
        content = text.encode("utf-8", "replace")
    else:
        content = text.encode(random.choice(ENCODINGS), "replace")
    if chance > 0.97:
        content = gzip.compress(content)
    if random.random() < 0.1:
        place = random.randrange(len(content) + 1)
        noise = random.randbytes(random.randint(0, 4))
        content = content[:place] + noise + content[place + random.randint(0, 4) :]
    return content


def _character(text: str, random: Random) -> str:
    place = random.randrange(len(text) + 1)
    new = random.choice(["", chr(random.randint(0, 255)), random.choice("0123456789")])
    return text[:place] + new + text[place + random.randint(0, 1) :]


def _token(text: str, random: Random) -> str:
    """Put something strange in the place of a word."""
    words = text.replace(",", " , ").replace("<", " <").replace(">", "> ").split(" ")
    words = [word for word in words if word.strip()]
    old = random.choice(words or ["x"]).strip()
    return text.replace(old, random.choice(TOKENS), random.choice([1, 1, -1]))


def _cut(text: str, random: Random) -> str:
    first, last = sorted(random.randrange(len(text) + 1) for _ in range(2))
    return random.choice([text[:last], text[first:], text[:first] + text[last:]])


def _lines(text: str, random: Random) -> str:
    lines = text.splitlines() or [""]
    place, other = random.randrange(len(lines)), random.randrange(len(lines))
    change = random.randrange(5)
    if change == 0:
        del lines[place]
    elif change == 1:
        lines[place], lines[other] = lines[other], lines[place]
    elif change == 2:
        lines.insert(place, lines[other])
    elif change == 3:
        lines.insert(place, random.choice(["# remark", "", "/EX", "1 2 3", "\x1a"]))
    else:
        lines[place] += lines[other]
    return random.choice(["\n", "\r\n", "\r", "\n\n"]).join(lines) + "\n"


def _swap(text: str, random: Random) -> str:
    old, new = random.choice(
        [(",", ";"), (".", ","), (" ", "\u00a0"), (" ", "\t"), ("{", "[" * 3000)]
        + [("0", "O"), ("1", "l"), ('"', "'"), ("\n", ""), ("A", "А")]
    )
    return text.replace(old, new, random.choice([1, 3, -1]))


DAMAGES = [_character, _character, _token, _token, _cut, _lines, _swap]
