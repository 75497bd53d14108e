"""The files that a study is made of: its scale, what it extends, and its own.

For example, a study of five lines may extend ``fedmeld`` and run at the scale
``mnist``. Its values are those of the scale, with those of ``fedmeld`` in their place,
then what ``fedmeld`` says of the scale ``mnist`` under ``at_scale``, and last its own.
So a scale fills what studies leave open, and the study's own value wins. Each file is
read once, and tells the source of its own numbers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from fedorbit.base.errors import InputError
from fedorbit.base.settings import Settings, settings_below
from fedorbit.base.yaml_files import read_listed
from fedorbit.studies.kind import find_kind, kind_names
from fedorbit.studies.merging import OWN, extend, fill, merge, open_to

LEFT_OUT = frozenset(
    {
        *("sweeps", "figures"),
        *("perturbation", "candidate_stations", "draws", "availability"),
    }
)
"""These, or one of them, null leaves out; elsewhere it is a value."""
AT_SCALE = "at_scale"
"""What a study says of single scales: the name of each with values."""


@dataclass(frozen=True)
class Layer:
    """One file, as it is."""

    path: Path
    values: dict[str, Any]

    def at(self, scale: str) -> "Layer":
        """Return what the file says of a scale.

        A provenance of one text for the whole file is that of these values, too.
        """
        told = self.values.get("provenance")
        above = {"provenance": told} if isinstance(told, str) else {}
        return Layer(self.path, above | self.values.get(AT_SCALE, {}).get(scale, {}))


class Layers:
    """The files of a study at a scale, from the first to that whose values win."""

    def __init__(self, folder: Path, name: str, scale: str) -> None:
        """Read the files; raises ``InputError`` with the file and the remedy."""
        self._extended = _chain(folder, name)
        self.own = self._extended[-1]
        kinds = [
            layer.values["kind"] for layer in self._extended if "kind" in layer.values
        ]
        if not kinds:
            raise InputError(_without_kind(self._extended[0]))
        self.kind = _known_kind(kinds[-1], self.own.path)
        scaled = find_kind(self.kind).is_scaled
        path = folder / "scales" / f"{scale}.yaml"
        self._scale = [Layer(path, read_listed(path))] if scaled else []
        for layer in self._scale:
            _check_scale(layer)
        for layer in self._extended:
            _check_at_scale(layer, folder, self._is_known)
        self._scaled = [layer.at(scale if scaled else "") for layer in self._extended]

    @property
    def paths(self) -> list[Path]:
        """Return the files that say something."""
        return [layer.path for layer in (*self._scale, *self._extended)]

    @property
    def _all(self) -> list[Layer]:
        """Return all that says something, from the first to that whose values win."""
        pairs = zip(self._extended, self._scaled, strict=True)
        return [*self._scale, *(layer for pair in pairs for layer in pair)]

    def merged(self) -> dict[str, Any]:
        """Return the values of the study, without provenance."""
        values: dict[str, Any] = {}
        at_any_scale: dict[str, Any] = {}
        for layer, of_scale in zip(self._extended, self._scaled, strict=True):
            own = _values(layer)
            base = open_to(own, self._known(values), self._known(at_any_scale))
            at_any_scale = extend(self._known(at_any_scale), own)
            values = merge(extend(base, own), _said(of_scale))
            if isinstance(values.get("strategies"), Mapping):
                named = values["strategies"].items()
                values["strategies"] = {n: v for n, v in named if v is not None}
        for layer in self._scale:
            values = fill(values, self._known(_values(layer)))
        for key in LEFT_OUT.intersection(values):
            if values[key] is None:
                del values[key]
            elif isinstance(values[key], Mapping):
                kept = {n: v for n, v in values[key].items() if v is not None}
                values[key] = kept
        return values | {"kind": self.kind}

    def blame(self, keys: Sequence[str | int]) -> Path:
        """Return the file that a value comes from, or should."""
        is_taken = not keys or keys[0] not in OWN or keys[0] in self.own.values
        layers = self._all if is_taken else [*self._scale, self._scaled[-1]]
        for layer in reversed(layers) if keys else ():
            if _has(layer.values, keys):
                return layer.path
        return self.own.path

    def sources(self) -> Iterator[tuple[Path, dict[str, Any], dict[str, str]]]:
        """Yield each file with the values that it sets, and their provenance.

        A provenance that is one text is that of all the file's values.
        """
        for layer in self._all:
            provenance = layer.values.get("provenance", {})
            if isinstance(provenance, str):
                provenance = {"": provenance}
            if not isinstance(provenance, Mapping):
                raise InputError(
                    f"{layer.path}: provenance is {provenance!r}; make it one sentence "
                    "for all values, or one for each dotted key."
                )
            yield layer.path, _values(layer), provenance

    def _is_known(self, key: str) -> bool:
        """Return whether studies of this kind, or of another, have a key."""
        kinds = (self.kind, *kind_names())
        return any(key in find_kind(kind).settings.model_fields for kind in kinds)

    def _known(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values without the keys that only other kinds of studies have."""

        def others() -> list[type[Settings]]:
            return [find_kind(n).settings for n in kind_names() if n != self.kind]

        return _without_foreign(values, find_kind(self.kind).settings, others)


