"""Networks as functions of named parameters, which models are built of."""
