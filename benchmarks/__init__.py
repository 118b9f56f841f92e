"""Measurements with a bound each; `python -m benchmarks.check` fails where one is broken."""
