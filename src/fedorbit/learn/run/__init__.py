"""The engine: executes plans on data."""
