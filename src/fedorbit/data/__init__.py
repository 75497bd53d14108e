"""Data: arrays with labels, and who holds which samples."""
