"""What claims measure of a run at its end, and which of it is an accuracy."""

from typing import Literal

Quantity = Literal["accuracy", "worst", "whole", "loss", "whole_loss"]
"""Mean and worst accuracy of the regional models, accuracy of the model that averages
all, mean loss of the regional models, and loss of the model that averages all."""
