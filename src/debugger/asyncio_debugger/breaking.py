"""async break, async start"""

from __future__ import annotations

import re

import gdb

from . import layout, running, where
from .actor import Actor
from .command import Command, TaskCommand
from .points import Point
from .settings import in_cpp
from .stepping import Interrupted, run_to


class Break(TaskCommand):
    """Set a breakpoint in a coroutine, for one task only if you like: async break PLACE [task NAME]

PLACE is a function or FILE:LINE. Of a coroutine function gdb's `break` knows three places: the call that makes the
coroutine, its body whenever it is resumed, and its clean-up. This one takes the first line of the body. With a
NAME only tasks of that name stop there, those too that will be created yet; PLACE may be in a
plain function then, which such a task calls.

It is a breakpoint like others: `delete`, `disable` and `info breakpoints` know it."""

    name = "break"

    def run(self, argument: str) -> None:
        place, task = re.fullmatch(r"\s*(.*?)(?:\s+task\s+(.+?))?\s*", argument).groups()
        if not place:
            raise gdb.GdbError("Say where: async break FUNCTION, or async break FILE:LINE")
        try:
            _, found = gdb.decode_line(place)
        except gdb.error as error:
            raise gdb.GdbError(f"{error} It has to be a function, or FILE:LINE.") from None
        actors = [(Actor.at(each.pc), gdb.find_pc_line(each.pc).line) for each in found or ()]
        bodies = {_location(actor) for actor, line in actors
                  if actor is not None and line not in actor.line_starts().values()}
        for location in sorted(bodies) or [place]:
            TaskBreakpoint(location, task, in_coroutine=any(actor for actor, _ in actors))

    def complete(self, text: str, word: str):
        if re.search(r"\stask\s", text):
            return super().complete(text, word)
        return gdb.COMPLETE_LOCATION


def _location(actor: Actor) -> str:
    """Of the first line of the body, in words of gdb's that hold when the program is loaded elsewhere."""
    line, pc = actor.beginning() or (actor.line, actor.entry)
    by_line = f"{actor.file}:{line}"
    if [each.pc for each in gdb.decode_line(by_line)[1]] == [pc]:
        return by_line
    main = gdb.lookup_global_symbol("main")  # gdb takes another line for it, of optimized code, or other functions too
    return f"*main{pc - int(main.value().address):+#x}" if main is not None else by_line


class TaskBreakpoint(gdb.Breakpoint):
    """Passed over by other tasks, and by what only makes or destroys a coroutine."""

    def __init__(self, location: str, task_name: str | None, in_coroutine: bool):
        super().__init__(location)
        self.task_name = task_name
        self.in_coroutine = in_coroutine

    def stop(self) -> bool:
        with in_cpp():
            return self._is_meant()

    def _is_meant(self) -> bool:
        if self.in_coroutine and not _is_in_body(gdb.newest_frame()):
            return False
        if self.task_name is None:
            return True
        try:
            task = running.innermost().coroutine.task()
        except gdb.GdbError:  # nothing of asyncio's runs here
            return False
        return task is not None and task.name == self.task_name


def _is_in_body(frame: gdb.Frame) -> bool:
    """Not in what makes a coroutine, or destroys it. A body that is in one line with its function stops when it
    begins."""
    frame = running.not_inlined(frame)
    actor = Actor.at(frame.pc())
    coroutine = layout.frame_of(frame)
    if actor is None or coroutine is None:
        return False
    return frame.find_sal().line in actor.line_starts().values() or actor.begins(coroutine.address)


class Start(Command):
    """Run the program to the first line of its first coroutine: async start [ARGUMENTS]

Like `start`, which stops at main(). It is the first that runs among the coroutines in main()'s source file; without
any, it stops at main()."""

    name = "start"

    def run(self, argument: str) -> None:
        if gdb.selected_inferior().pid != 0:
            raise gdb.GdbError("The program is running already; `kill` ends it.")
        main = gdb.lookup_global_symbol("main")
        if main is None:
            raise gdb.GdbError("There is no program with debug information here: gdb PROGRAM, or `file PROGRAM`.")
        try:
            run_to([Point("main")], f"run {argument}")
            beginnings = [actor.beginning() for actor in _coroutines_in(main.symtab)]
            if beginnings:
                run_to([Point(f"*{pc:#x}") for _, pc in beginnings])
        except Interrupted as interrupted:
            print(interrupted)
            if not interrupted.is_at_a_place:
                return
        finally:
            Point.delete_all()
        where.show()


def _coroutines_in(file: gdb.Symtab) -> list[Actor]:
    functions = [symbol for block in (file.global_block(), file.static_block()) for symbol in block
                 if symbol.is_function and symbol.symtab.filename == file.filename]
    actors = [Actor.at(int(function.value().address)) for function in functions]
    return [actor for actor in actors if actor is not None and actor.beginning()]
