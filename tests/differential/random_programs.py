"""Programs drawn by lot: tasks that sleep, wait for each other and for primitives, fail, and are cancelled.

What a task does next is drawn when it does it, all from one sequence: so if one thing comes in another order
here than in the translation, all that follows differs.
"""

import asyncio

from say import TaskGroup, ending, words_for

PROGRAMS = 400
MOST_TASKS = 30


class Lot:
    """Numbers that look random, the same in both languages."""

    def __init__(self, seed):
        self.state = seed

    def draw(self, below):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % below

    def delay(self):
        return self.draw(4) * 0.01


class Program:
    """What its tasks share."""

    def __init__(self, seed):
        self.lot = Lot(seed)
        self.began = asyncio.get_running_loop().time()
        self.tasks = []  # with their numbers
        self.locks = [asyncio.Lock(), asyncio.Lock()]
        self.semaphore = asyncio.Semaphore(2)
        self.queue = asyncio.Queue(2)
        self.event = asyncio.Event()
        self.condition = asyncio.Condition()

    def say(self, what):
        print(f'{asyncio.get_running_loop().time() - self.began:.2f} {what}')

    def is_full(self):
        return len(self.tasks) + 2 > MOST_TASKS

    def begin(self, create_task=asyncio.create_task):
        number = len(self.tasks) + 1
        task = create_task(live(self, number))
        self.tasks.append((number, task))
        return task

    def younger(self, number):
        """Nobody waits for an older one, which might be waiting for it."""
        return [task for other, task in self.tasks if other > number]

    def one_younger(self, number):
        tasks = self.younger(number)
        return tasks[self.lot.draw(len(tasks))] if tasks else None


def outcome(task):
    return str(task.result()) if ending(task) == 'finished' else ending(task)


# What a task may do. Each returns what came of it.

async def pass_once(program, number):
    await asyncio.sleep(0)
    return 'goes on'


async def sleep(program, number):
    await asyncio.sleep(program.lot.delay())
    return 'slept'


async def spawn(program, number):
    if program.is_full():
        return 'full'
    program.begin()
    return f'began {len(program.tasks)}'


async def await_task(program, number):
    task = program.one_younger(number)
    return f'got {await task}' if task else 'nobody'


async def await_task_for_a_while(program, number):
    task = program.one_younger(number)
    return f'got {await asyncio.wait_for(task, program.lot.delay())}' if task else 'nobody'


async def await_shielded(program, number):
    task = program.one_younger(number)
    return f'got {await asyncio.wait_for(asyncio.shield(task), program.lot.delay())}' if task else 'nobody'


async def cancel(program, number):
    other, task = program.tasks[program.lot.draw(len(program.tasks))]
    return f'cancels {other}: {task.cancel()}'


async def hold_lock(program, number):
    which = program.lot.draw(2)
    delay = program.lot.delay()
    async with program.locks[which]:
        program.say(f'{number} has lock {which}')
        await asyncio.sleep(delay)
    return which


async def hold_lock_for_a_while(program, number):
    return f'had lock {await asyncio.wait_for(hold_lock(program, number), program.lot.delay())}'


async def hold_slot(program, number):
    delay = program.lot.delay()
    async with program.semaphore:
        program.say(f'{number} has a slot')
        await asyncio.sleep(delay)
    return 'had a slot'


async def put(program, number):
    await asyncio.wait_for(program.queue.put(number), program.lot.delay())
    return 'put'


async def get(program, number):
    return f'got {await asyncio.wait_for(program.queue.get(), program.lot.delay())} from the queue'


async def set_or_clear(program, number):
    if program.lot.draw(2) == 0:
        program.event.set()
        return 'set'
    program.event.clear()
    return 'cleared'


async def wait_for_event(program, number):
    await asyncio.wait_for(program.event.wait(), program.lot.delay())
    return 'was set'


