"""FedMeld: its bound, the problem SC-MR and how both are checked."""
