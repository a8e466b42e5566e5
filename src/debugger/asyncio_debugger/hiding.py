"""What isn't the program's own is left out: a frame filter for `bt`, skips for `step`."""

from __future__ import annotations

import os
import re
from typing import Iterator

import gdb
from gdb.FrameDecorator import FrameDecorator

from . import frames, layout, memory
from .settings import in_cpp

_LIBRARIES = r"^(asyncio|boost|boost_asio_handler_[a-z_]+|std|__gnu_cxx)::"


class Filter:
    """Makes `bt` short: without the insides of asyncio, Boost.Asio and the standard library, and with the coroutines
    that await the one that runs. These are no frames of the thread's stack and so have no number; the others
    keep theirs, with gaps between them. `bt -no-filters` shows the stack as it is."""

    name = "asyncio"
    priority = 100
    enabled = True

    def filter(self, stack: Iterator[FrameDecorator]) -> Iterator[FrameDecorator]:
        for each in stack:
            try:
                with in_cpp():
                    shown = list(_shown(each))
            except (gdb.error, gdb.GdbError, memory.Unreadable):  # `bt` has to work whatever is damaged
                shown = [each]
            yield from shown


def _shown(each: FrameDecorator) -> Iterator[FrameDecorator]:
    coroutine = layout.frame_of(each.inferior_frame())
    if coroutine is None:
        if not _is_hidden(each.inferior_frame()):
            yield Plain(each)
        return
    if not coroutine.is_library:
        yield Running(each, coroutine)
    if not frames.are_shown():
        callers = list(coroutine.and_callers())[1:]
        yield from (Awaiting(each, caller) for caller in callers if not caller.is_library)


class Shown(FrameDecorator):
    """Its file is named as a person would who stands in the folder where gdb was started: compilers note absolute
    paths, too long for a line."""

    def filename(self) -> str | None:
        return _from_here(super().filename())


class Plain(Shown):
    """Under its name alone; gdb's own has the types of the parameters, too."""

    def function(self) -> str | int:
        return self.inferior_frame().name() or super().function()


class Running(Shown):
    """A frame of the stack that runs a coroutine, under the name that it has in the source."""

    def __init__(self, base: FrameDecorator, coroutine: layout.Frame):
        super().__init__(base)
        self.coroutine = coroutine

    def function(self) -> str:
        return self.coroutine.name

    def frame_args(self) -> list[Variable]:
        return self._variables(are_arguments=True)

    def frame_locals(self) -> list[Variable]:
        return self._variables(are_arguments=False)

    def _variables(self, are_arguments: bool) -> list[Variable]:
        return [Variable(name, variable.value(self.coroutine.address))
                for name, variable in self.coroutine.variables().items() if variable.is_argument == are_arguments]


class Awaiting(Running):
    """A suspended coroutine, at its co_await."""

    def function(self) -> str:
        return f"    awaited by {self.coroutine.name}"

    def filename(self) -> str | None:
        place = self.coroutine.place()
        return _from_here(place.file) if place else None

    def line(self) -> int | None:
        place = self.coroutine.place()
        return place.line if place else None

    def address(self) -> None:
        return None


class Variable:
    """As gdb wants it."""

    def __init__(self, name: str, value: gdb.Value):
        self._name = name
        self._value = value

    def symbol(self) -> str:
        return self._name

    def value(self) -> gdb.Value:
        return self._value


def _from_here(file: str | None) -> str | None:
    here = os.getcwd() + os.sep
    real = os.path.realpath(file) if file else ""
    return real.removeprefix(here) if real.startswith(here) else file


def _is_hidden(frame: gdb.Frame) -> bool:
    """The newest frame never is: the program stands there."""
    return frame.level() > 0 and re.match(_LIBRARIES, frame.name() or "") is not None


def load() -> None:
    gdb.frame_filters[Filter.name] = Filter()
    if _LIBRARIES not in gdb.execute("info skip", to_string=True):
        gdb.execute(f"skip -rfu {_LIBRARIES}", to_string=True)
