"""Tasks for workers that behave as badly as native code does."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from archive.errors import Unreadable
from archive.work.watchdog import reset_deadline


def double(value: int) -> int:
    """Work."""
    return 2 * value


def process_id(_: int) -> int:
    """Say who works."""
    return os.getpid()


def die(_: int) -> None:
    """Crash as a segmentation fault does."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_answering(sent: int, answer: int) -> bytes:
    """Return ``answer`` bytes, and be killed when ``sent`` bytes of that message are written."""
    left = sent

    def send(pipe: Any, data: Any) -> None:
        nonlocal left
        part = memoryview(data)[:left]
        left -= os.write(pipe.fileno(), part)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = send  # type: ignore[attr-defined,method-assign]  # in this process, which ends by it
    return bytes(answer)


class Planted:
    """Creates a file where it is unpickled: what a worker taken over by a hostile scan may send."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.flag,)


def plant(flag: Path) -> Planted:
    """Answer with something that acts in the process that unpickles it."""
    return Planted(flag)


def sleep(seconds: float) -> str:
    """Hang, letting other threads run."""
    time.sleep(seconds)
    return "slept"


def touch(flag: Path) -> str:
    """Give a sign to whoever waits for it."""
    flag.touch()
    return "given"


def wait_for(flag: Path) -> str:
    """Wait for a sign, however long it takes."""
    while not flag.exists():
        time.sleep(0.02)
    return "seen"


def sign_and_stay(folder: Path, _: int) -> None:
    """Leave the number of this process in ``folder`` and never end."""
    (folder / str(os.getpid())).touch()
    time.sleep(3600)


def sleep_holding_the_interpreter(seconds: float) -> None:
    """Hang in native code that lets no Python thread run."""
    ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))


def lap_and_sleep(times: int, seconds: float) -> str:
    """Take long as a whole, each step in time."""
    for _ in range(times):
        reset_deadline()
        time.sleep(seconds)
    return "done"


def devour(mib: int) -> int:
    """Use memory, touched so that it is resident."""
    held = [bytearray(os.urandom(2**20)) for _ in range(mib)]
    time.sleep(2)
    return len(held)


def devour_holding_the_interpreter(mib: int, seconds: float) -> None:
    """Take memory and stay, in native code that lets no other thread run: no guard within can look."""
    library = ctypes.PyDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.memset(ctypes.c_void_p(library.malloc(ctypes.c_size_t(mib << 20))), 1, ctypes.c_size_t(mib << 20))
    library.usleep(int(seconds * 1_000_000))


def reject(_: int) -> None:
    """Raise one of our errors."""
    raise Unreadable("damaged", "torn")


def stumble(_: int) -> None:
    """Raise what nobody foresaw."""
    raise KeyError("never shown: could be a name")
