"""Timeouts within timeouts, moved while they run, and cancels that meet them."""

import asyncio

from say import end_of, ending, passes, play, say


async def work(name, delay, clean_up=0.0):
    try:
        await asyncio.sleep(delay)
        say(f'{name} ends')
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        if clean_up > 0:
            await asyncio.sleep(clean_up)
        raise
    return name


async def stubborn(name):
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError:
        say(f'{name} goes on')
    await asyncio.sleep(0.1)
    return name


async def fail_late(name):
    try:
        await asyncio.sleep(50)
    finally:
        raise RuntimeError(f'{name} late')


async def nothing():
    return 'nothing'


async def limited(name, limit, body):
    """Says how it went, and which cancels are left."""
    task = asyncio.current_task()
    timeout = asyncio.timeout(limit)
    try:
        async with timeout:
            say(f'{name} gives {await body}')
    except asyncio.CancelledError as error:
        say(f'{name} cancelled {error}, {timeout.expired()} {task.cancelling()}')
        raise
    except RuntimeError as error:
        say(f'{name} {error}, {timeout.expired()} {task.cancelling()}')
    except TimeoutError:
        say(f'{name} too late, {timeout.expired()} {task.cancelling()}')
    return name


async def ends():
    await limited('in time', 0.2, work('a', 0.1))
    await limited('late', 0.1, work('b', 0.2))
    await limited('cleans up', 0.1, work('c', 5, 0.1))
    await limited('goes on', 0.1, stubborn('d'))
    await limited('fails', 0.1, fail_late('e'))
    await limited('without', None, work('f', 0.1))
    await limited('never suspends', -1, nothing())
    await limited('already over', -1, work('now', 0))
    await limited('at zero', 0, work('g', 0))


async def nested():
    await limited('outer', 0.2, limited('inner', 0.1, work('h', 5)))
    await limited('outer', 0.1, limited('inner', 0.2, work('i', 5)))
    await limited('outer', 0.2, limited('inner', 0.1, work('j', 5, 0.2)))
    await limited('outer', 0.1, limited('inner', 0.2, work('k', 5, 0.2)))
    await limited('outer', 0.3, limited('inner', 0.1, stubborn('l')))
    await limited('outer', -1, limited('inner', -1, work('m', 5)))
    await limited('outer', -1, limited('inner', 0.1, stubborn('n')))


async def rescheduled():
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(0.1) as later:
            later.reschedule(loop.time() + 0.3)
            await work('o', 0.2)
            later.reschedule(loop.time() + 0.2)
            await work('p', 5)
    except TimeoutError:
        say('p too late')

    async with asyncio.timeout(0.1) as never:
        never.reschedule(None)
        say(never.when() is None)
        await work('q', 0.2)

    for passed in (False, True):
        try:
            async with asyncio.timeout(None) as sooner:
                sooner.reschedule(loop.time() + (-1 if passed else 0.1))
                say('moved')
                await work('r', 5)
        except TimeoutError:
            say(f'r {sooner.expired()}')
        try:
            sooner.reschedule(None)
        except RuntimeError:
            say('over')


async def moved_from_outside():
    moved = asyncio.timeout(5)

    async def body():
        async with moved:
            await work('s', 5)

    task = asyncio.create_task(body())
    await asyncio.sleep(0.1)
    moved.reschedule(asyncio.get_running_loop().time() + 0.1)
    try:
        await task
    except TimeoutError:
        say('s too late')


async def cancelled_outside():
    for before in (False, True):
        for expired in (False, True):
            inner = limited('inner', -1 if expired else 1, work('t', 5))
            task = asyncio.create_task(limited('outer', 2, inner))
            await passes(1 if before else 2)
            say(f'{before} {expired} {task.cancel("outside")}')
            await end_of(task)
            say(f'{ending(task)} {task.cancelling()}')

    task = asyncio.create_task(limited('cleaning up', 0.1, work('u', 5, 0.2)))
    await asyncio.sleep(0.2)
    task.cancel('outside')
    await end_of(task)
    say(ending(task))

    task = asyncio.create_task(limited('cancelled before', 0.1, work('v', 5)))
    task.cancel('outside')
    await end_of(task)
    say(ending(task))


async def cancelled_already():
    async def swallow():
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            say('swallowed')
        await limited('with one open', 0.1, work('w', 5))
        await limited('with one open', 0.1, limited('inner', 0.2, work('x', 5)))

    task = asyncio.create_task(swallow())
    await passes(1)
    task.cancel()
    await end_of(task)
    say(f'{ending(task)} {task.cancelling()}')


async def tell(name, waiting):
    try:
        say(f'{name} got {await waiting}')
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    except RuntimeError as error:
        say(f'{name} {error}')
    except TimeoutError:
        say(f'{name} too late')


async def waiting_for():
    await tell('in time', asyncio.wait_for(work('A', 0.1), 0.2))
    await tell('late', asyncio.wait_for(work('B', 5), 0.1))
    await tell('goes on', asyncio.wait_for(stubborn('C'), 0.1))
    await tell('fails', asyncio.wait_for(fail_late('D'), 0.1))
    await tell('not begun', asyncio.wait_for(work('E', 0), 0))
    await tell('without', asyncio.wait_for(work('F', 0.1), None))
    await tell('nested', asyncio.wait_for(asyncio.wait_for(work('G', 5, 0.2), 0.1), 0.2))

    task = asyncio.create_task(work('H', 5, 0.1))
    await tell('a task', asyncio.wait_for(task, 0.1))
    say(ending(task))
    task = asyncio.create_task(work('I', 0))
    await end_of(task)
    await tell('a task that is done', asyncio.wait_for(task, 0))

    task = asyncio.create_task(work('J', 0.3))
    await tell('shielded', asyncio.wait_for(asyncio.shield(task), 0.1))
    await tell('again', task)


async def waiting_cancelled():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    task = asyncio.create_task(tell('a future', asyncio.wait_for(future, 5)))
    await passes(1)
    task.cancel()
    await end_of(task)
    say(f'{ending(task)} {ending(future)}')

    child = asyncio.create_task(stubborn('K'))
    task = asyncio.create_task(tell('a stubborn one', asyncio.wait_for(child, 5)))
    await passes(1)
    task.cancel()
    await end_of(task)
    say(f'{ending(task)} {ending(child)}')

    child = asyncio.create_task(work('L', 5))
    task = asyncio.create_task(tell('a cancelled one', asyncio.wait_for(child, 5)))
    await passes(1)
    child.cancel()
    await end_of(task)
    say(f'{ending(task)} {task.cancelling()}')

    future = loop.create_future()
    task = asyncio.create_task(tell('a result and a cancel', asyncio.wait_for(future, 5)))
    await passes(1)
    future.set_result('it')
    task.cancel()
    await end_of(task)
    say(f'{ending(task)} {ending(future)}')


asyncio.run(play(ends, nested, rescheduled, moved_from_outside, cancelled_outside, cancelled_already, waiting_for,
                 waiting_cancelled))
