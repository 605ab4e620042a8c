"""What is printed never controls the terminal, whatever paths, arguments and files hold."""

from __future__ import annotations

import json
import os
import pty
from contextlib import suppress
from pathlib import Path

import pytest

from archive.commands.printing import print_data, say, say_styled, styled
from archive.errors import Exit
from archive.text.vietnamese import is_line
from tests.commands.conftest import Home
from tests.commands.papers import LICENCE, save
from tests.commands.subprocess_cli import start

SIGNS = "\x1b]0;title\x07\x9b31m\u202efdp"  # sets a title, rings, colours, reverses


def is_clean(text: str) -> bool:
    return all(map(is_line, text.split("\n")))


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", f"no-such-{SIGNS}"],
        ["import", f"no-such-{SIGNS}", "--batch", f"b{SIGNS}"],
        ["export", "-o", f"no-such-folder/{SIGNS}"],
        ["copy", "--to", f"nothing:{SIGNS}"],
        ["verify", "--repair-from", f"nothing:{SIGNS}"],
        ["show", SIGNS],
        ["search", "--kind", SIGNS],
        ["search", f'"{SIGNS}'],
        ["search", "--cursor", SIGNS],
        ["count", "--by", SIGNS],
        ["count", "--from", SIGNS],
        ["batch", "show", SIGNS],
        ["seal", "--check", SIGNS],
        ["settings", SIGNS],
        [f"--{SIGNS}"],
        [SIGNS],
    ],
    ids=lambda arguments: " ".join(arguments).partition(SIGNS)[0],
)
def test_no_argument_controls_the_terminal(home: Home, arguments: list[str]) -> None:
    said = home(*arguments)

    assert said.code != Exit.OK
    assert said.code != Exit.UNEXPECTED
    assert is_clean(said.out + said.err), said


def test_no_path_of_an_answer_controls_the_terminal(home: Home, tmp_path: Path) -> None:
    """Errors are not all that quotes a path: so do answers."""
    folder = tmp_path / SIGNS.replace("/", "")
    folder.mkdir()
    save(3, folder / "a.png")
    home("import", folder / "a.png", "--batch", "b")
    (record,) = home.ids(LICENCE.number)
    (folder / "batch.toml").write_text("neither = this")
    said = [
        home("show", record, "--open", folder / "original"),
        home("export", "-o", folder / "export"),
        home("copy", "--to", f"file:{folder / 'copy'}"),
        home("import", folder),
        Home(folder / "home")("verify"),
        Home(folder / "home")("import", save(4, tmp_path / "b.png"), "--batch", "b"),
        Home(folder / "home")("settings"),
    ]

    assert [one for one in said if not is_clean(one.out + one.err)] == []
    assert all("\\u202e" in one.out + one.err for one in said)


def test_a_message_of_several_lines_keeps_them(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\ntwo\x1b[1m\rthree")

    assert capsys.readouterr().out == "one\ntwo\\x1b[1m\\rthree\n"


def test_only_our_own_style_reaches_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A title that a scan brought cannot end the style, or begin one."""
    printed: list[str] = []
    monkeypatch.setattr("click.echo", lambda text, **_: printed.append(text))
    say_styled(f"1. {styled('Giấy' + chr(27) + '[0mphép', bold=True)}\x9b")

    assert printed == ["1. \x1b[1mGiấy\\x1b[0mphép\x1b[0m\\x9b"]


def test_data_are_as_they_are_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_data('{"path": "a\u202eb"}')

    assert capsys.readouterr().out == '{"path": "a\u202eb"}\n'


def test_json_on_a_terminal_means_the_same_without_control_signs(tmp_path: Path) -> None:
    home = tmp_path / "home\u202e\x9b31m"
    screen, end = pty.openpty()
    process = start(home, "settings", "--json", stdout=end)
    os.close(end)
    printed = b""
    with suppress(OSError):  # the other end was closed
        while chunk := os.read(screen, 1 << 16):
            printed += chunk
    process.communicate(timeout=60)
    text = printed.decode().replace("\r\n", "\n")

    assert is_clean(text)
    assert json.loads(text)[0]["value"] == str(home)
