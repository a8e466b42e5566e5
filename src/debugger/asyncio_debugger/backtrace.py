"""async bt, async up, async down, async locals, async print"""

from __future__ import annotations

import re

import gdb

from . import frames as gdb_frames
from . import layout
from .actor import name_of_function
from .command import Command, TaskCommand, options, selection, shown_frames, task_named, time_left
from .layout import Frame, Task, is_library
from .waits import Wait


class Backtrace(TaskCommand):
    """Show the coroutines of a task: async bt [-l] [-v] [TASK], or async bt -a

The innermost comes first: the one that waits, then the one that awaits it, and so on to the body of the
task, each with its arguments and the line of its co_await. Of the task that runs, the plain functions that
its innermost coroutine has called stand before.

    -l    with local variables: those in scope at the co_await that have a value by then
    -a    all tasks of all loops that are not done
    -v    with the library's own coroutines

Without TASK it is the one that was asked for last, or else the one that runs. The task is selected then:
`async up`, `async down`, `async locals` and `async print` are about it, until the program runs again."""

    name = "bt"

    def run(self, argument: str) -> None:
        given, name = options(argument, "-l", "-a", "-v")
        if "-a" in given:
            for task in layout.all_tasks():
                if not task.is_done:
                    _print_backtrace_or_reason(task, given)
            return
        task = task_named(name)
        selection.select(task)
        _print_backtrace(task, given)


class Up(Command):
    """Select the coroutine that awaits the selected one: async up [N]

N levels at once, 1 by default. See also `async bt`."""

    name = "up"
    direction = 1

    def run(self, argument: str) -> None:
        try:
            by = int(argument or "1")
        except ValueError:
            raise gdb.GdbError(f'"{argument}" is no number of levels.') from None
        task = selection.task_or_current()
        frames = _frames_of(task)
        level = selection.level + self.direction * by
        if not 0 <= level < len(frames):
            end = "outermost" if level > 0 else "innermost"
            raise gdb.GdbError(f'That is the {end} coroutine of task "{task.name}".')
        selection.select(task, level)
        print(_frame_line(level, frames[level]))


class Down(Up):
    """Select the coroutine that the selected one awaits: async down [N]

N levels at once, 1 by default. See also `async bt`."""

    name = "down"
    direction = -1


class Locals(TaskCommand):
    """Show arguments and variables of a coroutine: async locals [TASK] [LEVEL]

Those in scope at the co_await where it is suspended that have a value by then. Without LEVEL, a number
from `async bt`, it is the selected coroutine; with TASK alone, its innermost one."""

    name = "locals"

    def run(self, argument: str) -> None:
        name, level = _name_and_level(argument)
        task = task_named(name)
        frames = _frames_of(task)
        if not 0 <= level < len(frames):
            raise gdb.GdbError(f'Task "{task.name}" has no coroutine #{level}: the last is #{len(frames) - 1}.')
        selection.select(task, level)
        frame = frames[level]
        print(_frame_line(level, frame))
        _check_described(frame)
        shown = [line for arguments in (True, False) for line in _variable_lines(frame, arguments, 4)]
        print("\n".join(shown) if shown else "    It has no variables there.")


class Print(Command):
    """Evaluate an expression in the selected coroutine: async print EXPRESSION

The same as gdb's `print`, formats (`async print/x n`) included, where the coroutine is suspended. It is
selected by `async bt`, `async up`, `async down` or `async locals`."""

    name = "print"

    def run(self, argument: str) -> None:
        if not argument:
            raise gdb.GdbError("Say what to evaluate: async print EXPRESSION")
        task = selection.task_or_current()
        frame = _frames_of(task)[selection.level]
        command = f"print{argument}" if argument.startswith("/") else f"print {argument}"
        if frame.runs_at is not None:
            with gdb_frames.real_stack():
                before = gdb.selected_frame()
                layout.running_gdb_frame(task)[0].select()
                try:
                    gdb.execute(command)
                finally:
                    before.select()
            return
        _check_described(frame)
        with gdb_frames.selected(frame):
            gdb.execute(command)


