"""Federated learning over satellites, from orbits to plans to learning to a report.

A strategy compiles contacts into a plan (a table), and one engine runs every plan.
The subpackages form a line, each importing only from those before it: ``orbits``,
``data``, ``plans``, ``learn``, ``report``.
"""
