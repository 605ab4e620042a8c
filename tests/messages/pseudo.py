"""Runs commands in a pseudo-language, in which each sentence of the catalogue stands in brackets.

usage: python -m tests.messages.pseudo HOME < commands as JSON; prints [command, output, errors] of each as JSON.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from archive.messages import catalogue
from archive.messages.catalogue_file import Message, compiled

OPEN, CLOSE = "⟦", "⟧"


def bracketed() -> None:
    """Put the pseudo-language in the place of English; before any module of commands is imported."""
    spoken = {
        code: Message(tuple(f"{OPEN}{one}{CLOSE}" for one in message.texts), message.plural) if code else message
        for code, message in catalogue.english().items()
    }
    translations = compiled(spoken)
    catalogue.catalogue = lambda: translations  # type: ignore[assignment]  # a cached function, and this one


def main() -> None:
    """Run the commands of standard input one after the other."""
    bracketed()
    from archive.commands.main import cli, run  # after the language is set: help texts are made by the import

    said = [["help of archive", cli.help, ""]]
    said += [[f"help of {name}", command.help, ""] for name, command in cli.commands.items()]
    for command in json.load(sys.stdin):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            run(["--home", sys.argv[1], *command])
        said.append([" ".join(command), out.getvalue(), err.getvalue()])
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
