"""What archdsl does, in the commands a user would type. Pictures and source land in ``out/``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OUT = Path("out")
COMMANDS = [
    "archdsl check specs/resnet50.arch specs/unet.arch",
    "archdsl profile specs/resnet50.arch --depth 1",
    "archdsl profile specs/unet.arch --depth 1",
    "archdsl draw specs/resnet50.arch -o out/resnet50.svg",
    "archdsl draw specs/unet.arch -o out/unet.svg",
    "archdsl compile specs/resnet50.arch --to torch -o out/resnet50.py",
    "archdsl compile specs/unet.arch --to torch -o out/unet.py",
    "python -m examples.train_digits",
]


def run(command: str) -> None:
    """Show a command, run it with this Python, and stop at the first that fails."""
    print(f"\n$ {command}", flush=True)
    program, *arguments = command.split()
    launcher = ["-m", "archdsl"] if program == "archdsl" else []
    subprocess.run([sys.executable, *launcher, *arguments], check=True)


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for command in COMMANDS:
        run(command)
    print("\nLook at out/resnet50.svg, out/unet.svg, out/resnet50.py and out/unet.py.")


if __name__ == "__main__":
    main()
