"""What operations of a plan do, in sentences for people who have not read the paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fedorbit.data.homes import kind_of, name_of
from fedorbit.plans import names

SERVER = "the server"
MOST_NAMED = 6
"""Of the owners of models in a sentence; more are counted."""


@dataclass(frozen=True)
class Names:
    """What models are called, by whose they are."""

    group: str
    """What the study calls a group of clients, such as ``region``."""
    groups: Sequence[str]
    """The names of all groups."""
    places: Mapping[str, str]
    """The site or the satellite of each client, by its name in plans."""

    def owner(self, slot: str) -> str:
        """Return whose model a slot holds, such as ``Paris`` or ``the server``."""
        kind, name = kind_of(slot), name_of(slot)
        if slot == names.GROUND or kind == names.REPLY:
            return SERVER
        if kind == names.CARRIER:
            return self._carried(name.rpartition("/")[0])
        if kind in (names.KEPT, names.GROUND):
            return self.maker(name.rpartition("/")[0])
        return self.places.get(slot, self.titled(name))

    def _carried(self, name: str) -> str:
        """Return who made a model on board, whose name begins with the satellite's.

        Either name may have slashes.
        """
        if f"/{names.REPLY}/" in name or name.endswith(f"/{names.GROUND}"):
            return SERVER
        ends = [group for group in self.groups if name.endswith(f"/{group}")]
        return self.maker(max(ends, key=len) if ends else name.rpartition("/")[2])

    def maker(self, origin: str) -> str:
        """Return who made a model, by the origin in the name of a slot on board."""
        if origin == names.GROUND or kind_of(origin) == names.REPLY:
            return SERVER
        return self.places.get(origin, self.titled(origin))

    def titled(self, name: str) -> str:
        """Return a group's name; one that is a number has what it is before it."""
        return f"{self.group} {int(name) + 1}" if name.isdecimal() else name

    def models(self, slots: Iterable[str]) -> tuple[str, bool]:
        """Return the models in some slots, as in ``the models of Paris and Rome``.

        The second value is whether they are those of several.
        """
        owners = sorted({self.owner(slot) for slot in slots})
        if len(owners) > MOST_NAMED:
            return f"{len(owners)} models", True
        are_many = len(owners) > 1
        return f"the model{'s' * are_many} of {listed(owners)}", are_many


def cargo(ops: pd.DataFrame, carry: Any) -> tuple[str, int]:
    """Return the origin and the round of the model that a row of the ledger carries.

    What is no model of one, such as raw samples, has no origin, and the round 0.
    """
    for slot in ops["sources"].iloc[carry.op]:
        if names.is_on_board(slot, carry.sender):
            name = slot.removeprefix(f"{names.CARRIER}/{carry.sender}/")
            origin, _, round_number = name.rpartition("/")
            return origin, int(round_number)
    return "", 0


def news(ops: pd.DataFrame, groups: Sequence[str], called: Names) -> pd.DataFrame:
    """Return ``time_s, sentence`` of all mixes that bring groups or the server models.

    ``groups`` are the slots of the groups of clients.
    """
    mixes = ops[(ops["op"] == "mix") & ops["target"].isin({*groups, names.GROUND})]
    rows = [
        (op.end_s, sentence(op._asdict(), called))
        for op in mixes.itertuples()
        if names.INITIAL not in op.sources or len(op.sources) > 1
    ]
    return pd.DataFrame(rows, columns=["time_s", "sentence"])


def sentence(op: Mapping[str, Any], called: Names) -> str:
    """Return what a mix does, for example that Paris takes over the model of Rome."""
    target = op["target"]
    who = capital(called.owner(target))
    if kind_of(target) == names.RELAY:
        site = name_of(target).partition("/")[0]
        return f"A client in {site} keeps the model until the next satellite comes."
    others = {
        slot: weight
        for slot, weight in zip(op["sources"], op["weights"], strict=True)
        if slot not in (target, names.INITIAL)
        and not (target == names.GROUND and kind_of(slot) == names.REPLY)
    }
    models, are_many = called.models(others)
    if names.AVERAGE in others:
        return f"{who} takes over the mean of all models."
    if kind_of(target) == names.GROUND and target != names.GROUND:
        return f"{capital(models)} is at the server."
    if target == names.GROUND:
        is_step = target in op["sources"] or len(others) == 1
        return f"{who} {'works in' if is_step else 'averages'} {models}."
    if target in op["sources"]:
        came = percent(sum(others.values()))
        age = op["staleness"]
        old = f", {age} {'round' if age == 1 else 'rounds'} old" if age else ""
        return f"{who} mixes: {came} of its model is now {models}{old}."
    if are_many:
        return f"{who} takes over the mean of {models}."
    return f"{who} takes over {models}."


def story(
    ops: pd.DataFrame,
    table: pd.DataFrame,
    legs: Sequence[int],
    amounts: Sequence[tuple[float, float]],
    called: Names,
) -> list[dict[str, Any]]:
    """Return what happens on the flights ``legs``, each step with its leg and start.

    ``table`` is that of ``flights``. The steps of a leg are the hand-over, the flight,
    the wait for those who use the model, and what they make of it; one that takes no
    time is left out. ``amounts`` are those of ``shares``; the ``share`` of a step is
    how much of the model goes back to the one that set out.
    """
    steps = []
    home = table["origin"][legs[0]]
    for row, (aboard, made) in zip(legs, amounts, strict=True):
        leg, number = table.loc[row], len(steps) and steps[-1]["leg"] + 1
        texts = _of_leg(leg, called)
        texts[leg["used_s"]] = sentence(ops.iloc[leg["op"]], called)
        steps += [
            {
                "leg": number,
                "start_s": float(start_s),
                "share": float(aboard),
                "text": text,
            }
            for start_s, text in texts.items()
        ]
        steps[-1]["share"] = float(made)
        if made < aboard < 1 and row != legs[-1]:
            steps[-1]["text"] += (
                f" {percent(made)} of it goes back to what {home} handed over."
            )
    minutes = (table["used_s"][legs[-1]] - table["hand_s"][legs[0]]) / 60
    by = listed([table["destination"][row] for row in legs[:-1]])
    steps[-1]["text"] += (
        f" So what {home} had learned is back at {home} after {minutes:.0f} minutes, "
        f"by way of {by}. {percent(made)} of its model has come round."
    )
    return steps


def _of_leg(leg: pd.Series, called: Names) -> dict[float, str]:
    """Return what happens until a model is used, by time."""
    there, satellite = leg["destination"], leg["satellite"]
    whose = called.maker(leg["cargo"])
    model = f"the model of {whose}"
    handed = "its model" if whose == leg["origin"] else model
    return {
        leg["hand_s"]: f"{leg['origin']} hands {handed} to the satellite {satellite}, "
        "which passes overhead.",
        leg["start_s"]: f"{satellite} carries {model} towards {there}.",
        leg["end_s"]: f"{satellite} is in view of {there}. The model waits on board "
        f"until {there} is ready for it.",
    }


def percent(share: float) -> str:
    """Return a share in percent, with two digits where it is small."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    words = list(dict.fromkeys(words))
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
