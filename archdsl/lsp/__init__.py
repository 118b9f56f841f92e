"""The language server: what an editor asks about a spec, answered.

The answers are pure functions of texts, trees and graphs; ``server.py`` alone speaks the protocol.
"""
