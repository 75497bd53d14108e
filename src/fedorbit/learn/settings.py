"""Settings of models and of local training, readable without importing torch."""

from typing import Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from fedorbit.settings import Settings


class Model(Settings):
    """The model that learns."""

    name: Literal["softmax", "mlp"]
    """Softmax regression, or a perceptron with one hidden layer."""
    hidden: int = Field(ge=0)
    """Width of the hidden layer; 0 for softmax regression, which has none."""

    @model_validator(mode="after")
    def _hidden_fits_name(self) -> Self:
        if (self.name == "mlp") != (self.hidden > 0):
            raise ValueError(
                f"model.hidden is {self.hidden} for the model {self.name!r}; "
                "give mlp a positive width and softmax 0"
            )
        return self


class Training(Settings):
    """Stochastic gradient descent at each client."""

    local_steps: PositiveInt
    """Steps in a round, E."""
    batch_size: PositiveInt
    """Samples in a step, drawn uniformly with replacement from the client's own."""
    learning_rate: PositiveFloat
    """Step size of the first round."""
    decay_rounds: PositiveFloat
    """Rounds after which the step size is halved: it is that of the first round
    divided by 1 + (round - 1) / decay_rounds, as the theory's beta / (t + gamma)."""
