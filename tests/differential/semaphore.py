"""Semaphores among tasks that come, wait, are cancelled and leave in one pass."""

import asyncio

from say import end_of, ending, passes, play, say


async def hold(semaphore, name, delay=0.0):
    try:
        await semaphore.acquire()
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    say(f'{name} has one')
    try:
        await asyncio.sleep(delay)
    finally:
        say(f'{name} releases')
        semaphore.release()


def begin(semaphore, *names, delay=0.0):
    return [asyncio.create_task(hold(semaphore, name, delay)) for name in names]


async def taken(value):
    """A semaphore with none left."""
    semaphore = asyncio.Semaphore(value)
    for _ in range(value):
        await semaphore.acquire()
    return semaphore


async def end(tasks):
    for task in tasks:
        await end_of(task)
    say(' '.join(ending(task) for task in tasks))


async def in_order():
    semaphore = asyncio.Semaphore(2)
    tasks = begin(semaphore, 'a', 'b', 'c', 'd', 'e', delay=0.1)
    for _ in range(3):
        say(semaphore.locked())
        await passes(1)
    await end(tasks)
    say(semaphore.locked())


async def newcomers():
    for released in range(1, 4):
        semaphore = await taken(3)
        tasks = begin(semaphore, 'a', 'b')
        await passes(1)
        for _ in range(released):
            semaphore.release()
        say(f'{released} {semaphore.locked()}')
        tasks += begin(semaphore, 'newcomer')
        await hold(semaphore, 'main')
        await end(tasks)
        say(semaphore.locked())


async def cancelled_and_released():
    for cancel_first in (True, False):
        for cancelled in range(3):
            for released in (1, 2):
                semaphore = await taken(2)
                tasks = begin(semaphore, 'a', 'b', 'c')
                await passes(1)
                if cancel_first:
                    tasks[cancelled].cancel()
                for _ in range(released):
                    semaphore.release()
                if not cancel_first:
                    tasks[cancelled].cancel()
                tasks += begin(semaphore, 'd')
                say(f'{cancel_first} {cancelled} {released} {semaphore.locked()}')
                await end(tasks)


async def only_one_waits():
    for step in range(4):
        for cancel_first in (True, False):
            semaphore = await taken(1)
            tasks = begin(semaphore, 'a')
            await passes(1)
            if cancel_first:
                tasks[0].cancel()
                await passes(step)
                semaphore.release()
            else:
                semaphore.release()
                await passes(step)
                tasks[0].cancel()
            say(f'{step} {cancel_first} {semaphore.locked()}')
            tasks += begin(semaphore, 'b')
            await hold(semaphore, 'main')
            await end(tasks)


async def all_cancelled():
    for cancelled_in_order in (True, False):
        semaphore = await taken(2)
        tasks = begin(semaphore, 'a', 'b', 'c')
        await passes(1)
        semaphore.release()
        for task in tasks if cancelled_in_order else reversed(tasks):
            task.cancel()
        semaphore.release()
        tasks += begin(semaphore, 'd', 'e')
        await end(tasks)
        say(semaphore.locked())


async def holders_cancelled():
    semaphore = asyncio.Semaphore(2)
    tasks = begin(semaphore, 'a', 'b', 'c', 'd', 'e', delay=1)
    await asyncio.sleep(0.1)
    tasks[0].cancel()
    await passes(1)
    tasks[2].cancel()
    await passes(1)
    tasks[1].cancel()
    tasks[3].cancel()
    await end(tasks)


async def more_than_there_were():
    semaphore = asyncio.Semaphore(0)
    say(semaphore.locked())
    tasks = begin(semaphore, 'a', 'b', 'c', delay=0.1)
    await passes(1)
    semaphore.release()
    semaphore.release()
    await end(tasks)
    for _ in range(2):
        await semaphore.acquire()
        say(semaphore.locked())


async def bounded():
    semaphore = asyncio.BoundedSemaphore(2)
    tasks = begin(semaphore, 'a', 'b', 'c', 'd', delay=0.1)
    await passes(1)
    tasks[2].cancel()
    await end(tasks)
    for held in (False, True):
        if held:
            await semaphore.acquire()
        for _ in range(2):
            try:
                semaphore.release()
                say('released')
            except ValueError:
                say('refused')
    try:
        asyncio.BoundedSemaphore(-1)
    except ValueError:
        say('negative')


async def take_turns(semaphore, name, rounds):
    for number in range(rounds):
        async with semaphore:
            say(f'{name} {number}')
            await asyncio.sleep(0)


async def turns():
    semaphore = asyncio.Semaphore(2)
    await asyncio.gather(*(take_turns(semaphore, name, 3) for name in 'abc'))


asyncio.run(play(in_order, newcomers, cancelled_and_released, only_one_waits, all_cancelled, holders_cancelled,
                 more_than_there_were, bounded, turns))
