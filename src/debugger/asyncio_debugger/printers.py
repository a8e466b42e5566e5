"""Pretty printers for what programs have of asyncio: handles, locks, queues, coroutines.

Each is one line of text; queues show what is in them, too.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator

import gdb
import gdb.printing

from . import layout, memory, waits
from .backtrace import summary_of_wait
from .command import seconds
from .layout import Frame, Future, Task
from .settings import in_cpp


class _Text:
    """A printer whose text a function finds."""

    def __init__(self, value: gdb.Value, text_of: Callable[[gdb.Value], str]):
        self._value = value
        self._text_of = text_of

    def to_string(self) -> str:
        try:
            with in_cpp():
                return self._text_of(self._value)
        except (memory.Unreadable, gdb.error) as error:
            return f"<not valid here: {error}>"


class _Queue(_Text):
    """With what is in it, in the order in which it will come out."""

    def __init__(self, value: gdb.Value):
        super().__init__(value, _queue)

    def children(self) -> Iterator[tuple[str, gdb.Value]]:
        try:
            yield from ((f"[{position}]", item) for position, item in enumerate(_items(self._value)))
        except (memory.Unreadable, gdb.error):
            return

    def display_hint(self) -> str:
        return "array"


# ---------------------------------------------------------------- tasks, futures, coroutines

def describe(future: Future) -> str:
    """`task "fetch" waiting for a sleep, 1.750 s left at fetch_data.cpp:31`."""
    if not isinstance(future, Task):
        return f"{future.describe()}, {future.state}"
    text = f'task "{future.name}" {future.state}'
    wait = future.wait()
    if wait is None:
        return text
    return text + summary_of_wait(future, wait) + (f" at {wait.place}" if wait.place else "")


def _future(value: gdb.Value) -> str:
    address = int(value["state_"]["object_"])
    if address == 0:
        return "an empty handle"
    future = Future.at(address)
    text = describe(future)
    result = _result_type(value.type)
    if future.state == "finished" and result is not None and future.value_address:
        text += f": {memory.value_at(future.value_address, result).format_string(max_elements=20)}"
    return text


def _result_type(handle: gdb.Type) -> gdb.Type | None:
    try:
        result = handle.strip_typedefs().template_argument(0)
        return None if result.code == gdb.TYPE_CODE_VOID else result
    except (RuntimeError, gdb.error):  # any_future and any_task
        return None


def describe_coroutine(frame: Frame) -> str:
    place = frame.place()
    where = f" at {place}" if place else ""
    if frame.is_at_its_end:
        return f"coroutine that has ended{where}"
    if not frame.has_begun:
        return f"coroutine {frame.name}, not begun"
    return f"coroutine {frame.name}{where}"


def _awaitable(value: gdb.Value) -> str:
    promise = int(value["frame_"])
    if promise == 0:
        return "an empty awaitable: its coroutine was awaited, or made a task"
    return describe_coroutine(Frame.of_promise(promise))


def _coroutine_handle(value: gdb.Value) -> str:
    address = int(value["_M_fr_ptr"])
    if address == 0:
        return "no coroutine"
    frame = Frame.at(address)
    return describe_coroutine(frame) if frame else f"coroutine_handle {address:#x}"


def _callback(value: gdb.Value) -> str:
    state = int(value["state_"]["object_"])
    if state == 0:
        return "an empty handle"
    members = layout.record("asyncio::detail::callback", cancelled="cancelled_", called="called_",
                            when="when_.__d.__r")(state)
    if members.cancelled:
        return "callback, cancelled"
    if members.called:
        return "callback, called"
    return f"callback, due at {seconds(members.when)}"


# ---------------------------------------------------------------- what tasks wait for

def _waiting(waiters: gdb.Value, *for_what: str) -> list[str]:
    count = len(waits.waiting_tasks(int(waiters.address)))
    return [" ".join((f"{count} wait{'s' if count == 1 else ''}", *for_what))] if count else []


def _named(kind: str, value: gdb.Value) -> str:
    class_name = str(value.type.strip_typedefs().unqualified())
    return waits.named(kind, class_name, int(value.address)).removeprefix("a ").removeprefix("an ")


def _lock(value: gdb.Value) -> str:
    holder = int(value["holder_"]["object_"])
    held = f', held by task "{Task(holder).name}"' if holder else ", held" if value["locked_"] else ", free"
    return ", ".join([_named("lock", value) + held, *_waiting(value["waiters_"])])


def _event(value: gdb.Value) -> str:
    state = "set" if value["set_"] else "not set"
    return ", ".join([_named("event", value), state, *_waiting(value["waiters_"])])


def _semaphore(value: gdb.Value) -> str:
    value = value.cast(gdb.lookup_type("asyncio::semaphore"))
    return ", ".join([_named("semaphore", value), f"{int(value['value_'])} free", *_waiting(value["waiters_"])])


def _condition(value: gdb.Value) -> str:
    lock = value["lock_"].referenced_value()
    return ", ".join([_named("condition", value), *_waiting(value["waiters_"])]) + f"; its {_lock(lock)}"


def _barrier(value: gdb.Value) -> str:
    present = int(value["present_"]["first_"])
    count = len(waits.chain(present))
    return f"barrier, {count} of {int(value['parties_'])} are there"


def _queue(value: gdb.Value) -> str:
    base = value.cast(gdb.lookup_type("asyncio::detail::queue_base"))
    bound = int(base["maxsize_"])
    filled = f"{int(base['size_'])} of at most {bound}" if bound else f"{int(base['size_'])}"
    shut = ["shut down"] if base["shut_down_"] else []
    return ", ".join([_named("queue", base), f"{filled} in it", *shut,
                      *_waiting(base["getters_"], "for something in it"), *_waiting(base["putters_"], "for room"),
                      *_waiting(base["joiners_"], "for its join")])


def _items(queue: gdb.Value) -> Iterator[gdb.Value]:
    items = queue["items_"]
    size = int(queue["size_"])
    kind = str(items.type.strip_typedefs())
    if "fifo_items" in kind:
        slots = items["slots_"]["_M_impl"]
        first, start = int(items["first_"]), slots["_M_start"]
        count = int(slots["_M_finish"] - start)
        for i in range(size):
            yield (start + (first + i) % count).dereference()["_M_payload"]["_M_payload"]["_M_value"]
        return
    start = (items["stack_"] if "lifo_items" in kind else items["heap_"])["_M_impl"]["_M_start"]
    order = range(size - 1, -1, -1) if "lifo_items" in kind else range(size)  # of a heap, only the first is sure
    for i in order:
        yield (start + i).dereference()


def _task_group(value: gdb.Value) -> str:
    state = int(value["state_"]["object_"])
    owner = layout.record("asyncio::detail::group_state", owner="owner_.object_")(state).owner
    children = [child for child in waits.group_children(state) if not child.is_done]
    of = f' of "{Task(owner).name}"' if owner else ", not entered or ended"
    return f"task group{of}, " + (", ".join(child.describe() for child in children[:8]) or "no tasks in it")


def _timeout(value: gdb.Value) -> str:
    state = value["state_"].format_string().rsplit("::", 1)[-1]
    if not value["when_"]["_M_payload"]["_M_engaged"]:
        return f"timeout without a deadline, {state}"
    when = int(value["when_"]["_M_payload"]["_M_payload"]["_M_value"]["__d"]["__r"])
    return f"timeout at {seconds(when)}, {state}"


def _held(value: gdb.Value) -> str:
    link = value[value.type.fields()[0]]["link_"]["to"]
    if not link:
        return "holds nothing"
    kind = str(value.type.strip_typedefs().unqualified()).removeprefix("asyncio::held_")
    of = link.cast(gdb.lookup_type(f"asyncio::{kind}").pointer()).dereference()
    return f"holds {_named(kind, of)}"


# ---------------------------------------------------------------- context variables, time, places

def _context_var(value: gdb.Value) -> str:
    kind = value.type.strip_typedefs().template_argument(0)
    name = value["name_"].format_string()
    here = _value_in_context(int(value["id_"]))
    if here is not None:
        return f"context variable {name}, here {memory.value_at(here, kind).format_string()}"
    default = value["default_"]["_M_payload"]
    if default["_M_engaged"]:
        return f"context variable {name}, by default {default['_M_payload']['_M_value'].format_string()}"
    return f"context variable {name}, without a value here"


def _value_in_context(variable: int) -> int | None:
    """In the context of the task that runs on the selected thread, or that `async bt` selected."""
    from .command import selection
    task = selection.task or layout.current_task()
    return waits.context_values(task).get(variable) if task is not None else None


def _time(value: gdb.Value) -> str:
    return seconds(int(value["__d"]["__r"]))


def _duration(value: gdb.Value) -> str:
    """`250 ms`, `5 s`; in seconds where there is no sign for the unit."""
    kind = value.type.strip_typedefs()
    ratio = kind.template_argument(1).strip_typedefs()
    unit = (int(ratio.template_argument(0)), int(ratio.template_argument(1)))
    count = value["__r"]
    sign = {(1, 10**9): "ns", (1, 10**6): "us", (1, 1000): "ms", (1, 1): "s", (60, 1): "min", (3600, 1): "h"}.get(unit)
    return f"{count} {sign}" if sign else f"{float(count) * unit[0] / unit[1]} s"


def _source_location(value: gdb.Value) -> str:
    place = layout.place_at(int(value["_M_impl"]))
    return str(place) if place else "no place"


# ---------------------------------------------------------------- which is for what

_OURS = r"boost::asio::awaitable<.*, ?asyncio::executor ?>"
_TEXTS: tuple[tuple[str, Callable[[gdb.Value], str]], ...] = (
    (r"asyncio::(task|future)<.*>|asyncio::any_(task|future)", _future),
    (_OURS, _awaitable),
    (r"std::(__n4861::)?coroutine_handle<.*>", _coroutine_handle),
    (r"asyncio::handle", _callback),
    (r"asyncio::lock", _lock),
    (r"asyncio::event", _event),
    (r"asyncio::(bounded_)?semaphore", _semaphore),
    (r"asyncio::condition", _condition),
    (r"asyncio::barrier", _barrier),
    (r"asyncio::task_group", _task_group),
    (r"asyncio::timeout", _timeout),
    (r"asyncio::held_(lock|semaphore)", _held),
    (r"asyncio::context_var<.*>", _context_var),
    (r"std::chrono::time_point<asyncio::clock, .*>", _time),
    (r"std::chrono::duration<.*>", _duration),
    (r"std::source_location", _source_location),
)
_QUEUES = r"asyncio::((lifo_|priority_)?queue|detail::basic_queue)<.*>"


class _Printers(gdb.printing.PrettyPrinter):
    def __init__(self):
        super().__init__("asyncio")
        self._texts = [(re.compile(pattern), text_of) for pattern, text_of in _TEXTS]
        self._queues = re.compile(_QUEUES)

    def __call__(self, value: gdb.Value):
        name = value.type.strip_typedefs().unqualified().name
        if name is None or not name.startswith(("asyncio::", "boost::asio::awaitable", "std::")):
            return None
        for pattern, text_of in self._texts:
            if pattern.fullmatch(name):
                return _Text(value, text_of)
        return _Queue(value) if self._queues.fullmatch(name) else None


_printers = _Printers()


def load() -> None:
    gdb.printing.register_pretty_printer(None, _printers, replace=True)
    gdb.events.new_objfile.connect(lambda event: _come_first(event.new_objfile))
    gdb.events.stop.connect(lambda _event: _come_first_everywhere())
    _come_first_everywhere()


def _come_first_everywhere() -> None:
    for objfile in gdb.objfiles():
        _come_first(objfile)


def _come_first(objfile: gdb.Objfile) -> None:
    """gdb asks the printers of a file, libstdc++'s, before those that are for all files."""
    if objfile.pretty_printers and _printers not in objfile.pretty_printers:
        objfile.pretty_printers.insert(0, _printers)
