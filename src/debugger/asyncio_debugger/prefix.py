"""The word that the commands begin with."""

import gdb


class Async(gdb.Command):
    """Look at the tasks of a program that uses asyncio, and follow one of them.

    async tasks               all tasks, what each waits for, and where
    async bt TASK             the coroutines of a task, innermost first, with their arguments
    async up, async down      to another coroutine of that task
    async locals              the variables of that coroutine
    async print EXPRESSION    evaluates something with them
    async graph               who waits for whom
    async frames TASK         lets plain up, info locals, print and bt work in that task
    async start               runs the program to the first line of its first coroutine
    async break PLACE         a breakpoint in a coroutine, in tasks of one name if you like
    async next, step, finish  follow one task, however often it is suspended

TASK is a name, a number as `async tasks` shows it, or an address. What only looks works on core files,
too: it reads memory, and calls nothing in the program. `help async tasks` and so on tell more."""

    def __init__(self):
        super().__init__("async", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, prefix=True)


Async()
