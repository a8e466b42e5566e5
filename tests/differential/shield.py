"""Shields and cancels on both sides, and waits for several: as_completed() and wait()."""

import asyncio

from say import end_of, ending, passes, play, say


async def work(name, delay, fails=False):
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError as error:
        say(f'{name} cancelled {error}')
        raise
    if fails:
        say(f'{name} fails')
        raise RuntimeError(name)
    say(f'{name} ends')
    return name


async def tell(name, waiting):
    try:
        say(f'{name} got {await waiting}')
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    except RuntimeError as error:
        say(f'{name} failed with {error}')
    except TimeoutError:
        say(f'{name} too late')


def endings(futures):
    return ' '.join(ending(each) for each in futures)


async def ends():
    await tell('result', asyncio.shield(work('a', 0.1)))
    await tell('failure', asyncio.shield(work('b', 0.1, True)))
    done = asyncio.create_task(work('c', 0))
    await end_of(done)
    say(asyncio.shield(done) is done)
    await tell('done', asyncio.shield(done))


async def in_passes():
    for end in ('result', 'exception', 'cancel'):
        inner = asyncio.get_running_loop().create_future()
        outer = asyncio.shield(inner)
        task = asyncio.create_task(tell('task', outer))
        await passes(1)
        if end == 'result':
            inner.set_result('it')
        elif end == 'exception':
            inner.set_exception(RuntimeError('failed'))
        else:
            inner.cancel()
        for _ in range(4):
            say(endings((inner, outer, task)))
            await passes(1)


async def cancelled_outside():
    inner = asyncio.create_task(work('d', 0.2))
    outer = asyncio.shield(inner)
    task = asyncio.create_task(tell('task', outer))
    await asyncio.sleep(0.1)
    say(task.cancel())
    say(endings((inner, outer, task)))
    await end_of(task)
    say(endings((inner, outer, task)))
    say(outer.cancel())
    await tell('again', inner)

    inner = asyncio.create_task(work('e', 0.1))
    one, other = asyncio.shield(inner), asyncio.shield(inner)
    one.cancel()
    say(endings((one, other)))
    await tell('the other', other)


async def cancelled_inside():
    inner = asyncio.create_task(work('f', 5))
    task = asyncio.create_task(tell('task', asyncio.shield(inner)))
    await passes(1)
    inner.cancel('inside')
    await end_of(task)
    say(f'{endings((inner, task))} {task.cancelling()}')


async def both_at_once():
    for first in ('result', 'cancel'):
        inner = asyncio.get_running_loop().create_future()
        outer = asyncio.shield(inner)
        task = asyncio.create_task(tell('task', outer))
        await passes(1)
        if first == 'result':
            inner.set_result('it')
            task.cancel()
        else:
            task.cancel()
            inner.set_result('it')
        await end_of(task)
        say(endings((inner, outer, task)))


async def shield_in_a_shield():
    inner = asyncio.create_task(work('g', 0.1))
    middle = asyncio.shield(inner)
    outer = asyncio.shield(middle)
    middle.cancel()
    say(endings((inner, middle, outer)))
    await end_of(outer)
    say(endings((inner, middle, outer)))
    await inner


async def gathered():
    inner = asyncio.create_task(work('h', 0.2))
    both = asyncio.gather(asyncio.shield(inner), work('i', 5))
    await asyncio.sleep(0.1)
    both.cancel()
    await end_of(both)
    say(endings((inner, both)))
    await inner


async def completed():
    tasks = [asyncio.create_task(work(*each)) for each in (('j', 0.3), ('k', 0.1, True), ('l', 0.2))]
    for next in asyncio.as_completed(tasks):
        await tell('next', next)

    tasks = [asyncio.create_task(work(*each)) for each in (('m', 0.2), ('n', 0.1), ('o', 5))]
    tasks[2].cancel()
    async for done in asyncio.as_completed(tasks):
        say(f'{tasks.index(done)} {ending(done)}')

    tasks = [asyncio.create_task(work(*each)) for each in (('p', 0.1), ('q', 0.3), ('r', 0.4))]
    for next in asyncio.as_completed(tasks, timeout=0.2):
        await tell('limited', next)
    say(endings(tasks))
    await asyncio.sleep(0.3)


async def completed_for_several():
    async def take(name):
        await tell(name, next(waiting))

    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    waiting = asyncio.as_completed(futures)
    tasks = [asyncio.create_task(take(f'taker {number}')) for number in range(3)]
    await passes(1)
    tasks[0].cancel()
    futures[2].set_result('third')
    futures[0].set_result('first')
    for _ in range(3):
        await passes(1)
        say(endings(tasks))
    futures[1].set_result('second')
    await passes(3)
    say(endings(tasks))


async def waiting():
    tasks = [asyncio.create_task(work(*each)) for each in (('s', 0.1), ('t', 0.2, True), ('u', 0.4), ('v', 0.6))]

    async def until(condition, timeout=None):
        done, pending = await asyncio.wait(tasks, return_when=condition, timeout=timeout)
        say(f'{len(done)} done, {len(pending)} pending: {endings(tasks)}')

    await until(asyncio.FIRST_COMPLETED)
    await until(asyncio.FIRST_COMPLETED)
    await until(asyncio.FIRST_EXCEPTION)
    await until(asyncio.ALL_COMPLETED, 0)
    await until(asyncio.ALL_COMPLETED, 0.3)
    await until(asyncio.ALL_COMPLETED)

    tasks = [asyncio.create_task(work(*each)) for each in (('w', 0.1), ('x', 0.2, True), ('y', 5))]
    tasks[2].cancel('unbegun')
    await until(asyncio.FIRST_EXCEPTION)
    waiter = asyncio.create_task(until(asyncio.ALL_COMPLETED))
    await passes(1)
    waiter.cancel()
    await end_of(waiter)
    say(f'{ending(waiter)}: {endings(tasks)}')


async def waiting_for_a_moment():
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(2)]

    async def until(condition):
        done, pending = await asyncio.wait(futures, return_when=condition)
        say(f'{len(done)} done, {len(pending)} pending: {endings(futures)}')

    task = asyncio.create_task(until(asyncio.FIRST_COMPLETED))
    await passes(1)
    futures[0].set_result(1)
    await passes(1)
    futures[1].set_result(2)
    await end_of(task)

    futures[1] = loop.create_future()
    task = asyncio.create_task(until(asyncio.ALL_COMPLETED))
    await passes(1)
    futures[1].set_result(2)
    task.cancel()
    await end_of(task)
    say(ending(task))


asyncio.run(play(ends, in_passes, cancelled_outside, cancelled_inside, both_at_once, shield_in_a_shield, gathered,
                 completed, completed_for_several, waiting, waiting_for_a_moment))