async def be_notified(program, number):
    async with program.condition:
        await program.condition.wait()
        program.say(f'{number} is notified')


async def be_notified_in_a_while(program, number):
    await asyncio.wait_for(be_notified(program, number), program.lot.delay())
    return 'was notified'


async def notify(program, number):
    count = 1 + program.lot.draw(2)
    async with program.condition:
        program.condition.notify(count)
    return 'notified'


async def gather_two(program, number):
    if program.is_full():
        return 'full'
    one, other = await asyncio.gather(program.begin(), program.begin())
    return f'gathered {one} {other}'


async def gather_all(program, number):
    tasks = program.younger(number)
    if not tasks:
        return 'nobody'
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), program.lot.delay())
    return 'gathered ' + ' '.join(outcome(task) for task in tasks)


async def group_two(program, number):
    if program.is_full():
        return 'full'
    delay = program.lot.delay()
    async with TaskGroup() as group:
        program.begin(group.create_task)
        program.begin(group.create_task)
        await asyncio.sleep(delay)
        program.say(f'{number} grouped')
    return 'group ended'


async def wait_for_some(program, number):
    tasks = program.younger(number)
    if not tasks:
        return 'nobody'
    conditions = [asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED]
    condition = conditions[program.lot.draw(3)]
    done, pending = await asyncio.wait(tasks, timeout=program.lot.delay(), return_when=condition)
    return f'{len(done)} done, {len(pending)} pending'


async def nest_timeouts(program, number):
    outer = program.lot.delay()
    inner = program.lot.delay()
    async with asyncio.timeout(outer):
        async with asyncio.timeout(inner):
            await asyncio.sleep(program.lot.delay())
            await hold_lock(program, number)
    return 'in time'


async def call_others(program, number):
    loop = asyncio.get_running_loop()
    loop.call_later(program.lot.delay(), program.say, f'{number} later')
    loop.call_soon(program.say, f'{number} soon')
    return 'called'


async def be_told(program, number):
    task = program.one_younger(number)
    if not task:
        return 'nobody'
    task.add_done_callback(lambda task: program.say(f'{number} told'))
    return 'will be told'


async def fail(program, number):
    raise RuntimeError(f'{number} failed')


ACTIONS = [pass_once, sleep, spawn, await_task, await_task_for_a_while, await_shielded, cancel,
           hold_lock_for_a_while, hold_slot, put, get, set_or_clear, wait_for_event, be_notified_in_a_while,
           notify, gather_two, gather_all, group_two, wait_for_some, nest_timeouts, call_others, be_told, fail]


async def act(program, number):
    """One action, and what came of it; a cancel may be minded, withdrawn, or neither."""
    action = program.lot.draw(len(ACTIONS))
    try:
        what = await ACTIONS[action](program, number)
    except asyncio.CancelledError:
        program.say(f'{number} {action} cancelled')
        mood = program.lot.draw(3)
        if mood == 0:
            raise
        if mood == 1 and asyncio.current_task().cancelling() > 0:
            program.say(f'{number} takes it back: {asyncio.current_task().uncancel()}')
        return
    except ExceptionGroup as errors:
        what = f'group: {words_for(errors)}'
    except TimeoutError:
        what = 'too late'
    except RuntimeError as error:
        what = str(error)
    program.say(f'{number} {action} {what}')


async def live(program, number):
    for _ in range(1 + program.lot.draw(5)):
        await act(program, number)
    if program.lot.draw(4) == 0:
        program.say(f'{number} fails')
        raise RuntimeError(f'{number} failed at its end')
    program.say(f'{number} ends')
    return number


async def main(seed):
    print(f'-- {seed}')
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    program = Program(seed)
    for _ in range(4):
        program.begin()
    while not all(task.done() for _, task in program.tasks):
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)
    for number, task in program.tasks:
        program.say(f'{number} {outcome(task)}')


for seed in range(PROGRAMS):
    asyncio.run(main(seed))
