"""The console command ``fedorbit``: what works outside the workflow, too."""

import click

from fedorbit.base.errors import InputError, printable
from fedorbit.cli.card import card
from fedorbit.cli.contacts import contacts
from fedorbit.cli.scmr import scmr


class OneSentence(click.Group):
    """A group of commands that end with one sentence and code 1 on any bad input."""

    def invoke(self, context: click.Context) -> object:
        """Return what the command does."""
        try:
            return super().invoke(context)
        except InputError as error:
            raise click.ClickException(str(error)) from None
        except click.UsageError as error:
            raise click.ClickException(printable(error.format_message())) from None


@click.group(cls=OneSentence)
@click.version_option(package_name="fedorbit")
def main() -> None:
    """Orbits, bounds and models for federated learning over satellites."""


for command in (contacts, scmr, card):
    main.add_command(command)
