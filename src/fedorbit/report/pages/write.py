"""Pages and listings as files."""

from pathlib import Path

from fedorbit.base.files import whole


def write_text(text: str, path: str | Path) -> None:
    """Write text as UTF-8, whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
