"""What the law for FedMeld's mixing ratio asks of a scene before training."""
