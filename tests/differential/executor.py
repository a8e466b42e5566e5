"""Jobs on other threads: their results, their failures, and cancels that come too early or too late."""

import asyncio
import concurrent.futures
import threading

from say import end_of, ending, passes, play, say


def add(one, other):
    return one + other


def fail(what):
    raise RuntimeError(what)


async def results():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = loop.run_in_executor(pool, add, 1, 2)
        second = loop.run_in_executor(pool, add, 3, 4)
        say(ending(first))
        say(await second)
        say(f'{ending(first)} {await first}')
        both = await asyncio.gather(asyncio.to_thread(add, 5, 6), loop.run_in_executor(None, add, 7, 8))
        say(sum(both))


async def failures():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            try:
                await loop.run_in_executor(pool, fail, 'in a job')
            except RuntimeError as error:
                say(f'caught {error}')
    try:
        await asyncio.gather(asyncio.to_thread(fail, 'in a thread'), asyncio.to_thread(add, 1, 2))
    except RuntimeError as error:
        say(f'caught {error}')


async def cancelled_before_it_began():
    loop = asyncio.get_running_loop()
    gate = threading.Event()
    calls = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        holding = loop.run_in_executor(pool, gate.wait)
        waiting = loop.run_in_executor(pool, calls.append, 1)
        say(waiting.cancel('no longer needed'))
        say(f'{ending(waiting)} {waiting.cancel()}')
        await passes(1)  # in which asyncio tells the pool
        gate.set()
        await holding
    say(len(calls))


async def wait_for(name, job):
    try:
        await job
        say(f'{name} got it')
    except asyncio.CancelledError as error:
        say(f'{name} cancelled {error}')
        raise


async def cancelled_while_it_runs():
    loop = asyncio.get_running_loop()
    began, gate = threading.Event(), threading.Event()
    calls = []

    def job():
        began.set()
        gate.wait()
        calls.append(1)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        task = asyncio.create_task(wait_for('task', loop.run_in_executor(pool, job)))
        began.wait()
        await passes(1)
        task.cancel('enough')
        await end_of(task)
        say(f'{ending(task)} {len(calls)}')
        gate.set()
    say(len(calls))


async def after_the_end():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        job = pool.submit(add, 1, 2)
        failing = pool.submit(fail, 'at once')
        cancelled = concurrent.futures.Future()
    cancelled.cancel()
    cancelled.set_running_or_notify_cancel()
    wrapped = [asyncio.wrap_future(each) for each in (job, failing, cancelled)]
    late = asyncio.wrap_future(job)
    late.cancel()
    for each in wrapped:
        await end_of(each)
        say(ending(each))
    say(f'{ending(late)} {job.result()}')


asyncio.run(play(results, failures, cancelled_before_it_began, cancelled_while_it_runs, after_the_end))
