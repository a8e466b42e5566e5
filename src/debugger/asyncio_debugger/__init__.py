"""gdb commands for asyncio.

layout.py knows what memory looks like, with actor.py (what the compiler makes of coroutines), waits.py
(what tasks wait for) and memory.py; each of the others is a command or two on top of it.
"""


def load() -> None:
    """Adds the commands and printers to gdb; again, it replaces them."""
    from . import backtrace, breaking, frames, graph, hiding, printers, stepping, tasks

    for module in (frames, hiding, printers):
        module.load()
    for each in (tasks.Tasks, backtrace.Backtrace, backtrace.Up, backtrace.Down, backtrace.Locals, backtrace.Print,
                 frames.Frames, graph.Graph, stepping.Next, stepping.Step, stepping.Finish, breaking.Break,
                 breaking.Start):
        each()