def _name_and_level(argument: str) -> tuple[str, int]:
    if not argument:
        return "", selection.level
    both = re.fullmatch(r"(.*\S)\s+#?(-?\d+)", argument)
    if both is None or layout.is_task_name(argument):
        return argument, 0
    return both[1], int(both[2])


def _frames_of(task: Task) -> list[Frame]:
    if task.is_done:
        raise gdb.GdbError(f'Task "{task.name}" is over ({task.state}): its coroutines are gone.')
    frames = shown_frames(task)
    if not frames:
        raise gdb.GdbError(f'Task "{task.name}" runs, but its coroutines are not to be found on the stack: the code '
                           "is optimized, or has no debug information.")
    return frames


def _check_described(frame: Frame) -> None:
    if frame.actor is None:
        raise gdb.GdbError("There is no debug information about that coroutine: build it with -g.")


def _print_backtrace_or_reason(task: Task, given: set[str]) -> None:
    try:
        _print_backtrace(task, given)
    except gdb.GdbError as error:
        print(f"    {error}")


def _print_backtrace(task: Task, given: set[str]) -> None:
    print(_summary(task))
    if task.is_done:
        return
    if task.state == "running":
        for line in _plain_functions(task):
            print(line)
    frames = task.frames() if "-v" in given else _frames_of(task)
    for level, frame in enumerate(frames):
        print(_frame_line(level, frame))
        if "-l" in given:
            for line in _variable_lines(frame, False, 8):
                print(line)


def _summary(task: Task) -> str:
    wait = task.wait()
    return f'task {task.number} "{task.name}": {task.state}' + (summary_of_wait(task, wait) if wait else "")


def summary_of_wait(task: Task, wait: Wait) -> str:
    """Behind its state: ` for a sleep, 0.250 s left`."""
    text = f" for {wait.words}" if task.state == "waiting" else f", waited for {wait.words}"
    if wait.holder:
        text += f', held by "{wait.holder.name}"'
    if wait.until is not None:
        text += f", {time_left(wait.until, task.loop.now)} left"
    return text


def _plain_functions(task: Task) -> list[str]:
    """What the running coroutine has called, without the libraries' insides."""
    lines = []
    with gdb_frames.real_stack():
        found = layout.running_gdb_frame(task)
        frame = gdb.newest_frame() if found and task.loop.thread == gdb.selected_thread() else None
        while frame is not None and frame != found[0]:
            sal = frame.find_sal()
            name = name_of_function(frame.name() or "")
            if sal.symtab and not is_library(name) and not _is_system(sal.symtab.filename):
                lines.append(f"    {name} () at {layout.Place(sal.symtab.filename, sal.line, 0, name)}")
            frame = frame.older()
    return lines


def _is_system(file: str) -> bool:
    return file.startswith(("/usr/", "../sysdeps/", "./"))


def _frame_line(level: int, frame: Frame) -> str:
    arguments = ", ".join(f"{name}={formatted(variable, frame, 40)}"
                          for name, variable in frame.variables().items() if variable.is_argument)
    place = frame.place()
    where = f" at {place}" if place else ""
    if not frame.has_begun:
        where += ", not begun"
    return f"#{level}  {frame.name} ({arguments}){where}"


def _variable_lines(frame: Frame, arguments: bool, indent: int) -> list[str]:
    return [f"{'':{indent}}{name} = {formatted(variable, frame, 100)}"
            for name, variable in frame.variables().items() if variable.is_argument == arguments]


def formatted(variable: layout.Variable, frame: Frame, width: int) -> str:
    """Its value in one line that is not too long."""
    try:
        value = variable.value(frame.address)
        text = value.format_string(max_elements=20, max_depth=2, symbols=False)
    except (gdb.error, layout.memory.Unreadable) as error:
        return f"<{error}>"
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 3] + "..."
