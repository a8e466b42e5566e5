"""Suspended coroutines as frames of gdb: async frames, and what `async print` evaluates in.

gdb asks an unwinder who called a frame. The one here answers, of the innermost frame of the selected
thread, that the innermost coroutine of a task did, and so on to the outermost. For each it gives what
debug information needs to find the variables: the frame's address. Optimized code keeps that in a
register, so all that could be are given it. Other code keeps it in memory at the canonical frame address
(CFA) plus a number; so the CFA is made up, such that the frame's address stands there.

That is so beside the pointer in a coroutine's promise that leads back to its frame. But gdb follows a
chain of frames only as long as their CFAs go up. Where a chain is wanted, a table of frame addresses is
shown to gdb as a section of a file, read-only and at an address that no program has. Nothing is written to
the program's memory, and it works on core files.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import struct
import tempfile
from typing import Iterator, NamedTuple

import gdb
from gdb.unwinder import Unwinder, register_unwinder

from . import layout
from .command import TaskCommand, completions, selection, shown_frames, task_named, task_names
from .layout import Frame

_REGISTERS = ("rbx", "rdi", "r12", "r13", "r14", "r15")
_TABLE = 0x0000_9000_0000_0000  # beyond what a process can have
_SPACING = 4096


class FrameId:
    """As gdb wants it."""

    def __init__(self, cfa: int, function: int):
        self.sp = gdb.Value(cfa)
        self.pc = gdb.Value(function)


class _Link(NamedTuple):
    """A frame in the chain: where it stands, and, but for the first, whose it is."""

    pc: int
    sp: int
    cfa: int
    function: int
    frame_address: int
    rbp: int


class _Chain(Unwinder):
    def __init__(self):
        super().__init__("asyncio")
        self.links: list[_Link] = []

    def __call__(self, pending: gdb.PendingFrame):
        if not self.links:
            return None
        pc, sp = int(pending.read_register("rip")), int(pending.read_register("rsp"))
        position = next((i for i, link in enumerate(self.links) if (link.pc, link.sp) == (pc, sp)), None)
        if position is None:
            return None
        link = self.links[position]
        info = pending.create_unwind_info(FrameId(link.cfa, link.function))
        caller = self.links[position + 1] if position + 1 < len(self.links) else None

        def save(register: str, value: int) -> None:
            info.add_saved_register(register, gdb.Value(value).cast(pending.read_register(register).type))

        save("rip", caller.pc if caller else 0)  # 0 ends it
        save("rsp", caller.sp if caller else link.cfa + 64)
        save("rbp", caller.rbp if caller else 0)
        for register in _REGISTERS:
            save(register, caller.frame_address if caller else 0)
        return info


_chain = _Chain()


def load() -> None:
    register_unwinder(None, _chain, replace=True)
    gdb.events.cont.connect(lambda _event: hide())
    gdb.events.exited.connect(lambda _event: hide())


_shown: list[Frame] = []


def show(frames: list[Frame]) -> None:
    """Until hide(), or until the program runs, the callers of the newest frame are these."""
    global _shown
    hide()
    _table.show([frame.address for frame in frames])
    _install([_link(frame, _table.address_of(position)) for position, frame in enumerate(frames)])
    _backtrace_limit.set(_count_frames())
    _shown = frames


def hide() -> None:
    global _shown
    if _chain.links:
        _chain.links = []
        gdb.invalidate_cached_frames()
        _table.hide()
        _backtrace_limit.restore()
        _shown = []


def are_shown() -> bool:
    return bool(_shown)


@contextlib.contextmanager
def selected(frame: Frame) -> Iterator[None]:
    """Makes it gdb's selected frame for the time being."""
    level, shown = gdb.selected_frame().level(), _shown
    hide()
    _install([_link(frame, layout.address_of_back_pointer(frame))])
    try:
        found: gdb.Frame | None = gdb.newest_frame()
        while found is not None and found.pc() != _chain.links[1].pc:
            found = found.older()
        if found is None:
            raise gdb.GdbError(f"gdb can't make a frame of {frame.name} here.")
        found.select()
        yield
    finally:
        hide()
        if shown:
            show(shown)
        gdb.execute(f"frame {level}", to_string=True)


@contextlib.contextmanager
def real_stack() -> Iterator[None]:
    """What gdb knows by itself, for the time being."""
    if not _shown:
        yield
        return
    level, shown = gdb.selected_frame().level(), _shown
    hide()
    try:
        yield
    finally:
        show(shown)
        gdb.execute(f"select-frame {level}")


def _install(links: list[_Link]) -> None:
    _chain.links = [_newest(), *links]
    gdb.invalidate_cached_frames()


def _count_frames() -> int:
    """Without the one that a backtrace ends with, which is nowhere."""
    frame, count = gdb.newest_frame(), 0
    while frame is not None and frame.pc() != 0:
        frame, count = frame.older(), count + 1
    return count


class _Setting:
    """A setting of gdb's that is another for a while."""

    def __init__(self, name: str):
        self._name = name
        self._before: str | None = None

    def set(self, value: object) -> None:
        if self._before is None:
            before = gdb.parameter(self._name)
            self._before = {True: "on", False: "off", None: "unlimited"}.get(before, str(before))
        gdb.execute(f"set {self._name} {value}")

    def restore(self) -> None:
        if self._before is not None:
            gdb.execute(f"set {self._name} {self._before}")
            self._before = None


