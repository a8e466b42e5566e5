"""Task groups, nested, with children and bodies that fail, and cancels from outside."""

import asyncio

from say import TaskGroup, end_of, ending, passes, play, say, words_for


async def work(name, delay, fails=False):
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        say(f'{name} cancelled')
        raise
    if fails:
        say(f'{name} fails')
        raise RuntimeError(name)
    say(f'{name} ends')


async def fail_late(name, clean_up=None):
    try:
        await work(name, 50)
    except asyncio.CancelledError:
        if clean_up is not None:
            await work(f'{name} cleaning up', clean_up)
        raise RuntimeError(f'{name} late') from None


async def in_group(name, body, *children):
    try:
        async with TaskGroup() as group:
            for child in children:
                group.create_task(child)
            await body
        say(f'{name} ends')
    except ExceptionGroup as errors:
        say(f'{name} failed with {words_for(errors)}, {asyncio.current_task().cancelling()} cancels')
        raise
    except asyncio.CancelledError as error:
        say(f'{name} cancelled {error}, {asyncio.current_task().cancelling()} cancels')
        raise


async def children_of_children():
    async def grow(group, depth):
        say(f'at {depth}')
        if depth > 0:
            group.create_task(grow(group, depth - 1))
            group.create_task(grow(group, depth - 2) if depth > 1 else work('leaf', 0.1))

    async with TaskGroup() as group:
        group.create_task(grow(group, 3))
        say('body ends')
    say('all ended')


async def failing_child():
    await end_of(in_group('early', work('body', 5), work('a', 0.1), work('b', 0.2, True), fail_late('c', 0.1),
                          work('d', 5)))
    await end_of(in_group('exiting', passes(0), work('e', 0.2, True), work('f', 0.1), fail_late('g', 0),
                          fail_late('h')))
    await end_of(in_group('at once', passes(1), work('i', 0, True), work('j', 0, True), work('k', 0)))


async def nested():
    inner = in_group('inner', work('body', 5), work('l', 0.1, True), work('m', 5))
    await end_of(in_group('outer', passes(0), inner, work('n', 5), fail_late('o')))

    inner = in_group('inner', work('body', 5), work('p', 5), fail_late('q'))
    await end_of(in_group('outer', passes(0), inner, work('r', 0.1, True)))


async def one_in_the_other():
    for delay, other in ((0.1, 0.2), (0.2, 0.1), (0, 0)):
        try:
            async with TaskGroup() as outer:
                outer.create_task(work('of outer', delay, True))
                try:
                    async with TaskGroup() as inner:
                        inner.create_task(work('of inner', other, True))
                        await work('body', 5)
                except ExceptionGroup as errors:
                    say(f'inner {words_for(errors)} {asyncio.current_task().cancelling()}')
                await work('after', 0.3)
        except ExceptionGroup as errors:
            say(f'outer {words_for(errors)} {asyncio.current_task().cancelling()}')
        await passes(1)


async def failing_body():
    await end_of(in_group('alone', work('body', 0.1, True)))
    await end_of(in_group('with others', work('body', 0.2, True), work('s', 5), fail_late('t', 0.1), work('u', 0.1)))
    await end_of(in_group('both', fail_late('body'), work('v', 0.1, True)))


async def cancelled_outside():
    for moment in ('unbegun', 'body', 'exit', 'failing', 'twice'):
        inner = in_group('inner', passes(0), work('w', 5), fail_late('x', 0.2) if moment == 'failing' else work('y', 5))
        body = work('body', 5) if moment == 'body' else passes(0)
        outer = asyncio.create_task(in_group('outer', body, inner, work('z', 5)))
        if moment != 'unbegun':
            await asyncio.sleep(0.1)
        say(f'{moment} {outer.cancel("one")}')
        if moment == 'twice':
            await passes(1)
            outer.cancel('two')
        await end_of(outer)
        say(f'{outer.cancelled()} {outer.cancelling()}')


async def cancels_within():
    async def cancel_other(task):
        task.cancel('by a child')
        await work('after it', 0.1)

    task = asyncio.create_task(in_group('group', passes(0), work('other', 0.2)))
    await passes(2)
    child = asyncio.create_task(cancel_other(task))
    await end_of(task)
    await end_of(child)
    say(ending(task))

    async with TaskGroup() as group:
        group.create_task(work('cancelled alone', 5)).cancel()
        begun = group.create_task(work('cancelled later', 5))
        group.create_task(work('not cancelled', 0.1))
        await passes(1)
        begun.cancel()
    say('no failure')

    async def cancel_oneself():
        async with TaskGroup() as group:
            group.create_task(work('child', 0.1))
            asyncio.current_task().cancel('by itself')

    task = asyncio.create_task(cancel_oneself())
    await end_of(task)
    say(ending(task))


async def too_late():
    async def add_to(group, name):
        late = work(name, 0)
        try:
            group.create_task(late)
            say(f'{name} added')
        except RuntimeError:
            late.close()
            say(f'{name} refused')

    async def add_at_the_end(group):
        await end_of(work('adder', 5))
        await add_to(group, 'shutting down')

    group = TaskGroup()
    await add_to(group, 'not entered')
    try:
        async with group:
            group.create_task(add_at_the_end(group))
            group.create_task(add_to(group, 'exiting'))
            group.create_task(work('the one', 0.1, True))
    except ExceptionGroup as errors:
        say(words_for(errors))
    await add_to(group, 'ended')


asyncio.run(play(children_of_children, failing_child, nested, one_in_the_other, failing_body, cancelled_outside,
                 cancels_within, too_late))
