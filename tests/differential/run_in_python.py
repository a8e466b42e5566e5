"""Runs an asyncio program in a time of its own: python3 run_in_python.py PROGRAM.py

Nothing waits for real: when nobody is ready, the next deadline is now. Timers that meet at one instant
fire in groups, as in the library's virtual time: those that were set at the same time in one pass, those set
later when nothing is ready again. So their deadlines are a hair later, the more the later they were set.
Time stands still while a job of an executor is awaited.
"""

import asyncio
import functools
import runpy
import selectors
import sys

HAIR = 1e-6  # a second later: a millisecond is more than _clock_resolution, all of the run less than one
SPLIT_HAIR = 2e-14  # so that timers of a group come in the order in which they were set


class Loop(asyncio.SelectorEventLoop):
    now = 0.0  # goes on from one run to the next
    timers = 0

    def __init__(self):
        self.jobs = 0
        super().__init__(Selector(self))
        self._clock_resolution = 5e-10

    def time(self):
        return Loop.now

    def call_at(self, when, callback, *args, context=None):
        here, when = round(Loop.now, 3), round(when, 3)
        Loop.timers += 1
        when = Loop.now if when <= here else when + here * HAIR + Loop.timers * SPLIT_HAIR
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(self, executor, function, *args):
        future = super().run_in_executor(executor, function, *args)
        self.jobs += 1
        future.add_done_callback(self.job_ended)
        return future

    def job_ended(self, future):
        self.jobs -= 1

    async def shutdown_default_executor(self, timeout=None):
        self.jobs += 1
        await super().shutdown_default_executor()
        self.jobs -= 1

    if sys.platform == 'emscripten':  # without sockets, and without other threads that would wake it
        def _make_self_pipe(self):
            self._ssock = self._csock = None

        def _close_self_pipe(self):
            pass

        def _write_to_self(self):
            pass


class Selector(selectors.DefaultSelector):
    def __init__(self, loop):
        super().__init__()
        self.loop = loop

    def select(self, timeout=None):
        if self.loop.jobs > 0 and timeout != 0:
            return super().select(None)
        if timeout is None:
            sys.exit('nothing can ever happen again')
        if timeout > 0:
            Loop.now = self.loop._scheduled[0].when()
        return super().select(0)


if __name__ == '__main__':
    asyncio.run = functools.partial(asyncio.run, loop_factory=Loop)
    asyncio.Runner = functools.partial(asyncio.Runner, loop_factory=Loop)
    runpy.run_path(sys.argv[1], run_name='__main__')
