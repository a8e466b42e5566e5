"""The word that the commands begin with."""

import gdb


class Async(gdb.Command):
    """Look at the tasks of a program that uses asyncio, and follow one of them."""

    def __init__(self):
        super().__init__("async", gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, prefix=True)


Async()
