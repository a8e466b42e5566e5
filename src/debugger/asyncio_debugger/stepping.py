"""async next, step, finish: they follow a task, whoever else runs meanwhile.

A step of a coroutine ends where it suspends or ends. So a walk takes turns: it lets a step go on until it
comes to another line (points at each, for this step only), or is over; then it sees which of the task's
coroutines is resumed next, and waits for that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys

import gdb

from . import layout, memory, running, source, where
from .actor import Actor
from .command import Command
from .points import Flight, LinePoint, Point, ReturnPoint, resumption_of
from .settings import temporarily
from .thrown import Thrown


class Interrupted(Exception):
    """Something else came first; the program stands there. It says what."""

    def __init__(self, what: str, is_at_a_place: bool = False):
        super().__init__(what)
        self.is_at_a_place = is_at_a_place


@dataclasses.dataclass
class Stage:
    """A coroutine on the task's stack."""

    coroutine: layout.Frame
    actor: Actor
    line: int  # where it stands, and needn't stop again; 0 before its first
    pc: int = sys.maxsize  # if it is known

    @classmethod
    def suspended(cls, coroutine: layout.Frame) -> Stage:
        place = coroutine.place()
        return cls(coroutine, coroutine.actor, place.line if place and coroutine.has_begun else 0)

    @property
    def is_over(self) -> bool:
        return memory.pointer(self.coroutine.address) == 0

    @property
    def is_shown(self) -> bool:
        return not self.coroutine.is_library


class Walk:
    """One command, from the coroutine that runs on the selected thread."""

    def __init__(self):
        self.step = running.innermost()
        here = Stage(self.step.coroutine, self.step.actor, self.step.line, self.step.pc)
        self.task = here.coroutine.task()
        callers = list(here.coroutine.and_callers())[1:]
        self.stages = [here] + [Stage.suspended(caller) for caller in callers]
        self.bottom = self.stages[-1].coroutine

    def next(self, into: bool = False) -> None:
        """To the task's next line; of coroutines that it awaits only if `into`."""
        while not self._comes_to_a_line():
            self._leave_what_is_over()
            if not self.stages:
                raise Interrupted(f"{self._task_name()} has ended.")
            if into:
                self._enter_what_is_awaited()
            self._await_resumption()

    def finish(self) -> None:
        """To the next line of who awaits the coroutine."""
        if len(self.stages) < 2:
            raise gdb.GdbError("Nobody awaits this coroutine.")
        finished = self.stages[0]
        self._await_resumption(self.stages[1])
        value = finished.coroutine.result(finished.actor)
        if value is not None:
            print(f"Value returned is ${gdb.add_history(value)} = {value.format_string()}")
        self._leave_what_is_over()
        self.next()

    def lost(self) -> str:
        """Of a program that something else has stopped: whose task runs instead, if it is another one."""
        here = layout.current_task()
        if here is None or self.task is None or here == self.task:
            return ""
        return f' Here runs task "{here.name}"; it was "{self.task.name}" that was followed.'

    # ------------------------------------------------------------ its parts

    def _comes_to_a_line(self) -> bool:
        """Whether the step comes to one, or is over."""
        stage = self.stages[0]
        flight = Flight(self.step)
        lines = [LinePoint(pc, self.step, flight) for pc in _stops(stage)]
        run_to([*lines, ReturnPoint(self.step), *flight.points])
        arrived = any(line.reached for line in lines)
        if arrived and flight.caught is not None:
            print(f"Caught {flight.caught}")
        return arrived

    def _leave_what_is_over(self) -> None:
        while self.stages and self.stages[0].is_over:
            over = self.stages.pop(0)
            exception = over.coroutine.exception()
            if exception and over.is_shown:
                print(f"{over.actor.name}() threw {Thrown.at(exception)}")

    def _enter_what_is_awaited(self) -> None:
        above = []
        for coroutine in self.bottom.top().and_callers():
            if coroutine == self.stages[0].coroutine:
                break
            above.append(Stage.suspended(coroutine))
        self.stages = above + self.stages

    def _await_resumption(self, of: Stage | None = None) -> None:
        stage = of or self.stages[0]
        try:
            run_to([resumption_of(stage.coroutine, stage.actor)])
        except gdb.error as error:
            if "watchpoint" not in str(error) and "breakpoint" not in str(error):
                raise
            run_to([resumption_of(stage.coroutine, stage.actor, with_watchpoint=False)])
        if stage.actor.is_destroyed(stage.coroutine.address):
            raise Interrupted(f"{self._task_name()} goes away unfinished, with its loop.")
        self.step = running.Activation(gdb.newest_frame(), stage.coroutine, stage.actor)
        stage.pc = sys.maxsize

    def _task_name(self) -> str:
        return f'Task "{self.task.name}"' if self.task else "The coroutine"


