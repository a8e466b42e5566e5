"""Conditions, events and barriers; waiters that are notified and cancelled in one pass."""

import asyncio

from say import end_of, ending, passes, play, say


async def wait(condition, name):
    async with condition:
        say(f'{name} waits')
        try:
            await condition.wait()
            say(f'{name} notified')
        except asyncio.CancelledError as error:
            say(f'{name} cancelled {error}, {condition.locked()}')
            raise
        await passes(1)


def begin(condition, *names):
    return [asyncio.create_task(wait(condition, name)) for name in names]


async def notify(condition, count):
    async with condition:
        condition.notify(count)


async def end(tasks):
    await passes(8)
    for task in tasks:
        if not task.done():
            task.cancel()
            await end_of(task)
    say(' '.join(ending(task) for task in tasks))


async def in_order():
    condition = asyncio.Condition()
    tasks = begin(condition, 'a', 'b', 'c', 'd', 'e')
    await passes(6)
    for count in (1, 2, 5):
        async with condition:
            condition.notify(count)
            tasks += begin(condition, f'after {count}')
            await passes(2)
            say('releases')
        await passes(8)
    async with condition:
        condition.notify_all()
    await end(tasks)


async def cancelled_and_notified():
    for cancel_first in (True, False):
        for cancelled in range(3):
            for count in (1, 2):
                condition = asyncio.Condition()
                tasks = begin(condition, 'a', 'b', 'c')
                await passes(5)
                async with condition:
                    if cancel_first:
                        tasks[cancelled].cancel('enough')
                    condition.notify(count)
                    if not cancel_first:
                        tasks[cancelled].cancel('enough')
                say(f'{cancel_first} {cancelled} {count}')
                await end(tasks)


async def steps_between():
    for step in range(5):
        condition = asyncio.Condition()
        tasks = begin(condition, 'a', 'b')
        await passes(4)
        async with condition:
            condition.notify()
            await passes(step)
            say(f'{step} {tasks[0].cancel("holding")}')
        await end(tasks)

        tasks = begin(condition, 'c', 'd')
        await passes(4)
        await notify(condition, 1)
        await passes(step)
        say(f'{step} {tasks[0].cancel("released")}')
        await end(tasks)


async def cancelled_while_it_wants_the_lock():
    condition = asyncio.Condition()
    tasks = begin(condition, 'a', 'b')
    await passes(4)
    async with condition:
        tasks[0].cancel('one')
        await passes(2)
        tasks[0].cancel('two')
        await passes(2)
        say(' '.join(ending(task) for task in tasks))
        condition.notify_all()
        await passes(1)
        tasks[1].cancel('three')
        await passes(2)
        say(' '.join(ending(task) for task in tasks))
    await end(tasks)
    say(f'{tasks[0].cancelling()} {tasks[1].cancelling()} {condition.locked()}')


async def waiting_for():
    async def wait_for(least):
        async with condition:
            say(f'{least}: {await condition.wait_for(lambda: number if number >= least else 0)}')

    condition = asyncio.Condition()
    number = 0
    tasks = [asyncio.create_task(wait_for(least)) for least in (2, 1, 3, -1, 2)]
    await passes(8)
    for _ in range(2):
        number += 1
        await notify(condition, 2)
        await passes(8)
        say(f'at {number}')
    tasks[2].cancel()
    await notify(condition, 5)
    await end(tasks)


async def without_the_lock():
    condition = asyncio.Condition()
    for call in (condition.notify, condition.notify_all, condition.release):
        try:
            call()
        except RuntimeError:
            say('refused')
    try:
        await condition.wait()
    except RuntimeError:
        say('refused')

    lock = asyncio.Lock()
    one, other = asyncio.Condition(lock), asyncio.Condition(lock)
    tasks = begin(one, 'one') + begin(other, 'other')
    await passes(4)
    async with lock:
        other.notify()
        say(f'{one.locked()} {other.locked()}')
    await end(tasks)


async def events():
    async def wait(name):
        try:
            say(f'{name} {await event.wait()} {event.is_set()}')
        except asyncio.CancelledError:
            say(f'{name} cancelled')
            raise

    event = asyncio.Event()
    for cancelled in range(3):
        for set_first in (True, False):
            tasks = [asyncio.create_task(wait(name)) for name in ('a', 'b', 'c')]
            await passes(1)
            if set_first:
                event.set()
            tasks[cancelled].cancel()
            if not set_first:
                event.set()
            say(f'{cancelled} {set_first} {event.is_set()}')
            tasks.append(asyncio.create_task(wait('d')))
            await passes(cancelled)
            event.clear()
            tasks.append(asyncio.create_task(wait('e')))
            await end(tasks)


async def pass_barrier(barrier, name, rounds):
    try:
        for _ in range(rounds):
            index = await barrier.wait()
            say(f'{name} {index} {barrier.n_waiting}')
    except asyncio.BrokenBarrierError:
        say(f'{name} broken {barrier.broken}')


async def barriers():
    barrier = asyncio.Barrier(3)
    tasks = [asyncio.create_task(pass_barrier(barrier, name, 3)) for name in ('a', 'b', 'c')]
    for _ in range(12):
        say(barrier.n_waiting)
        await passes(1)
    await end(tasks)

    tasks = [asyncio.create_task(pass_barrier(barrier, name, 1)) for name in ('d', 'e', 'f', 'g', 'h')]
    await passes(8)
    say(barrier.n_waiting)
    await pass_barrier(barrier, 'main', 1)
    await end(tasks)


async def broken_barriers():
    for abort in (False, True):
        barrier = asyncio.Barrier(3)
        tasks = [asyncio.create_task(pass_barrier(barrier, name, 1)) for name in ('a', 'b')]
        await passes(3)
        await (barrier.abort() if abort else barrier.reset())
        say(f'{abort} {barrier.broken} {barrier.n_waiting}')
        tasks += [asyncio.create_task(pass_barrier(barrier, name, 1)) for name in ('c', 'd', 'e')]
        await passes(8)
        await barrier.reset()
        say(f'{barrier.broken} {barrier.n_waiting}')
        tasks += [asyncio.create_task(pass_barrier(barrier, name, 1)) for name in ('f', 'g', 'h')]
        await end(tasks)


asyncio.run(play(in_order, cancelled_and_notified, steps_between, cancelled_while_it_wants_the_lock, waiting_for,
                 without_the_lock, events, barriers, broken_barriers))
