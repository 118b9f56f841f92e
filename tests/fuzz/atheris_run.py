"""The byte-level fuzzer, where it is installed: ``python -m tests.fuzz.atheris_run -runs=100000``.

It follows the branches an input takes and so finds what chance does not; the options are those of
libFuzzer.
"""

from __future__ import annotations

import sys


def main() -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: the byte-level fuzzer is left out")
        return 0
    with atheris.instrument_imports(include=["archdsl"]):
        from tests.fuzz.judge import survives
    atheris.Setup(sys.argv, survives)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
