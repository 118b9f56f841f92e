"""The same mistakes in five systems. Run with `python -m benchmarks.peers`, or `make peers`."""
