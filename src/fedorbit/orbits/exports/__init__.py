"""Passes as other programmes read them."""
