"""Check one mlnode file as mlnode's README does it: load, validate, build.

It has no command for that. Run by the Python that mlnode is installed for.
"""

import sys

from mlnode import MLnodeModel

model = MLnodeModel.load(sys.argv[1])
result = model.validate()
for error in result.errors:
    print(error.message)
if not result.valid:
    sys.exit(1)
model.build()
