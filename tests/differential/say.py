"""What the programs have in common."""

import asyncio


def say(what):
    """Prints a line with the time since the start."""
    print(f'{asyncio.get_running_loop().time():.1f} {what}')


def ending(future):
    """How a future ended, in a word."""
    if not future.done():
        return 'pending'
    if future.cancelled():
        return 'cancelled'
    error = future.exception()
    if isinstance(error, asyncio.CancelledError):
        return 'failed with a cancel'
    if error is not None:
        return f'failed with {error}'
    return 'finished'


class InOrder(dict):
    """A set that keeps the order."""

    def add(self, item):
        self[item] = True

    def discard(self, item):
        self.pop(item, None)


class TaskGroup(asyncio.TaskGroup):
    """One that cancels its children in order of creation, not of their addresses."""

    def __init__(self):
        super().__init__()
        self._tasks = InOrder()


def words_for(error):
    """What it says, or in parentheses what those of a group say."""
    if isinstance(error, BaseExceptionGroup):
        return f'({" ".join(words_for(each) for each in error.exceptions)})'
    return str(error)


async def passes(count):
    """Lets others have so many passes of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


async def end_of(future):
    """Waits for the end, however it ends."""
    try:
        await future
    except BaseException:
        pass


async def play(*scenes):
    """One scene after the other; each has to clear up what it began."""
    for scene in scenes:
        say(f'-- {scene.__name__}')
        await scene()
    say(f'{len(asyncio.all_tasks()) - 1} left')
