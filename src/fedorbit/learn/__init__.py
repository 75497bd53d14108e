"""Learning: models and the engine that executes plans. Only this room knows torch."""
