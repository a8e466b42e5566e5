"""async graph"""

from __future__ import annotations

from . import layout
from .backtrace import summary_of_wait
from .command import TaskCommand, options, task_named
from .layout import Future, Task
from .tasks import where
from .waits import Wait, waiting_tasks


_DEEPEST = 100  # of what is drawn: nobody reads further in


class Graph(TaskCommand):
    """Show who waits for whom: async graph [TASK]

A tree for each task that nobody waits for, with what it waits for below it: tasks, the children of a gather
or of a task group, the holder of a lock. What comes a second time is not drawn again, nor is what lies more than a
hundred levels down; where tasks wait for each other in a circle it says so. Then come the locks, queues and so on that
several tasks wait for, in the order in which they will be served. With TASK it is the tree from that task on."""

    name = "graph"

    def run(self, argument: str) -> None:
        _, name = options(argument)
        tasks = [task for task in layout.all_tasks() if not task.is_done]
        drawing = _Drawing(tasks)
        if name:
            drawing.draw(task_named(name))
        else:
            for task in drawing.roots():
                drawing.draw(task)
        print("\n".join(drawing.lines) or "There are no tasks that are not done.")
        if not name:
            for line in _lines_of_waiters(tasks):
                print(line)


class _Drawing:
    def __init__(self, tasks: list[Task]):
        self.lines: list[str] = []
        self._tasks = tasks
        self._drawn: set[int] = set()
        self._children: dict[int, list[tuple[str, Future]]] = {}
        self._groups: dict[int, list[Task]] = {}
        for task in tasks:
            owner = task.group_owner()
            if owner is not None:
                self._groups.setdefault(owner.address, []).append(task)

    def roots(self) -> list[Task]:
        """Those that nobody waits for; then one of each circle."""
        awaited = {child.address for task in self._tasks for child in self._below(task)}
        found = [task for task in self._tasks if task.address not in awaited]
        reached: set[int] = set()
        for task in found:
            self._reach(task, reached)
        for task in self._tasks:
            if task.address not in reached:
                found.append(task)
                self._reach(task, reached)
        return found

    def draw(self, future: Future) -> None:
        self._draw(future, "", "", "", ())

    def _draw(self, future: Future, relation: str, first: str, rest: str, above: tuple[int, ...]) -> None:
        text = first + relation + _line_of(future)
        below = [] if future.is_done else self._below_named(future)
        if future.address in above:
            self.lines.append(f"{text} (again: they wait for each other)")
            return
        if future.address in self._drawn and below:
            self.lines.append(f"{text} (see above)")
            return
        self.lines.append(text)
        if len(above) == _DEEPEST and below:
            self.lines.append(f"{rest}└─ ...")
            return
        self._drawn.add(future.address)
        for position, (relation, child) in enumerate(below):
            is_last = position == len(below) - 1
            self._draw(child, relation, rest + ("└─ " if is_last else "├─ "), rest + ("   " if is_last else "│  "),
                       (*above, future.address))

    def _below_named(self, future: Future) -> list[tuple[str, Future]]:
        if future.address not in self._children:
            self._children[future.address] = self._find_below(future)
        return self._children[future.address]

    def _below(self, future: Future) -> list[Future]:
        """All that it waits for, also through gathers."""
        found: list[Future] = []
        for _, child in self._below_named(future):
            found += [child] if isinstance(child, Task) else [child, *self._below(child)]
        return found

    def _find_below(self, future: Future) -> list[tuple[str, Future]]:
        if not isinstance(future, Task):
            return [("", part) for part in future.parts() if not part.is_done]
        wait = future.wait()
        futures = list(wait.futures) if wait else []
        below = [("", child) for child in futures]
        if wait and wait.holder:
            below.append(("held by ", wait.holder))
        below += [("in its group: ", child) for child in self._groups.get(future.address, []) if child not in futures]
        return below

    def _reach(self, future: Future, reached: set[int]) -> None:
        to_do = [future]
        while to_do:
            each = to_do.pop()
            if each.address not in reached:
                reached.add(each.address)
                to_do += [child for _, child in self._below_named(each)]


def _line_of(future: Future) -> str:
    if not isinstance(future, Task):
        parts = future.parts()
        done = sum(part.is_done for part in parts)
        words = future.describe().split(" of ", 1)[0]
        return f"{words} of {len(parts)}, {done} of them done" if len(parts) > 1 else words
    text = f'task "{future.name}", {future.state}'
    wait = future.wait()
    if wait is not None:
        text += _short(future, wait)
    place = where(future)
    return f"{text} ({place})" if place else text


def _short(task: Task, wait: Wait) -> str:
    """What it waits for, without that which is drawn below it."""
    if len(wait.futures) == 1 and wait.words == wait.futures[0].describe():
        return " for"
    if wait.futures:
        return f" for {wait.words.split(' of ', 1)[0]} of {len(wait.futures)}"
    return summary_of_wait(task, wait._replace(holder=None))


def _lines_of_waiters(tasks: list[Task]) -> list[str]:
    """`lock "forks", held by "a": "b", "c"`."""
    by_source: dict[tuple[int, str], list[tuple[Task, Wait]]] = {}
    for task in tasks:
        wait = task.wait()
        if wait is not None and wait.source and wait.line is not None and task.state == "waiting":
            by_source.setdefault((wait.line, wait.words), []).append((task, wait))
    lines = []
    for (line, words), waiting in by_source.items():
        if len(waiting) < 2:
            continue
        order = {address: position for position, address in enumerate(waiting_tasks(line))}
        waiting.sort(key=lambda each: order.get(each[0].address, len(order)))
        holder = waiting[0][1].holder
        held = f', held by "{holder.name}"' if holder else ""
        names = ", ".join(f'"{task.name}"' for task, _ in waiting[:20])
        more = f" and {len(waiting) - 20} more" if len(waiting) > 20 else ""
        lines.append(f"{words}{held}: {len(waiting)} wait, in this order: {names}{more}")
    return lines
