"""What a task can wait for: in words, and which futures that leads to.

The library has virtual functions for the words, which nobody can call in a core file. What kind of
operation, or future, there is at an address its class tells, and a line of the tables below.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

from . import layout, memory
from .layout import Future, Place, Task, record, string_of, string_paths


class Wait(NamedTuple):
    """A task's wait."""

    words: str                      # `a sleep`, `lock "forks"`
    futures: tuple[Future, ...]     # whose ends it waits for
    holder: Task | None             # who has what it waits for: a lock
    source: int                     # address of the lock, queue and so on; 0 if it is none
    line: int | None                # of the detail::waiters that it stands in, if it does
    place: Place | None
    since: int | None               # by the program's clock in nanoseconds, if that is known
    until: int | None               # its deadline, if it has one


class _Found(NamedTuple):
    words: str
    futures: tuple[Future, ...] = ()
    holder: Task | None = None
    source: int = 0
    timer: int = 0  # address of a detail::timer_node


def wait_of(task: Task) -> Wait:
    found = _look_at(task.operation)
    since, until = _timer(found.timer) if found.timer else (None, None)
    if since is None:
        since = task.waits_since
    line = _waiter_record()(task.operation).line or None if found.source else None
    return Wait(found.words, found.futures, found.holder, found.source, line, task.waits_at, since, until)


def _look_at(operation: int) -> _Found:
    names = layout.class_names(operation)
    for name in names:
        if name.startswith(_FUTURE_WAIT):
            return _future(operation)
        if name in _OPERATIONS:
            return _OPERATIONS[name](operation)
    return _Found(f"an operation of class {names[0]}")


# ---------------------------------------------------------------- the kinds of operations

def _sleep(operation: int) -> _Found:
    return _Found("a sleep", timer=operation + record("asyncio::detail::sleeper", alarm="alarm_.next").offsets["alarm"])


def _future(operation: int) -> _Found:
    # Behind operation_base, whatever the type of the result: future_wait has no other base.
    at = record("asyncio::detail::operation_base", task="task_").type.sizeof
    awaited = Future.at(memory.pointer(operation + at))
    return _Found(awaited.describe(), (awaited,))


def _waiter_record() -> memory.Record:
    return record("asyncio::detail::waiter", line="line_", task="task_", entry="entry_.next")


def _is_gone(operation: int) -> bool:
    return _waiter_record()(operation).line == 0


def _named(kind: str, operation_class: str, member: str, class_name: str) -> Callable[[int], _Found]:
    """A wait for something that has a name, or has none."""
    def look(operation: int) -> _Found:
        if _is_gone(operation):
            return _Found(f"{_a(kind)} that is gone")
        source = getattr(record(operation_class, source=member)(operation), "source")
        return _Found(named(kind, class_name, source), source=source)
    return look


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def named(kind: str, class_name: str, address: int) -> str:
    """`a lock`, `lock "forks"`."""
    name = string_of(record(class_name, **string_paths("name", "name_"))(address), "name")
    return f'{kind} "{name}"' if name else _a(kind)


def _lock(operation: int) -> _Found:
    found = _named("lock", "asyncio::detail::lock_wait", "lock_", "asyncio::lock")(operation)
    if not found.source:
        return found
    holder = record("asyncio::lock", holder="holder_.object_")(found.source).holder
    return found._replace(holder=Task(holder) if holder else None)


def _condition(operation: int) -> _Found:
    if _is_gone(operation):
        return _Found("a condition that is gone")
    members = record("asyncio::condition::notified", source="condition_", kind="kind_")(operation)
    kind = memory.c_string(members.kind)
    return _Found(named(kind, "asyncio::condition", members.source), source=members.source)


def _queue(operation: int) -> _Found:
    found = _named("queue", "asyncio::detail::queue_wait", "queue_", "asyncio::detail::queue_base")(operation)
    for_room = record("asyncio::detail::queue_wait", goal="goal_")(operation).goal != 0
    if not found.source:
        return found
    return found._replace(words=("room in " if for_room else "something in ") + found.words)


def _join(operation: int) -> _Found:
    found = _named("queue", "asyncio::detail::join_operation", "queue_", "asyncio::detail::queue_base")(operation)
    return found._replace(words="the join of " + found.words) if found.source else found


def _group(operation: int) -> _Found:
    group = record("asyncio::detail::group_wait", group="of_")(operation).group
    children = tuple(f for f in group_children(group) if not f.is_done)
    return _Found(_listed("a task group of", children), children, source=group)


def group_children(group: int) -> list[Future]:
    """Of a detail::group_state."""
    child = record("asyncio::detail::group_state::child", next="next", task="task_.object_")
    first = record("asyncio::detail::group_state", first="children_.first_")(group).first
    return [Future.at(child(place).task) for place in chain(first)]


def group_owner(task: Task) -> Task | None:
    """The group has a node in the list of those who wait for each of its children."""
    node = record("asyncio::detail::node", on_turn="on_turn")
    for place in chain(task.first_waiter()):
        if layout.is_function(node(place).on_turn, "asyncio::detail::group_state::child::end_node::on_queue_turn"):
            child = record("asyncio::detail::group_state::child::end_node", of="of")(place).of
            group = record("asyncio::detail::group_state::child", group="group_.object_")(child).group
            owner = record("asyncio::detail::group_state", owner="owner_.object_")(group).owner
            return Task(owner) if owner else None
    return None


