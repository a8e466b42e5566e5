"""A coroutine that runs now: from its resumption to where it next suspends, or ends.

The actor of a coroutine is called anew for each step. That call has a place of its own on the thread's
stack, and an address to return to: so it is told from calls that other tasks, or threads, make of the same
code, whatever the optimization.
"""

from __future__ import annotations

import gdb

from . import layout
from .actor import Actor


def require_process() -> None:
    """Throws a sentence unless there is a program that can be made to run on."""
    inferior = gdb.selected_inferior()
    if inferior.pid == 0:
        raise gdb.GdbError("The program is not running: `async start` runs it to its first coroutine.")
    if layout.is_core_file():
        raise gdb.GdbError("Nothing runs in a core file; `async bt` shows where each task stands.")
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid() or thread.is_running():
        raise gdb.GdbError("The selected thread is not stopped, or has ended: `thread N` selects another one.")


def not_inlined(frame: gdb.Frame | None) -> gdb.Frame | None:
    """The function of the machine's that it is a part of."""
    while frame is not None and frame.type() == gdb.INLINE_FRAME:
        frame = frame.older()
    return frame


def stack_before(frame: gdb.Frame) -> int:
    """The stack pointer of who called that function, as it was before: no other call that is not
    over has the same."""
    caller = not_inlined(frame.older())
    return int(caller.read_register("rsp")) if caller is not None else 0


class Activation:
    """A step of a coroutine, on the selected thread."""

    def __init__(self, frame: gdb.Frame, coroutine: layout.Frame, actor: Actor):
        self.coroutine = coroutine
        self.actor = actor
        self.thread = gdb.selected_thread()
        caller = not_inlined(not_inlined(frame).older())
        self.stack = int(caller.read_register("rsp"))
        self.returns_to = caller.pc()
        self.line = frame.find_sal().line
        self.pc = frame.pc()

    def runs_here(self, frame: gdb.Frame | None = None) -> bool:
        """Whether that frame of the thread, by default the newest one, is this step's."""
        return stack_before(not_inlined(frame or gdb.newest_frame())) == self.stack

    def has_returned(self) -> bool:
        return int(gdb.newest_frame().read_register("rsp")) == self.stack


def innermost() -> Activation:
    """Of the coroutines that run on the selected thread, the one that the others called."""
    actor = None
    frame: gdb.Frame | None = gdb.newest_frame()
    while frame is not None:
        coroutine = layout.frame_of(frame)
        if coroutine is not None:
            running = coroutine.actor or Actor.at(frame.pc())
            if not running.is_gcc:
                raise gdb.GdbError(f"{running.name}() was built by clang: only coroutines of g++ can be followed.")
            return Activation(frame, coroutine, running)
        actor = actor or Actor.at(frame.pc())
        frame = frame.older()
    if actor is not None:
        raise gdb.GdbError(f"{actor.name}() is no coroutine of asyncio's, or it is optimized such that its frame "
                           "is not to be found (-O0 and -Og are fine).")
    if not _has_a_loop():
        raise gdb.GdbError("The program runs no coroutine now: plain `next`, and `break FUNCTION`, lead on.")
    raise gdb.GdbError("No coroutine runs on this thread: `async break FUNCTION` and `continue` stop in one.")


def _has_a_loop() -> bool:
    try:
        return bool(layout.loops())
    except gdb.GdbError:  # it uses none of the library's
        return False
