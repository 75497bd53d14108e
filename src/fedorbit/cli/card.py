"""``fedorbit card``: what a model costs to send and to train."""

from dataclasses import asdict

import click
import yaml
from pydantic import ValidationError

from fedorbit.base.errors import InputError
from fedorbit.base.yaml_files import plain_value
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
@click.option(
    "--set",
    "others",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another setting of the model, such as dim=768 of a vit; once for each.",
)
def card(
    model: str, shape: str, classes: int, hidden: int | None, others: tuple[str, ...]
) -> None:
    """Print the card of a MODEL as a file of config/cards.

    Operations are those of PyTorch's own counter, a multiplication and an addition
    being two, for the forward and the backward pass of one sample. Of a vit, which can
    be cut, there are those of each part, and of experts those of each expert.

    \b
    Example:
      fedorbit card resnet18 --shape 3x32x32 --classes 10 > config/cards/mine.yaml
    """
    values = {"name": model} | ({"hidden": hidden} if hidden else {})
    values |= dict(map(_setting, others))
    try:
        settings = parse_model(values)
        sizes = [int(size) for size in shape.split("x")]
        if not all(1 <= size <= MOST for size in sizes):
            raise ValueError
    except (ValidationError, KeyError):
        raise InputError(
            f"MODEL {model!r} with {_told(values)} is no model; give softmax, cnn, "
            "resnet8, resnet18, mlp with --hidden, or vit or experts with --set for "
            "each of its settings (docs/engine.md)."
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
    if counts.parts:
        content["parts"] = {name: asdict(part) for name, part in counts.parts.items()}
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None)
    click.echo(text, nl=False)


def _setting(text: str) -> tuple[str, object]:
    """Return the key and the value of ``key=value``, a plain value of YAML."""
    key, equals, value = text.partition("=")
    try:
        if not (key and equals):
            raise ValueError
        return key, plain_value(value)
    except (ValueError, yaml.YAMLError):
        raise InputError(
            f"--set {text!r} is no setting; write it as in --set dim=768."
        ) from None


def _told(values: dict[str, object]) -> str:
    others = [f"{key} {value}" for key, value in values.items() if key != "name"]
    return ", ".join(others) or "no settings"
