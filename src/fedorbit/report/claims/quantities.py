"""What claims measure of a run at its end, and which of it is an accuracy."""

from typing import Literal

Quantity = Literal[
    *("accuracy", "worst", "whole", "loss", "whole_loss"),
    *("accuracy_last_cycle", "accuracy_over_time", "accuracy_server"),
]
"""Mean and worst accuracy of the regional models, accuracy of the model that averages
all, mean loss of the regional models, and loss of the model that averages all; mean
accuracy over the last cycle and over all time, and accuracy of the server's model."""
