"""Settings of gdb's that are others for a while."""

from __future__ import annotations

import contextlib
from typing import Iterator

import gdb


@contextlib.contextmanager
def temporarily(name: str, value: str) -> Iterator[None]:
    before = gdb.parameter(name)
    before = {True: "on", False: "off"}.get(before, before)
    _set(name, value)
    try:
        yield
    finally:
        _set(name, before)


def in_cpp():
    """gdb knows no types of C++ where the selected frame is C's: its language is that, by default."""
    return temporarily("language", "c++")


def _set(name: str, value: str) -> None:
    with contextlib.suppress(gdb.error):  # some settings need a process
        gdb.execute(f"set {name} {value}", to_string=True)