def run_to(points: list[Point], command: str = "continue") -> None:
    """Lets the program run until it comes to one of them; they are gone then."""
    stops: list[gdb.Event] = []
    hits = {each.number: each.hit_count for each in gdb.breakpoints()}
    gdb.events.stop.connect(stops.append)
    gdb.events.exited.connect(stops.append)
    try:
        with contextlib.ExitStack() as settings:
            settings.enter_context(temporarily("suppress-cli-notifications", "on"))
            if gdb.parameter("scheduler-locking") in ("on", "step"):  # others may have to wake this task
                settings.enter_context(temporarily("scheduler-locking", "off"))
            gdb.execute(command, to_string=True)
        if not any(point.reached for point in points):
            raise _interruption(stops[-1], hits)
    finally:
        gdb.events.stop.disconnect(stops.append)
        gdb.events.exited.disconnect(stops.append)
        Point.delete_all()


def _interruption(stop: gdb.Event, hits: dict[int, int]) -> Interrupted:
    """`hits` is how often each breakpoint was hit before: gdb tells of those, too, that declined to stop."""
    if isinstance(stop, gdb.ExitedEvent):
        return Interrupted("The program has ended before that.")
    if isinstance(stop, gdb.SignalEvent):
        return Interrupted(f"Signal {stop.stop_signal}.", is_at_a_place=True)
    if isinstance(stop, gdb.BreakpointEvent):
        numbers = " and ".join(str(each.number) for each in stop.breakpoints
                               if each.number > 0 and each.hit_count > hits.get(each.number, 0))
        return Interrupted(f"Breakpoint {numbers}.", is_at_a_place=True)
    return Interrupted("The program was stopped.", is_at_a_place=True)


def _stops(stage: Stage) -> list[int]:
    """Where to stop. In the statement where it stands only if it comes to its beginning again, in a loop."""
    if not stage.is_shown:
        return []
    first_line = source.statements(stage.actor)
    stands_in = first_line.get(stage.line, stage.line)
    ends = source.ends_of_the_body(stage.actor)
    starts = {pc: first_line.get(line, line) for pc, line in stage.actor.line_starts.items() if pc not in ends}
    begins_at = min((pc for pc, line in starts.items() if line == stands_in), default=0)
    return [pc for pc, line in starts.items() if line != stands_in or pc == begins_at <= stage.pc]


# ---------------------------------------------------------------- the commands

class Next(Command):
    """Go on to the next line of this task: async next [N]

Like `next`, but a line that suspends is over when the task is resumed and comes to another one, however many
others run the same code meanwhile, on this thread or on others. What the line calls or awaits just runs. At the
coroutine's end it is the next line of the coroutine that awaits it; after an exception, the first line
of the handler. What else may come first, such as another breakpoint, or the task's end, stops it.

In virtual time no deadline passes while you look around. N: so many lines."""

    name = "next"

    def run(self, argument: str) -> None:
        if argument and not argument.isdecimal():
            raise gdb.GdbError(f'"{argument}" is no number of times.')
        for _ in range(int(argument or "1")):
            if not self._goes_on():
                return

    def walk(self, walk: Walk) -> None:
        walk.next()

    def _goes_on(self) -> bool:
        """Whether it came to a line of the task."""
        running.require_process()
        try:
            walk = Walk()
            began_in = walk.stages[0]
            self.walk(walk)
            where.show(with_function=walk.stages[0] is not began_in)
            return True
        except Interrupted as interrupted:
            print(f"{interrupted}{walk.lost()}" if interrupted.is_at_a_place else interrupted)
            if interrupted.is_at_a_place:
                where.show()
            return False
        finally:
            Point.delete_all()


class Step(Next):
    """Go on to the next line of this task, in the coroutine that it awaits: async step [N]

Like `async next`, but `co_await f()` leads to the first line of f(), and through the library's own coroutines,
such as with_task_group(), to yours. It enters no plain functions, which `step` does, and no other tasks, in which
`async break` stops. N: so many lines."""

    name = "step"

    def walk(self, walk: Walk) -> None:
        walk.next(into=True)


class Finish(Next):
    """Go on until this coroutine has ended: async finish [N]

It stops at the next line of the coroutine that awaits it, and shows what it returned, or that it threw.
N: so many coroutines."""

    name = "finish"

    def walk(self, walk: Walk) -> None:
        walk.finish()
