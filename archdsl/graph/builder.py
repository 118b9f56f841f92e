"""Building graphs from Python: the same operators, checks and errors as in a spec."""


class Builder: ...
