"""Options of commands."""

from typing import Any

import click


def _once(context: click.Context, parameter: click.Option, values: tuple) -> Any:
    """Return the one value of an option, of which click would keep the last."""
    if len(values) > 1:
        raise click.BadParameter("is given twice; give it once.", context, parameter)
    if values:
        return values[0]
    return parameter.default_once


class Once(click.Option):
    """An option that is refused where it is given twice."""

    def __init__(self, *args: Any, default: Any = None, **kwargs: Any):
        self.default_once = default
        kwargs.setdefault("show_default", str(default) if default else False)
        super().__init__(*args, multiple=True, callback=_once, **kwargs)
