"""The steps of the peers that have no command: run by the Python that has the peers.

``mlnode-check``, ``mlnode-build``, ``narchi-build`` and ``n-orca-build``, each with a file, as the
documentation of each does it.
"""

import sys


def check_mlnode(file):
    from mlnode import MLnodeModel

    result = MLnodeModel.load(file).validate()
    for error in result.errors:
        print(error.message)
    return 0 if result.valid else 1


def build_mlnode(file):
    from mlnode import MLnodeModel

    MLnodeModel.load(file).build()
    return 0


def build_narchi(file):
    from narchi.instantiators.pytorch import StandardModule

    StandardModule(file)
    return 0


def build_n_orca(file):
    from n_orca.compiler import compile_pytorch
    from n_orca.parser import parse_file

    (architecture,) = parse_file(file)
    names = {"__name__": "compiled"}
    exec(compile_pytorch(architecture), names)
    names[architecture.name]()
    return 0


STEPS = {
    "mlnode-check": check_mlnode,
    "mlnode-build": build_mlnode,
    "narchi-build": build_narchi,
    "n-orca-build": build_n_orca,
}

if __name__ == "__main__":
    _, step, path = sys.argv
    sys.exit(STEPS[step](path))
