"""The end of a run: what main leaves behind is cancelled, cleans up, and may fail."""

import asyncio

from say import passes, say


async def leave(name, fails=False):
    say(f'{name} begins')
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError:
        say(f'{name} cleans up')
    await asyncio.sleep(0.1)
    if fails:
        say(f'{name} fails')
        raise RuntimeError(name)
    say(f'{name} ends')


def report(_, context):
    print(f'reported: {context["exception"]}')  # no loop runs here


async def run_that_returns():
    asyncio.get_running_loop().set_exception_handler(report)
    asyncio.create_task(leave('leftover', fails=True))
    await passes(1)
    say('main returns')
    return 42


async def run_that_fails():
    asyncio.get_running_loop().set_exception_handler(report)
    asyncio.create_task(leave('leftover'))
    await passes(1)
    say('main fails')
    raise ValueError('main')


async def run_that_cancels_itself():
    asyncio.create_task(leave('leftover'))
    await passes(1)
    asyncio.current_task().cancel('by itself')
    await asyncio.sleep(0)


async def run_whose_leftover_has_not_begun():
    asyncio.create_task(leave('unbegun'))
    say('main returns')


async def run_that_goes_on():
    await asyncio.sleep(0.1)
    say('goes on')
    return 43


print(asyncio.run(run_that_returns()))
try:
    asyncio.run(run_that_fails())
except ValueError as error:
    print(f'thrown: {error}')
try:
    asyncio.run(run_that_cancels_itself())
except asyncio.CancelledError as error:
    print(f'cancelled: {error}')
asyncio.run(run_whose_leftover_has_not_begun())

with asyncio.Runner() as runner:
    print(runner.run(run_that_returns()))
    print(runner.run(run_that_goes_on()))
print('closed')