def _values(layer: Layer) -> dict[str, Any]:
    """Return what a file sets; a strategy without settings is one with none."""
    own = _said(layer)
    if isinstance(own.get("strategies"), Mapping):
        own["strategies"] = {
            n: {} if v is None else v for n, v in own["strategies"].items()
        }
    return own


def _said(layer: Layer) -> dict[str, Any]:
    """Return what a file says, without where it comes from."""
    others = ("extends", "provenance", AT_SCALE)
    return {k: v for k, v in layer.values.items() if k not in others}


def _chain(folder: Path, name: str) -> list[Layer]:
    """Return the file of a study after those of what it extends."""
    chain: list[Layer] = []
    path = folder / "studies" / f"{name}.yaml"
    while path is not None:
        if path in [layer.path for layer in chain]:
            raise InputError(
                f"{chain[0].path}: extends leads back to {path}; extend another one."
            )
        chain.insert(0, Layer(path, read_listed(path)))
        path = _extended_by(folder, chain[0])
    return chain


def _extended_by(folder: Path, layer: Layer) -> Path | None:
    """Return the file that a study extends, if it extends one."""
    if "extends" not in layer.values:
        return None
    name = layer.values["extends"]
    others = [p for p in (folder / "studies").glob("*.yaml") if p != layer.path]
    known = {path.stem: path for path in sorted(others)}
    if isinstance(name, str) and name in known:
        return known[name]
    raise InputError(
        f"{layer.path}: extends is {name!r}; it should be one of {', '.join(known)}."
    )


def _check_scale(layer: Layer) -> None:
    """Raise ``InputError`` if a scale has keys that are a study's alone."""
    for key in ("kind", "extends", "strategies", AT_SCALE, *OWN):
        if key in layer.values:
            raise InputError(
                f"{layer.path}: a scale has no {key!r}; write it in a study, for one "
                f"scale below {AT_SCALE}.{layer.path.stem}."
            )


def _check_at_scale(
    layer: Layer, folder: Path, is_known: Callable[[str], bool]
) -> None:
    """Raise ``InputError`` unless a file tells of scales that there are, with keys."""
    told = layer.values.get(AT_SCALE, {})
    scales = sorted(path.stem for path in (folder / "scales").glob("*.yaml"))
    if not isinstance(told, Mapping):
        raise InputError(
            f"{layer.path}: {AT_SCALE} is {told!r}; make it the name of a scale with "
            "the keys that differ there."
        )
    for name, values in told.items():
        if name not in scales:
            raise InputError(
                f"{layer.path}: {AT_SCALE} names {name!r}, which is no scale; known "
                f"are {', '.join(scales)}."
            )
        if not isinstance(values, Mapping):
            raise InputError(
                f"{layer.path}: {AT_SCALE}.{name} is {values!r}; put the keys that "
                "differ at this scale below it."
            )
        for key in ("extends", "kind", AT_SCALE):
            if key in values:
                raise InputError(
                    f"{layer.path}: {AT_SCALE}.{name} has {key!r}, which is the same "
                    "at all scales; put it at the top of the file."
                )
        for key in values:
            if key != "provenance" and not is_known(key):
                raise InputError(
                    f"{layer.path}: {AT_SCALE}.{name} has {key!r}, which no study has; "
                    "correct or remove it."
                )


def _without_kind(layer: Layer) -> str:
    """Return the sentence on a study that has neither a kind nor what it extends."""
    close = get_close_matches("extends", map(str, layer.values), n=1, cutoff=0.75)
    if close:
        return f"{layer.path}: the key {close[0]!r} is unknown; did you mean 'extends'?"
    return (
        f"{layer.path}: the key 'kind' is missing; add it as one of "
        f"{', '.join(kind_names())}, or name under 'extends' the study that this one "
        "differs from."
    )


def _known_kind(kind: Any, path: Path) -> str:
    known = ", ".join(kind_names())
    if not isinstance(kind, str) or kind not in kind_names():
        raise InputError(f"{path}: kind is {kind!r}; it should be one of {known}.")
    return kind


def _has(values: Any, keys: Sequence[str | int]) -> bool:
    for key in keys:
        if not isinstance(values, Mapping) or key not in values:
            return False
        values = values[key]
    return True


def _without_foreign(
    values: Mapping[str, Any],
    kind: type[Settings],
    others: Callable[[], list[type[Settings]]],
) -> dict[str, Any]:
    """Return values without keys that ``others`` know and ``kind`` does not.

    Others are asked for only if there is such a key: their files are imported then.
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        if key in kind.model_fields:
            own = settings_below(kind, key)
            if len(own) == 1 and isinstance(value, Mapping):
                value = _without_foreign(value, own[0], partial(_below, others, key))
            found[key] = value
        elif not any(key in other.model_fields for other in others()):
            found[key] = value
    return found


def _below(kinds: Callable[[], list[type[Settings]]], key: str) -> list[type[Settings]]:
    return [below for kind in kinds() for below in settings_below(kind, key)]
