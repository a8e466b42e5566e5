"""Where the program stands, in the words of gdb's own commands."""

from __future__ import annotations

import os

import gdb

from . import layout, running
from .backtrace import formatted


def show(with_function: bool = True) -> None:
    """The function, if that is asked for, and the line of the source."""
    lines = gdb.execute("frame", to_string=True).splitlines()
    if with_function:
        print(function_and_place(gdb.selected_frame()) or lines[0].split(None, 1)[-1])
    for line in lines[1:]:
        print(line)


def function_and_place(frame: gdb.Frame) -> str | None:
    """Of a coroutine as people wrote it: `doubled (n=20) at stepping.cpp:22`; None if it is none."""
    coroutine = layout.frame_of(running.not_inlined(frame))
    if coroutine is None or coroutine.actor is None:
        return None
    at = frame.find_sal()
    arguments = ", ".join(f"{name}={formatted(variable, coroutine, 40)}"
                          for name, variable in coroutine.actor.variables_at(frame.pc()).items() if variable.is_argument)
    return f"{coroutine.name} ({arguments}) at {os.path.basename(at.symtab.filename)}:{at.line}"