_backtrace_limit = _Setting("backtrace limit")


def _newest() -> _Link:
    """The thread's innermost frame keeps the identity that it has without us."""
    frame = gdb.newest_frame()
    caller = frame.older()
    while caller is not None and int(caller.read_register("rsp")) == int(frame.read_register("rsp")):
        caller = caller.older()  # inlined ones are one with it
    sp = int(frame.read_register("rsp"))
    return _Link(frame.pc(), sp, int(caller.read_register("rsp")) if caller else sp + 16,
                 _function_start(frame.pc()), 0, 0)


def _function_start(pc: int) -> int:
    block = gdb.block_for_pc(pc)
    while block is not None and block.function is None:
        block = block.superblock
    if block is not None:
        return int(block.function.value().address)
    where = gdb.execute(f"info symbol {pc}", to_string=True)  # `epoll_wait + 86 in section ...`
    words = where.split()
    return pc - int(words[2]) if words[1:2] == ["+"] else pc


def _link(frame: Frame, holds_address: int) -> _Link:
    pc = frame.pc()
    slot = frame.actor.frame_slot(pc)
    cfa = holds_address - (slot or 0)
    rbp = frame.address if slot is None else cfa  # clang counts from rbp, where g++ counts from the CFA
    return _Link(pc + 1, cfa - 8, cfa, frame.actor.entry, frame.address, rbp)  # gdb looks up a caller's pc - 1


class _Table:
    """Frame addresses that gdb reads like the program's memory."""

    def __init__(self):
        self._file: str | None = None
        self._trust = _Setting("trust-readonly-sections")

    def address_of(self, position: int) -> int:
        return _TABLE + position * _SPACING

    def show(self, addresses: list[int]) -> None:
        contents = b"".join(address.to_bytes(_SPACING, "little") for address in addresses)
        with tempfile.NamedTemporaryFile(suffix=".asyncio", delete=False) as file:
            file.write(_object_file(contents))
        self._file = file.name
        gdb.execute(f"add-symbol-file {self._file} -s .frames {_TABLE:#x}", to_string=True)
        # So gdb looks into read-only sections of files before it asks the process.
        self._trust.set("on")

    def hide(self) -> None:
        if self._file is None:
            return
        self._trust.restore()
        gdb.execute(f"remove-symbol-file {self._file}", to_string=True)
        self.remove_file()
        self._file = None

    def remove_file(self) -> None:
        if self._file is not None and os.path.exists(self._file):
            os.unlink(self._file)


_table = _Table()
atexit.register(_table.remove_file)  # gdb may be left while frames are shown


def _object_file(contents: bytes) -> bytes:
    """A relocatable ELF file for x86-64 with nothing but a read-only section .frames."""
    names = b"\0.frames\0.shstrtab\0"
    header_size, section_size = 64, 64
    names_at = header_size + len(contents)
    sections_at = (names_at + len(names) + 7) // 8 * 8
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01" + bytes(9), 1, 62, 1, 0, 0, sections_at,
                         0, header_size, 0, 0, section_size, 3, 2)
    progbits, strtab, alloc = 1, 3, 2

    def section(name: int, kind: int, flags: int, offset: int, size: int, alignment: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", name, kind, flags, 0, offset, size, 0, 0, alignment, 0)

    body = (header + contents + names).ljust(sections_at, b"\0")
    return (body + bytes(section_size) + section(1, progbits, alloc, header_size, len(contents), 16)
            + section(9, strtab, 0, names_at, len(names), 1))


def _select(level: int) -> None:
    gdb.execute(f"select-frame {level}")
    gdb.execute("frame")


class Frames(TaskCommand):
    """Show the coroutines of a suspended task as gdb's own frames: async frames [TASK | off]

They take the place of the callers of the selected thread's innermost frame, which stays: #1 is the innermost
coroutine. Then plain `up`, `down`, `bt`, `frame N`, `info locals`, `info args` and `print` work in them.
`async frames off` brings the real callers back, and so does everything that lets the program run, like
`continue` and `next`. Without TASK it is the one that was asked for last.

The line that gdb shows is the compiler's: with optimization it may be off, where that of `async bt` is
exact. Don't `finish` out of them: nobody returns to a suspended coroutine."""

    name = "frames"

    def run(self, argument: str) -> None:
        if argument == "off":
            hide()
            _select(0)
            return
        task = task_named(argument)
        if task.is_done:
            raise gdb.GdbError(f'Task "{task.name}" is over ({task.state}): its coroutines are gone.')
        if not task.is_suspended:
            raise gdb.GdbError(f'Task "{task.name}" runs, so its coroutines are on the stack: plain `bt` has those '
                               "that run, `async bt` all.")
        frames = [frame for frame in shown_frames(task) if frame.actor is not None]
        if not frames:
            raise gdb.GdbError("There is no debug information about these coroutines: build them with -g.")
        show(frames)
        selection.select(task)
        _select(1)

    def complete(self, text: str, word: str):
        return completions(text, word, [*task_names(), "off"])
