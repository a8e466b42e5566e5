"""What the commands have in common, and the task and coroutine that they are about."""

from __future__ import annotations

import re
from typing import Iterable

import gdb

from . import layout, memory, prefix  # noqa: F401
from .layout import Frame, Task
from .settings import in_cpp


class Command(gdb.Command):
    """A command whose help is its class's docstring. run() does it; what goes wrong is one line."""

    name = ""

    def __init__(self):
        super().__init__(f"async {self.name}", gdb.COMMAND_STACK)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        try:
            with in_cpp():
                self.run(argument)
        except memory.Unreadable as error:
            raise gdb.GdbError(f"A part of asyncio's data can't be read ({error}): it is damaged, or the core "
                               "file lacks it.") from None
        except gdb.error as error:
            raise gdb.GdbError(str(error)) from None

    def run(self, argument: str) -> None:
        raise NotImplementedError

    def complete(self, text: str, word: str):
        return gdb.COMPLETE_NONE


class TaskCommand(Command):
    """A command that is about a task."""

    def complete(self, text: str, word: str):
        return completions(re.sub(r"^(-\S+\s+)+", "", text), word, task_names())


def task_names() -> list[str]:
    """None where there is no program to ask."""
    try:
        with in_cpp():
            return [task.name for task in layout.all_tasks()]
    except (gdb.error, gdb.GdbError, memory.Unreadable):
        return []


def completions(typed: str, word: str, known: Iterable[str]) -> list[str]:
    """Of those that begin with what is typed, what takes the place of `word`: gdb's words begin behind a space
    or a hyphen, too."""
    kept = len(typed) - len(word)
    return [each[kept:] for each in known if each.startswith(typed)]


def options(argument: str, *known: str) -> tuple[set[str], str]:
    """Options, like `-l`, and what they stand before or behind."""
    given: set[str] = set()
    rest = argument.strip()
    while (option := re.search(r"\s+(-\S+)$", rest)) and option[1] in known and not layout.is_task_name(rest):
        given.add(option[1])
        rest = rest[:option.start()]
    while option := re.match(r"(-\S+)\s*", rest):
        if option[1] not in known:
            if layout.is_task_name(rest):
                break
            raise gdb.GdbError(f"There is no option {option[1]} here"
                               + (f": there are {', '.join(known)}." if known else "."))
        given.add(option[1])
        rest = rest[option.end():]
    return given, rest


class Selection:
    """A task that the user looks at, and one of its coroutines. It holds until the program runs."""

    task: Task | None = None
    level = 0

    def __init__(self):
        gdb.events.cont.connect(self.forget)
        gdb.events.exited.connect(self.forget)
        gdb.events.new_objfile.connect(self.forget)

    def forget(self, _event=None) -> None:
        self.task = None
        self.level = 0

    def select(self, task: Task, level: int = 0) -> None:
        self.task = task
        self.level = level

    def task_or_current(self) -> Task:
        """What was selected, or else what runs."""
        if self.task is not None:
            return self.task
        running = layout.current_task()
        if running is None:
            layout.loops()  # says so where there is no program
            raise gdb.GdbError("No task is running on this thread: say which one; `async tasks` lists them.")
        return running


selection = Selection()


def task_named(name: str) -> Task:
    return layout.find_task(name) if name else selection.task_or_current()


def shown_frames(task: Task, everything: bool = False) -> list[Frame]:
    """Its coroutines without the library's own, unless there are no others."""
    frames = task.frames()
    return frames if everything else [f for f in frames if not f.is_library] or frames[:1]


def time_left(until: int, now: int) -> str:
    return seconds(max(0, until - now))


def seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.3f} s"
