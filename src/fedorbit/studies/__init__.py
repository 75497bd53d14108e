"""What the workflow asks: kinds of studies, their stages, settings and sweeps."""
