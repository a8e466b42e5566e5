"""Callbacks, timers and futures: who runs in which pass, and who is told of what fails."""

import asyncio

from say import end_of, ending, passes, play, say


def note(what):
    say(what)


async def wait_for(name, future):
    try:
        say(f'{name} got {await future}')
    except RuntimeError as error:
        say(f'{name} caught {error}')


async def order_of_a_pass():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    task = asyncio.create_task(wait_for('task', future))
    await passes(1)
    loop.call_soon(note, 'soon 1')
    future.add_done_callback(lambda _: note('done 1'))
    loop.call_later(0, note, 'later 0')
    future.set_result(1)
    future.add_done_callback(lambda _: note('done 2'))
    loop.call_soon(note, 'soon 2')
    loop.call_soon_threadsafe(note, 'threadsafe')
    loop.call_soon(lambda: loop.call_soon(note, 'next pass'))
    say('set')
    await passes(3)
    say(ending(task))


async def a_callback_among_callbacks():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    other = loop.create_future()
    other.add_done_callback(lambda _: note('other'))

    def first(done):
        note('first')
        other.set_result(None)
        done.add_done_callback(lambda _: note('added'))
        loop.call_soon(note, 'soon')

    def second(done):
        note('second')
        note(done.remove_done_callback(second))

    for callback in (first, second, second):
        future.add_done_callback(callback)
    future.add_done_callback(lambda _: note('third'))
    future.cancel()
    await passes(3)


def same(future):
    note(f'same {ending(future)}')


async def removed():
    future = asyncio.get_running_loop().create_future()
    for callback in (same, lambda _: note('between'), same):
        future.add_done_callback(callback)
    note(future.remove_done_callback(same))
    note(future.remove_done_callback(same))
    future.add_done_callback(same)
    future.set_exception(RuntimeError('failed'))
    await passes(2)


async def timers():
    loop = asyncio.get_running_loop()
    start = loop.time()
    loop.call_at(start + 0.2, note, 'at 0.2')
    loop.call_later(0.1, note, 'later 0.1')
    cancelled = loop.call_later(0.15, note, 'cancelled')
    loop.call_later(-1, note, 'overdue')
    loop.call_later(0.1, cancelled.cancel)
    loop.call_later(0.1, lambda: loop.call_soon(note, 'after the timers'))
    loop.call_later(0.1, note, 'later 0.1, too')
    await asyncio.sleep(0.3)
    note(cancelled.cancelled())


async def sleeps():
    async def sleeper(name, *delays):
        for delay in delays:
            await asyncio.sleep(delay)
            say(f'{name} after {delay}')

    await asyncio.gather(sleeper('a', 0.2, 0), sleeper('b', 0.1, 0.05), sleeper('c', 0, 0.2), sleeper('d', 0.2))


async def many_wait():
    future = asyncio.get_running_loop().create_future()
    tasks = [asyncio.create_task(wait_for(f'waiter {i}', future)) for i in range(3)]
    await passes(1)
    tasks.append(asyncio.create_task(wait_for('late', future)))
    future.set_exception(RuntimeError('bad news'))
    tasks.append(asyncio.create_task(wait_for('too late', future)))
    for task in tasks:
        await task
    say('all told')


async def fail():
    raise RuntimeError('in a task')


async def reports():
    loop = asyncio.get_running_loop()

    def report(_, context):
        say(f'reported: {context["exception"]}')

    def failing(*_):
        raise RuntimeError('in a callback')

    loop.set_exception_handler(report)
    loop.call_soon(failing)
    loop.call_soon(note, 'and on')
    future = loop.create_future()
    future.add_done_callback(failing)
    future.add_done_callback(lambda _: note('the next one'))
    future.set_result(None)
    await passes(2)

    future = loop.create_future()
    future.set_exception(RuntimeError('never read'))
    del future
    future = loop.create_future()
    future.set_exception(RuntimeError('read'))
    say(str(future.exception()))
    del future
    task = asyncio.create_task(fail())
    await passes(2)
    say(ending(task))
    del task
    task = asyncio.create_task(fail())
    await passes(2)
    say('dropped')
    del task
    loop.set_exception_handler(None)


asyncio.run(play(order_of_a_pass, a_callback_among_callbacks, removed, timers, sleeps, many_wait, reports))
