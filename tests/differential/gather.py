"""Gathers, nested, with children that fail, are cancelled, or will not be."""

import asyncio

from say import end_of, ending, passes, play, say


async def work(name, delay, fails=False):
    say(f'{name} begins')
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


async def stubborn(name):
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError:
        say(f'{name} goes on')
    await asyncio.sleep(0.1)
    return name


async def results():
    names = await asyncio.gather(work('slow', 0.3), work('quick', 0.1), work('middling', 0.2))
    say(' '.join(names))


async def first_failure():
    gathered = asyncio.gather(work('a', 0.3), work('b', 0.1, True), work('c', 0.2, True), work('d', 0.4))
    gathered.add_done_callback(lambda _: say('told'))
    await end_of(gathered)
    say(ending(gathered))
    await asyncio.sleep(0.5)


async def failures_as_results():
    child = asyncio.create_task(work('cancelled', 5))
    asyncio.get_running_loop().call_later(0.1, child.cancel)
    gathered = await asyncio.gather(work('e', 0.2), work('f', 0.1, True), child, return_exceptions=True)
    for each in gathered:
        say(each if isinstance(each, str) else type(each) is RuntimeError and f'error {each}' or 'cancel')


async def cancelled_child():
    child = asyncio.create_task(work('child', 5))
    both = asyncio.gather(child, work('other', 0.3))
    await asyncio.sleep(0.1)
    child.cancel('enough')
    await end_of(both)
    say(ending(both))
    await asyncio.sleep(0.5)


async def inner(name):
    try:
        await asyncio.gather(work(f'{name}1', 0.2), work(f'{name}2', 0.1, name == 'x'))
    except RuntimeError as error:
        say(f'{name} caught {error}')
        raise RuntimeError(f'{name} after {error}') from None
    return name


async def nested():
    try:
        await asyncio.gather(inner('x'), asyncio.gather(inner('y'), inner('z')))
    except RuntimeError as error:
        say(f'outer caught {error}')
    await asyncio.sleep(0.5)


async def gather_the(*children):
    await asyncio.gather(*children)
    say('not reached')


async def cancelled_outside():
    outer = asyncio.create_task(gather_the(work('g', 5), gather_the(work('h', 5), work('i', 5)), stubborn('j')))
    await asyncio.sleep(0.1)
    outer.cancel('from outside')
    await end_of(outer)
    say(ending(outer))


async def all_stubborn():
    both = asyncio.gather(stubborn('k'), stubborn('l'))
    await asyncio.sleep(0.1)
    say(both.cancel('m'))
    await end_of(both)
    say(ending(both))


async def failure_and_cancel():
    outer = asyncio.create_task(gather_the(work('n', 0.1, True), work('o', 5), stubborn('p')))
    asyncio.get_running_loop().call_later(0.1, outer.cancel)
    await end_of(outer)
    say(ending(outer))
    await asyncio.sleep(0.3)


async def done_but_not_told():
    one, other = asyncio.get_running_loop().create_future(), asyncio.get_running_loop().create_future()
    both = asyncio.gather(one, other)
    one.set_result(1)
    other.set_result(2)
    say(both.cancel())
    await passes(1)
    say(ending(both))
    say(sum(await both))


async def the_same_twice():
    child = asyncio.create_task(work('q', 0.1))
    say(' '.join(await asyncio.gather(child, work('r', 0.2), child)))


asyncio.run(play(results, first_failure, failures_as_results, cancelled_child, nested, cancelled_outside, all_stubborn,
                 failure_and_cancel, done_but_not_told, the_same_twice))
