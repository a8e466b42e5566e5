"""async break, async start"""

from __future__ import annotations

import re

import gdb

from . import layout, running, where
from .actor import Actor, function_block
from .command import Command, completions, task_names
from .points import Point
from .settings import in_cpp
from .stepping import Interrupted, run_to


class Break(Command):
    """Set a breakpoint in a coroutine, for one task only if you like: async break PLACE [task NAME] [if CONDITION]

PLACE is a function or FILE:LINE. Of a coroutine function gdb's `break` knows three places: the call that makes the
coroutine, its body whenever it is resumed, and its clean-up. This one takes the first line of the body. With a
NAME only tasks of that name stop there, those too that will be created yet; PLACE may be in a
plain function then, which such a task calls.

It is a breakpoint like others: `delete`, `disable` and `info breakpoints` know it."""

    name = "break"

    def run(self, argument: str) -> None:
        place, task, condition = _parts(argument)
        found = _decoded(place)
        bodies = {_location(actor) for actor, line in found
                  if actor is not None and line not in actor.line_starts.values()}
        is_within = any(actor is not None and line in actor.line_starts.values() for actor, line in found)
        for location in [*sorted(bodies), *[place] * (is_within or not bodies)]:
            TaskBreakpoint(location, task, condition, in_coroutine=any(actor for actor, _ in found))
        if task is not None and gdb.selected_inferior().pid != 0 and not layout.is_task_name(task):
            print(f'No task is called "{task}" yet.')

    def complete(self, text: str, word: str):
        behind_task = re.search(r"\stask\s+(.*)$", text)
        if behind_task:
            return completions(behind_task[1], word, task_names())
        return gdb.COMPLETE_LOCATION


def _parts(argument: str) -> tuple[str, str | None, str | None]:
    """Place, name of the task, and condition."""
    place, task, condition = re.fullmatch(r"\s*(.*?)(?:\s+task\b\s*(.*?))?(?:\s+if\b\s*(.*?))?\s*", argument).groups()
    if not place:
        raise gdb.GdbError("Say where: async break FUNCTION, or async break FILE:LINE")
    if task == "":
        raise gdb.GdbError("Say which task: async break PLACE task NAME")
    if condition == "":
        raise gdb.GdbError("Say on which condition: async break PLACE if CONDITION")
    return place, task and (task if task in task_names() else layout.unquoted(task)), condition


def _decoded(place: str) -> list[tuple[Actor | None, int]]:
    """The lines that are meant, each with the coroutine that it is in or that is made there."""
    try:
        rest, found = gdb.decode_line(place)
    except gdb.error as error:
        raise gdb.GdbError(f"{error} It has to be a function, or FILE:LINE.") from None
    if rest:
        raise gdb.GdbError(f'"{rest}" is too much: async break PLACE [task NAME] [if CONDITION]')
    return [(Actor.at(each.pc) or _made_at(each.pc), gdb.find_pc_line(each.pc).line) for each in found or ()]


def _made_at(pc: int) -> Actor | None:
    """The coroutine that the function there makes, if it makes one."""
    block = function_block(pc)
    if block is None:
        return None
    return next((actor for actor in _coroutines_in(block.function.symtab) if actor.made_by == block.start), None)


def _location(actor: Actor) -> str:
    """Of the first line of the body, in words of gdb's that hold when the program is loaded elsewhere."""
    line, pc = actor.beginning() or actor.call()
    by_line = f"{actor.file}:{line}"
    if [each.pc for each in gdb.decode_line(by_line)[1]] == [pc]:
        return by_line
    main = gdb.lookup_global_symbol("main")  # gdb takes another line for it, of optimized code, or other functions too
    return f"*main{pc - int(main.value().address):+#x}" if main is not None else by_line


class TaskBreakpoint(gdb.Breakpoint):
    """Passed over by other tasks, and by what only makes or destroys a coroutine."""

    def __init__(self, location: str, task_name: str | None, condition: str | None, in_coroutine: bool):
        super().__init__(location)
        self.task_name = task_name
        self.in_coroutine = in_coroutine
        try:
            self.condition = condition
        except gdb.error:
            self.delete()
            raise

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
    return frame.find_sal().line in actor.line_starts.values() or actor.begins(coroutine.address)


class Start(Command):
    """Run the program to the first line of its first coroutine: async start [ARGUMENTS]

Like `start`, which stops at main(). It is the first that runs among the coroutines in main()'s source file; without
any, it stops at main()."""

    name = "start"

    def run(self, argument: str) -> None:
        if layout.is_core_file():
            raise gdb.GdbError("Nothing runs in a core file: `core-file` without a name closes it.")
        if gdb.selected_inferior().pid != 0:
            raise gdb.GdbError("The program is running already; `kill` ends it.")
        main = gdb.lookup_global_symbol("main")
        if main is None:
            raise gdb.GdbError("There is no program with debug information here: gdb PROGRAM, or `file PROGRAM`.")
        try:
            run_to([Point("main")], f"run {argument}")
            beginnings = [Point(f"*{beginning[1]:#x}") for actor in _coroutines_in(main.symtab)
                          if (beginning := actor.beginning())]
            if beginnings:
                run_to(beginnings)
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
    return [actor for actor in actors if actor is not None]
