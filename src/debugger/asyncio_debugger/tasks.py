"""async tasks"""

from __future__ import annotations

import fnmatch
import re

import gdb

from . import layout
from .command import Command, completions, options, seconds, shown_frames, task_names, time_left
from .layout import Loop, Task

STATES = ("running", "ready", "waiting", "not-started", "done", "finished", "failed", "cancelled")


class Tasks(Command):
    """List the tasks of all loops: async tasks [-STATE...] [NAME...]

For each its number, its name, what it is doing, what it waits for and where in the source. The one that
runs has a star. With a NAME, which may have wildcards (`async tasks worker*`), only those; with a
-STATE only those that are so:

    -running, -ready      it runs; it will in a moment, since what it waited for is there
    -waiting              for what the table shows
    -not-started          its first line is still to come
    -done                 of these -finished, -failed and -cancelled; they are listed as long as
                          somebody keeps a handle

The column `for` shows how long it has waited, by the program's clock, which the loop reads when it has nothing
to run; `left` how long it has yet to wait, of a sleep, and of a wait with a time limit."""

    name = "tasks"

    def run(self, argument: str) -> None:
        given, rest = options(argument, *(f"-{state}" for state in STATES))
        names = [rest, *gdb.string_to_argv(rest)] if rest else []
        states = {option[1:] for option in given}
        loops = layout.loops()
        if not loops:
            print("The program has no loop now.")
        for loop in loops:
            tasks = loop.tasks()
            shown = [task for task in tasks if _is_wanted(task, states, names)]
            print(_heading(loop, len(tasks), len(shown)))
            if shown:
                print(_table([_row(task, len(loops) > 1) for task in shown]))

    def complete(self, text: str, word: str):
        last = re.search(r"\S*$", text)[0]
        return completions(last, word, [f"-{state}" for state in STATES] if last.startswith("-") else task_names())


def _is_wanted(task: Task, states: set[str], names: list[str]) -> bool:
    state = task.state.replace(" ", "-")
    return ((not states or state in states or (task.is_done and "done" in states))
            and (not names or any(fnmatch.fnmatchcase(task.name, name) for name in names)))


def _heading(loop: Loop, count: int, shown: int) -> str:
    thread = loop.thread
    where = (f"on thread {thread.num}" + (f' "{thread.name}"' if thread.name else "") if thread is not None
             else "on a thread that is not to be seen" if loop.is_running else "not running")
    some = f"{count} task{'s' if count != 1 else ''}" + (f", of which {shown}" if shown != count else "")
    clock = "virtual time" if loop.is_virtual else "time"
    return f"loop {loop.number}, {where}, {clock} {seconds(loop.now)}: {some}"


def _row(task: Task, with_loop: bool) -> tuple[str, ...]:
    number = f"{task.loop.number}:{task.number}" if with_loop else str(task.number)
    wait = task.wait()
    words = wait.words if wait else ""
    if wait and wait.holder:
        words += f', held by "{wait.holder.name}"'
    now = task.loop.now
    since = seconds(now - wait.since) if wait and wait.since is not None else ""
    left = time_left(wait.until, now) if wait and wait.until is not None else ""
    group = task.group_owner()
    return ("*" if task.state == "running" else "", number, _cut(task.name, 40), task.state, _cut(words, 48), since, left,
            where(task), f'group of "{group.name}"' if group else "")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[:width - 3] + "..."


def where(task: Task) -> str:
    """The line of the program that a task stands at, that function, and the one that is its body."""
    frames = [frame for frame in shown_frames(task) if not frame.is_library]
    if not frames:
        return f"made at {task.created_at}" if task.created_at is not None and not task.is_done else ""
    innermost, body = frames[0], frames[-1]
    function = innermost.name if innermost == body or body.actor is None else f"{innermost.name} in {body.name}"
    place = innermost.place()
    return f"{place}, {function}" if place is not None else function


def _table(rows: list[tuple[str, ...]]) -> str:
    """Columns as wide as they have to be; those that are empty are left out."""
    headings = ("", "#", "task", "state", "waits for", "for", "left", "at", "")
    wanted = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    lines = [headings, *rows]
    widths = [max(len(line[i]) for line in lines) for i in wanted]
    right = (1, 5, 6)
    return "\n".join(
        " ".join(line[i].rjust(width) if i in right else line[i].ljust(width)
                 for i, width in zip(wanted, widths)).rstrip()
        for line in lines)
