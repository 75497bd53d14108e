"""Strategies for mixtures of experts, which plan with a table of experts, too.

Each takes scene, settings and what an earlier step has measured or assigned, as arrays
of shape (clusters, experts) in the order of the groups of clients.
"""
