"""Figures as text in which no more changes than what they show."""

import re

TAG = re.compile(r"<[^!?][^>]*>")
HASHED = re.compile(r'(?<= id=")\w*[0-9a-f]{10}(?=")')
"""Names that Matplotlib makes of checksums: of clip paths, markers, hatches, images."""
NAME = re.compile(r'(?<= id=")\w+(?=")|(?<=href="#)\w+(?=")|(?<=url\(#)\w+(?=\))')
PLACES = re.compile(r' (?:d|x|y|width|height)="[^"]*"|(?:translate|rotate)\([^)]*\)')
NUMBER = re.compile(r"-?\d+\.\d+")
DECIMALS = 2
"""Decimals of coordinates: a hundredth of a point, which nobody sees."""


def settled(svg: str) -> str:
    """Return an SVG of Matplotlib's with rounded coordinates and numbered names.

    Matplotlib names what it uses again by a checksum of its numbers, so that another
    last digit, as of another processor, changes names all over the file. Here they
    are numbered in their order. Words and colours stay.
    """
    hashed = dict.fromkeys(HASHED.findall(svg))
    names = {name: f"id{number}" for number, name in enumerate(hashed, start=1)}

    def settle(tag: re.Match) -> str:
        named = NAME.sub(lambda found: names.get(found[0], found[0]), tag[0])
        return PLACES.sub(lambda places: NUMBER.sub(_rounded, places[0]), named)

    return TAG.sub(settle, svg)


def _rounded(number: re.Match) -> str:
    """Return a number with few decimals, without zeros at its end."""
    # Zero is added, as -0.001 is not to become -0.
    few = f"{round(float(number[0]), DECIMALS) + 0.0:.{DECIMALS}f}"
    return few.rstrip("0").rstrip(".")