def _wait(operation: int) -> _Found:
    place = record("asyncio::detail::waiting::place", future="future.object_")
    members = record("asyncio::detail::waiting", first="places_._M_impl._M_start",
                     end="places_._M_impl._M_finish", condition="condition_", alarm="alarm_.next",
                     heap="alarm_.heap")
    seen = members(operation)
    futures = [Future.at(place(at).future) for at in range(seen.first, seen.end, place.type.sizeof)]
    futures = tuple(future for future in futures if not future.is_done)
    return _Found(_listed("one of" if seen.condition == _first_completed() else "all of", futures), futures,
                  timer=operation + members.offsets["alarm"])


def _first_completed() -> int:
    fields = record("asyncio::detail::waiting", condition="condition_").type["condition_"].type.fields()
    return next(field.enumval for field in fields if field.name.endswith("first_completed"))


def _next_completed(operation: int) -> _Found:
    of = record("asyncio::detail::completion_wait", of="of_")(operation).of
    entry = record("asyncio::detail::completions::entry", future="future_.object_")
    first = record("asyncio::detail::completions", first="pending_.first_")(of).first
    futures = tuple(Future.at(entry(place).future) for place in chain(first))
    return _Found(_listed("the first of", futures), futures)


_FUTURE_WAIT = "N7asyncio6detail11future_waitI"  # a template
_OPERATIONS: dict[str, Callable[[int], _Found]] = {
    "N7asyncio6detail7sleeperE": _sleep,
    "N7asyncio6detail9lock_waitE": _lock,
    "N7asyncio6detail14semaphore_waitE": _named("semaphore", "asyncio::detail::semaphore_wait", "semaphore_",
                                                "asyncio::semaphore"),
    "N7asyncio5event14wait_operationE": _named("event", "asyncio::event::wait_operation", "event_",
                                               "asyncio::event"),
    "N7asyncio9condition8notifiedE": _condition,
    "N7asyncio6detail10queue_waitE": _queue,
    "N7asyncio6detail14join_operationE": _join,
    "N7asyncio6detail10group_waitE": _group,
    "N7asyncio6detail7waitingE": _wait,
    "N7asyncio6detail15completion_waitE": _next_completed,
    "N7asyncio6detail9asio_waitE": lambda _: _Found("an operation of Boost.Asio"),
}


# ---------------------------------------------------------------- the kinds of futures

def describe_future(future: Future) -> str:
    if isinstance(future, Task):
        return f'task "{future.name}"'
    kinds = layout.class_names(future.address)
    if _GATHER in kinds:
        return _listed("a gather of", [part for part in parts_of_future(future) if not part.is_done])
    if _SHIELD in kinds:
        return "a shield of " + parts_of_future(future)[0].describe()
    return "a job on a thread" if _JOB in kinds else "a future"


def parts_of_future(future: Future) -> list[Future]:
    """What ends it when it ends: the children of a gather, the inner side of a shield."""
    if isinstance(future, Task):
        return []
    kinds = layout.class_names(future.address)
    if _GATHER in kinds:
        children = record("asyncio::detail::gathering", first="children_._M_impl._M_start",
                          end="children_._M_impl._M_finish")(future.address)
        return [Future.at(memory.pointer(at)) for at in range(children.first, children.end, 8)]
    if _SHIELD in kinds:
        return [Future.at(record("asyncio::detail::shielding", inner="inner_.object_")(future.address).inner)]
    return []


_GATHER = "N7asyncio6detail9gatheringE"
_SHIELD = "N7asyncio6detail9shieldingE"
_JOB = "N7asyncio6detail11awaited_jobE"


def _listed(what: str, futures) -> str:
    shown = [future.describe() for future in futures[:4]]
    if len(futures) > 4:
        shown.append(f"{len(futures) - 4} more")
    return f"{what} {', '.join(shown)}"


# ---------------------------------------------------------------- lists and timers

def chain(node: int) -> list[int]:
    """A node and those behind it."""
    following = record("asyncio::detail::node", next="next")
    nodes = []
    while node and len(nodes) < 1000000:
        nodes.append(node)
        node = following(node).next
    return nodes


def _timer(node: int) -> tuple[int | None, int | None]:
    """When it was set, and when it is due."""
    timer = record("asyncio::detail::timer_node", set_at="set_at.__d.__r", heap="heap", position="position")(node)
    if not timer.heap:
        return None, None
    entries = record("asyncio::detail::timer_heap", first="entries_._M_impl._M_start")(timer.heap).first
    entry = record("asyncio::detail::timer_heap::entry", when="when.__d.__r")
    return timer.set_at, entry(entries + timer.position * entry.type.sizeof).when


def context_values(task: Task) -> dict[int, int]:
    """Its context: numbers of variables, and the addresses of their values."""
    context = record("asyncio::detail::task_base", context="context_.object_")(task.address).context
    values = record("asyncio::detail::context_state", map="values_._M_ptr")(context).map if context else 0
    if not values:
        return {}
    start, end = memory.pointer(values), memory.pointer(values + 8)
    pair = 24  # a number and a shared_ptr
    return {memory.pointer(at): memory.pointer(at + 8) for at in range(start, end, pair)}


def waiting_tasks(line: int) -> list[int]:
    """The addresses of the tasks in a detail::waiters, in order."""
    waiter = _waiter_record()
    first = record("asyncio::detail::waiters", first="line_.first_")(line).first
    return [waiter(place - waiter.offsets["entry"]).task for place in chain(first)]
