"""Runs an asyncio program in a time of its own: python3 run_in_python.py PROGRAM.py

Nothing waits for real. As in real time each look at the clock takes a little, and a sleeping
loop is woken a little late, so that timers come in the order that a real run gives them; but
it is the same on every run. Time stands still while a job of an executor is awaited.
"""

import asyncio
import functools
import math
import runpy
import selectors
import sys

GLANCE = 1e-6
LATE = 50e-6


class Loop(asyncio.SelectorEventLoop):
    now = 0.0  # goes on from one run to the next

    def __init__(self):
        self.jobs = 0
        super().__init__(Selector(self))

    def time(self):
        Loop.now += GLANCE
        return Loop.now

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
            Loop.now += math.ceil(timeout * 1e3) * 1e-3 + LATE
        return super().select(0)


if __name__ == '__main__':
    asyncio.run = functools.partial(asyncio.run, loop_factory=Loop)
    asyncio.Runner = functools.partial(asyncio.Runner, loop_factory=Loop)
    runpy.run_path(sys.argv[1], run_name='__main__')
