"""The command line: parse, call one service, print."""

from archive.commands.main import main

__all__ = ["main"]
