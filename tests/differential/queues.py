"""Queues, full and empty, whose getters and putters are cancelled, and which are shut down."""

import asyncio

from say import end_of, ending, passes, play, say


async def tell(name, waiting):
    try:
        got = await waiting
        say(f'{name} done' if got is None else f'{name} got {got}')
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    except asyncio.QueueShutDown:
        say(f'{name} shut out')


def get(queue, *names):
    return [asyncio.create_task(tell(name, queue.get())) for name in names]


def put(queue, *items):
    return [asyncio.create_task(tell(f'put {item}', queue.put(item))) for item in items]


def filled(maxsize, *items):
    queue = asyncio.Queue(maxsize)
    for item in items:
        queue.put_nowait(item)
    return queue


def now(queue, item=None):
    """Gets, or puts an item, if that can be done at once."""
    try:
        if item is None:
            say(f'now {queue.get_nowait()}')
        else:
            queue.put_nowait(item)
            say(f'now in {item}')
    except asyncio.QueueEmpty:
        say('empty')
    except asyncio.QueueFull:
        say('full')
    except asyncio.QueueShutDown:
        say('shut')


async def end(queue, tasks):
    await passes(5)
    for task in tasks:
        if not task.done():
            task.cancel()
            await end_of(task)
    say(f'{" ".join(ending(task) for task in tasks)}, {queue.qsize()} left')


async def bounded():
    async def produce(first, last):
        for item in range(first, last + 1):
            await queue.put(item)
            say(f'{item} in, {queue.qsize()}')

    async def consume(name, delay):
        while True:
            item = await queue.get()
            say(f'{name} got {item}')
            await asyncio.sleep(delay)
            queue.task_done()

    queue = asyncio.Queue(2)
    consumers = [asyncio.create_task(consume('slow', 0.33)), asyncio.create_task(consume('quick', 0.1))]
    await asyncio.gather(produce(1, 4), produce(11, 13))
    say('all in')
    await queue.join()
    say('all done')
    await end(queue, consumers)


async def cancelled_getters():
    for cancel_first in (True, False):
        for cancelled in range(3):
            for items in (1, 2):
                queue = filled(0)
                tasks = get(queue, 'a', 'b', 'c')
                await passes(1)
                if cancel_first:
                    tasks[cancelled].cancel()
                for item in range(items):
                    queue.put_nowait(item)
                if not cancel_first:
                    tasks[cancelled].cancel()
                tasks += get(queue, 'd')
                say(f'{cancel_first} {cancelled} {items}')
                await end(queue, tasks)


async def cancelled_putters():
    for cancel_first in (True, False):
        for cancelled in range(3):
            for room in (1, 2):
                queue = filled(2, 1, 2)
                tasks = put(queue, 3, 4, 5)
                await passes(1)
                if cancel_first:
                    tasks[cancelled].cancel()
                for _ in range(room):
                    now(queue)
                if not cancel_first:
                    tasks[cancelled].cancel()
                tasks += put(queue, 6)
                say(f'{cancel_first} {cancelled} {room}')
                await end(queue, tasks)
                now(queue)


async def steps_between():
    for step in range(4):
        queue = filled(1)
        tasks = get(queue, 'a')
        await passes(1)
        now(queue, 1)
        await passes(step)
        say(f'{step} {tasks[0].cancel()}')
        tasks += get(queue, 'b')
        await end(queue, tasks)

        queue = filled(1, 1)
        tasks = put(queue, 2)
        await passes(1)
        now(queue)
        await passes(step)
        say(f'{step} {tasks[0].cancel()}')
        tasks += put(queue, 3)
        await end(queue, tasks)


async def taken_by_others():
    queue = filled(1)
    tasks = get(queue, 'a', 'b')
    await passes(1)
    now(queue, 1)
    now(queue, 2)
    now(queue)
    now(queue)
    await passes(2)
    tasks += put(queue, 3, 4)
    await end(queue, tasks)

    queue = filled(1, 1)
    tasks = put(queue, 2, 3)
    await passes(1)
    now(queue)
    now(queue, 4)
    await passes(2)
    tasks += get(queue, 'c', 'd')
    await end(queue, tasks)


async def joined():
    queue = filled(0, 1, 2)
    tasks = [asyncio.create_task(tell(f'join {number}', queue.join())) for number in range(3)]
    await passes(1)
    now(queue)
    queue.task_done()
    tasks[1].cancel()
    await passes(2)
    queue.task_done()
    queue.put_nowait(3)
    await passes(3)
    tasks.append(asyncio.create_task(tell('join 3', queue.join())))
    await passes(2)
    queue.task_done()
    try:
        queue.task_done()
    except ValueError:
        say('too often')
    await end(queue, tasks)
    await queue.join()


async def shut_down():
    for immediate in (False, True):
        queue = filled(2, 1, 2)
        tasks = put(queue, 3, 4)
        tasks.append(asyncio.create_task(tell('join', queue.join())))
        await passes(1)
        queue.shutdown(immediate)
        say(f'{immediate} {queue.qsize()}')
        now(queue, 5)
        now(queue)
        tasks += get(queue, 'a', 'b')
        await passes(3)
        if not immediate:
            queue.task_done()
            queue.task_done()
        await end(queue, tasks)

        queue = filled(0)
        tasks = get(queue, 'c', 'd', 'e')
        await passes(1)
        now(queue, 6)
        queue.shutdown(immediate)
        tasks[1].cancel()
        await end(queue, tasks)


async def orders():
    smallest = asyncio.PriorityQueue()
    last = asyncio.LifoQueue(3)
    for number in (3, 1, 4, 1, 5, 9, 2, 6):
        smallest.put_nowait(number)
        now(last, number)
    for _ in range(4):
        now(smallest)
        now(last)
    tasks = put(smallest, 2, 1, 3) + get(smallest, 'a', 'b') + get(last, 'c') + put(last, 7, 8)
    await end(last, tasks)
    while not smallest.empty():
        now(smallest)


asyncio.run(play(bounded, cancelled_getters, cancelled_putters, steps_between, taken_by_others, joined, shut_down,
                 orders))
