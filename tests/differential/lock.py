"""A lock between tasks that come, wait, are cancelled and leave in one pass."""

import asyncio

from say import end_of, ending, passes, play, say


async def hold(lock, name, delay=0):
    try:
        await lock.acquire()
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    say(f'{name} has it')
    try:
        await asyncio.sleep(delay)
    finally:
        say(f'{name} releases')
        lock.release()


def begin(lock, *names, delay=0):
    return [asyncio.create_task(hold(lock, name, delay)) for name in names]


async def end(tasks):
    for task in tasks:
        await end_of(task)
    say(' '.join(ending(task) for task in tasks))


async def in_order():
    lock = asyncio.Lock()
    await end(begin(lock, 'a', 'b', 'c', delay=0.1))
    say(lock.locked())


async def newcomers():
    lock = asyncio.Lock()
    await lock.acquire()
    tasks = begin(lock, 'a', 'b')
    await passes(1)
    lock.release()
    say(lock.locked())
    tasks += begin(lock, 'newcomer')
    await hold(lock, 'main')
    await end(tasks)


async def cancelled_and_released():
    for cancel_first in (True, False):
        for cancelled in range(3):
            lock = asyncio.Lock()
            await lock.acquire()
            tasks = begin(lock, 'a', 'b', 'c')
            await passes(1)
            if cancel_first:
                tasks[cancelled].cancel()
            lock.release()
            if not cancel_first:
                tasks[cancelled].cancel()
            tasks += begin(lock, 'd')
            say(f'{cancel_first} {cancelled}')
            await end(tasks)


async def only_one_waits():
    for step in range(4):
        lock = asyncio.Lock()
        await lock.acquire()
        tasks = begin(lock, 'a')
        await passes(1)
        tasks[0].cancel()
        if step > 1:
            await passes(step - 1)
        lock.release()
        say(f'{step} {lock.locked()}')
        if step != 1:
            tasks += begin(lock, 'b')
        await hold(lock, 'main')
        await end(tasks)


async def all_cancelled():
    lock = asyncio.Lock()
    await lock.acquire()
    tasks = begin(lock, 'a', 'b', 'c')
    await passes(1)
    for task in reversed(tasks):
        task.cancel()
    lock.release()
    await end(tasks)
    say(lock.locked())


async def holder_cancelled():
    lock = asyncio.Lock()
    tasks = begin(lock, 'a', 'b', 'c', 'd', delay=1)
    await asyncio.sleep(0.1)
    tasks[0].cancel()
    await passes(1)
    tasks[1].cancel()
    await passes(2)
    tasks[2].cancel()
    await end(tasks)


async def not_held():
    lock = asyncio.Lock()
    try:
        lock.release()
    except RuntimeError:
        say('refused')


async def take_turns(lock, name, rounds):
    for number in range(rounds):
        async with lock:
            say(f'{name} {number}')
            await asyncio.sleep(0)


async def turns():
    lock = asyncio.Lock()
    await asyncio.gather(*(take_turns(lock, name, 3) for name in 'abc'))


asyncio.run(play(in_order, newcomers, cancelled_and_released, only_one_waits, all_cancelled, holder_cancelled, not_held,
                 turns))
