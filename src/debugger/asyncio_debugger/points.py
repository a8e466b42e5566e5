"""Breakpoints of gdb's that stand for "until": silent, not listed, and gone when their command is over."""

from __future__ import annotations

import gdb

from . import layout
from .actor import Actor
from .running import Activation
from .thrown import Thrown


class Point(gdb.Breakpoint):
    """Says afterwards whether the program came there."""

    _living: list[Point] = []

    def __init__(self, location: str, **kind):
        super().__init__(location, internal=True, **kind)
        self.silent = True
        self.reached = False
        self._living.append(self)

    @classmethod
    def delete_all(cls) -> None:
        while cls._living:
            point = cls._living.pop()
            if point.is_valid():
                point.delete()

    def stop(self) -> bool:
        self.reached = self.is_it()
        return self.reached

    def is_it(self) -> bool:
        return True


class StepPoint(Point):
    """Only for one thread, while one step of a coroutine lasts."""

    def __init__(self, address: int, step: Activation):
        super().__init__(f"*{address:#x}")
        self.thread = step.thread.global_num
        self.step = step


class LinePoint(StepPoint):
    """The step comes to a line. Not counted: clean-up on the way of an exception to its handler."""

    def __init__(self, address: int, step: Activation, flight: Flight):
        super().__init__(address, step)
        self.flight = flight

    def is_it(self) -> bool:
        return not self.flight.lasts and self.step.runs_here()


class ReturnPoint(StepPoint):
    """The step is over: the coroutine is suspended, or has ended."""

    def __init__(self, step: Activation):
        super().__init__(step.returns_to, step)

    def is_it(self) -> bool:
        return self.step.has_returned()


class Flight:
    """An exception's way from where it is thrown to who catches it, while a step lasts. Debian's unwinder has no
    probes, from which gdb would know."""

    def __init__(self, step: Activation):
        self.lasts = False
        self.caught: Thrown | None = None  # by the coroutine itself
        self.points = [ThrowPoint(name, step, self) for name in ("_Unwind_RaiseException",
                                                                 "_Unwind_Resume_or_Rethrow")]
        self.points.append(CatchPoint("__cxa_begin_catch", step, self))


class FlightPoint(StepPoint):
    """At a function of the C++ runtime, which is given the exception."""

    def __init__(self, function: str, step: Activation, flight: Flight):
        super().__init__(int(gdb.parse_and_eval(f"(unsigned long)&{function}")), step)
        self.flight = flight

    def stop(self) -> bool:
        self.passes(Thrown.of_unwinder(int(gdb.newest_frame().read_register("rdi"))))
        return False


class ThrowPoint(FlightPoint):
    def passes(self, _thrown) -> None:
        self.flight.lasts = True


class CatchPoint(FlightPoint):
    def passes(self, thrown) -> None:
        self.flight.lasts = False
        if self.step.runs_here(gdb.newest_frame().older()):
            self.flight.caught = thrown


class Watch(Point):
    """Any access to the number that tells where a coroutine is suspended."""

    def __init__(self, address: int):
        super().__init__(f"*(unsigned short*){address:#x}", type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_ACCESS)


class EntryPoint(Point):
    """The actor is called for that coroutine."""

    def __init__(self, coroutine: layout.Frame, actor: Actor):
        super().__init__(f"*{actor.entry:#x}")
        self.coroutine = coroutine

    def is_it(self) -> bool:
        return int(gdb.newest_frame().read_register("rdi")) == self.coroutine.address


def resumption_of(coroutine: layout.Frame, actor: Actor, with_watchpoint: bool = True) -> Point:
    """Before a suspended coroutine goes on, or is destroyed: both look at its number first.

    With a watchpoint that coroutine alone stops the program; at a breakpoint all do, if only for a
    moment, that run the same code: that takes seconds where there are ten thousand.
    """
    number = actor.index_address(coroutine.address)
    if with_watchpoint and number is not None:
        try:
            return Watch(number)
        except gdb.error:
            pass  # the machine has none
    return EntryPoint(coroutine, actor)
