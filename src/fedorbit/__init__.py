"""Federated learning over satellites, from orbits to plans to learning to a report.

A strategy compiles contacts into a plan (a table), and one engine runs every plan.
The subpackages are the floors of a house, each importing only from those below it:
``base``; ``orbits``, ``data`` and ``theory``; ``plans``; ``learn``; ``report``;
``studies``; ``cli``.
"""
