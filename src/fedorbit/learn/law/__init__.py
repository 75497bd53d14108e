"""The law for FedMeld's mixing ratio for a study: a pilot training, and the best."""
