"""Cancels at each point of a task's life, twice, taken back, and against wake-ups in one pass."""

import asyncio

from say import end_of, ending, passes, play, say


async def steps(name, *delays):
    """Sleeps; says at which of its awaits it was cancelled, and ends so."""
    for number, delay in enumerate(delays, 1):
        try:
            await asyncio.sleep(delay)
        except asyncio.CancelledError as error:
            say(f'{name} cancelled at {number} {error}')
            raise
    say(f'{name} ends')


async def wait_for(name, future):
    try:
        value = await future
        say(f'{name} got {value}')
    except asyncio.CancelledError as error:
        say(f'{name} cancelled {error}')
        raise


async def at_each_point():
    for point in range(5):
        task = asyncio.create_task(steps('task', 0, 0, 0.1, 0))
        await passes(point)
        if point == 4:
            await asyncio.sleep(0.1)
        say(f'point {point}: {task.cancel(f"at {point}")} {ending(task)}')
        for count in range(4):
            await passes(1)
            say(f'{count} {ending(task)}')


async def clean_up(name, *delays):
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError as error:
        say(f'{name} cleans up after {error}')
        await steps(name, *delays)
        raise


async def twice():
    task = asyncio.create_task(clean_up('twice', 0.1))
    await passes(1)
    task.cancel('one')
    task.cancel('two')
    say(task.cancelling())
    await end_of(task)
    say(f'{ending(task)} {task.cancelling()}')

    task = asyncio.create_task(clean_up('again', 0.1, 0.1))
    await passes(1)
    task.cancel('one')
    await passes(1)
    task.cancel('two')
    await end_of(task)
    say(f'{ending(task)} {task.cancelling()}')

    task = asyncio.create_task(steps('runnable', 0, 0))
    await passes(1)
    task.cancel('one')
    task.cancel('two')
    await end_of(task)
    say(ending(task))


async def cancels_itself(first, then):
    asyncio.current_task().cancel('by itself')
    if first == 'zero':
        await asyncio.sleep(0)
    elif first == 'sleep':
        await asyncio.sleep(1)
    elif first == 'finished':
        future = asyncio.get_running_loop().create_future()
        future.set_result(7)
        say(await future)
    elif first == 'throws':
        raise RuntimeError('thrown')
    elif first == 'swallows':
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            say('swallowed')
    if then:
        await asyncio.sleep(0)
    say('at its end')


async def by_themselves():
    for first in ('nothing', 'zero', 'sleep', 'finished', 'throws', 'swallows'):
        for then in (False, True):
            task = asyncio.create_task(cancels_itself(first, then))
            await end_of(task)
            say(f'{first} {then}: {ending(task)} {task.cancelling()}')


async def taken_back():
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(steps('before it began', 0))
    task.cancel()
    say(task.uncancel())
    await end_of(task)
    say(ending(task))

    task = asyncio.create_task(steps('runnable', 0, 0))
    await passes(1)
    task.cancel()
    task.cancel()
    say(f'{task.uncancel()} {task.uncancel()} {task.uncancel()}')
    await end_of(task)
    say(ending(task))

    task = asyncio.create_task(steps('sleeping', 0.1))
    await passes(1)
    task.cancel()
    say(task.uncancel())
    await end_of(task)
    say(f'{ending(task)} {task.cancelling()}')

    future = loop.create_future()
    task = asyncio.create_task(wait_for('woken', future))
    await passes(1)
    future.set_result(1)
    task.cancel()
    say(task.uncancel())
    await end_of(task)
    say(ending(task))


async def against_wake_ups():
    loop = asyncio.get_running_loop()
    for cancel_first in (False, True):
        for end in ('result', 'exception', 'cancel'):
            future = loop.create_future()
            task = asyncio.create_task(wait_for(end, future))
            await passes(1)
            if cancel_first:
                task.cancel('task')
            if not future.done():
                if end == 'result':
                    future.set_result(1)
                elif end == 'exception':
                    future.set_exception(RuntimeError('failed'))
                else:
                    future.cancel('future')
            if not cancel_first:
                task.cancel('task')
            await end_of(task)
            say(f'{ending(task)}, the future {ending(future)}')


async def wait_quietly(future):  # of several who wait only the first hears the message
    await future


async def through_tasks():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    innermost = asyncio.create_task(wait_for('innermost', future))
    middle = asyncio.create_task(wait_for('middle', innermost))
    other = asyncio.create_task(wait_quietly(innermost))
    outer = asyncio.create_task(wait_for('outer', middle))
    await passes(1)
    outer.cancel('down')
    say(' '.join(ending(each) for each in (future, innermost, middle, other, outer)))
    for _ in range(4):
        await passes(1)
        say(' '.join(ending(each) for each in (future, innermost, middle, other, outer)))
    say(' '.join(str(each.cancelling()) for each in (innermost, middle, other, outer)))


async def go_on(name, future):
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError:
        say(f'{name} goes on')
    say(f'{name} got {await future}')
    return name


async def swallowed():
    future = asyncio.get_running_loop().create_future()
    inside = asyncio.create_task(go_on('inside', future))
    outside = asyncio.create_task(wait_for('outside', inside))
    await passes(1)
    outside.cancel()
    await passes(3)
    say(f'{ending(outside)} {outside.cancelling()} {ending(inside)} {inside.cancelling()} {ending(future)}')
    future.set_result('it')
    await end_of(outside)
    say(f'{ending(outside)} {ending(inside)}')


async def time_limit_by_hand(name, limit, delay):
    task = asyncio.current_task()
    handle = asyncio.get_running_loop().call_later(limit, task.cancel, 'too late')
    try:
        await asyncio.sleep(delay)
        say(f'{name} in time')
    except asyncio.CancelledError as error:
        if task.uncancel() > 0:
            raise
        say(f'{name} {error}')
    finally:
        handle.cancel()
    await asyncio.sleep(0.1)
    say(f'{name} {task.cancelling()}')


async def limits():
    tasks = [asyncio.create_task(time_limit_by_hand('a', 0.2, 0.1)),
             asyncio.create_task(time_limit_by_hand('b', 0.1, 0.2)),
             asyncio.create_task(time_limit_by_hand('c', 0.3, 5)),
             asyncio.create_task(time_limit_by_hand('d', 0.3, 5))]
    loop = asyncio.get_running_loop()
    loop.call_later(0.3, tasks[2].cancel, 'from outside')
    loop.call_later(0.25, tasks[3].cancel, 'from outside')
    for task in tasks:
        await end_of(task)
        say(ending(task))


asyncio.run(play(at_each_point, twice, by_themselves, taken_back, against_wake_ups, through_tasks, swallowed, limits))
