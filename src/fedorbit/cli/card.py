"""``fedorbit card``: what a model costs to send and to train."""

import click
import yaml
from pydantic import ValidationError

from fedorbit.base.errors import InputError
from fedorbit.learn.model import parse_model

MOST = 4096  # pixels, features, classes or units, so that a card is quickly counted
BITS = 32  # of a parameter as the engine holds it


@click.command()
@click.argument("model")
@click.option(
    "--shape",
    required=True,
    metavar="CxHxW",
    help="Shape of a sample: channels, height and width, or a number of features.",
)
@click.option("--classes", required=True, type=click.IntRange(2, MOST))
@click.option("--hidden", type=click.IntRange(1, MOST), help="Width of an mlp.")
def card(model: str, shape: str, classes: int, hidden: int | None) -> None:
    """Print the card of a MODEL as a file of config/cards.

    Operations are those of PyTorch's own counter, a multiplication and an addition
    being two, for the forward and the backward pass of one sample.

    \b
    Example:
      fedorbit card resnet18 --shape 3x32x32 --classes 10 > config/cards/mine.yaml
    """
    values = {"name": model} | ({"hidden": hidden} if hidden else {})
    try:
        settings = parse_model(values)
        sizes = [int(size) for size in shape.split("x")]
        if not all(1 <= size <= MOST for size in sizes):
            raise ValueError
    except (ValidationError, KeyError):
        raise InputError(
            f"MODEL {model!r} with hidden {hidden} is no model; give softmax, cnn, "
            "resnet8, resnet18, or mlp with --hidden."
        ) from None
    except ValueError:
        raise InputError(
            f"--shape {shape!r} is no shape of numbers up to {MOST}; write it as in "
            "3x32x32."
        ) from None
    # Only who asks for a card needs PyTorch.
    from fedorbit.learn.count import count

    counts = count(settings, sizes, classes)
    content = {
        "name": model,
        "model": values,
        "shape": sizes,
        "classes": classes,
        "parameters": counts.parameters,
        "bits_per_parameter": BITS,
        "training_flop_per_sample": counts.training_flop_per_sample,
    }
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None)
    click.echo(text, nl=False)
