"""The one door to what a program's memory looks like: its loops, tasks and suspended coroutines.

All of it is read from memory with the help of debug information; nothing is called in the
program, so it works on a core file, too. What the compiler makes of a coroutine is in actor.py,
what a task can wait for in waits.py.

    loops()                 the loops of the process, of all threads
    all_tasks()             the tasks of all loops
    find_task("fetching")   by name, number or address; a gdb.GdbError with a sentence if none is
    current_task()          the one that runs on the selected thread, or None
    frame_of(gdb_frame)     the coroutine whose code that gdb.Frame runs, or None

    task.frames()           its coroutines, innermost first, of a running task only those that
                            called the coroutine that runs
    frame.task(), frame.caller(), frame.place(), frame.variables(), frame.actor

Objects hold for one stop of the program: make them anew in every command.
"""

from __future__ import annotations

import functools
import os
import struct
import time
from typing import Iterator, NamedTuple

import gdb

from . import memory
from .actor import Actor, Variable, name_of_function
from .memory import Record

EXPECTED_LAYOUT = 1
EXPECTED_BOOST = 108100

_BOTTOM = "boost::asio::detail::awaitable_thread_entry_point"
_ENTRY = "asyncio_debugger_entry"
_FINISHED, _CANCELLED = 1, 2  # future_state


# ---------------------------------------------------------------- the program

class _Entry(NamedTuple):
    magic: bytes
    layout: int
    boost: int
    compiler: int
    loops: int


def _read_entry() -> _Entry:
    if gdb.selected_inferior().pid == 0:
        raise gdb.GdbError("The program is not running: start it, attach to it, or open a core file.")
    try:
        address = int(gdb.parse_and_eval(f"(unsigned long)&{_ENTRY}"))
    except gdb.error:
        raise gdb.GdbError("This program has no asyncio in it, or its symbols were stripped.") from None
    try:
        entry = _Entry(*struct.unpack("<8sIIQQ", memory.read(address, 32)))
    except memory.Unreadable:
        raise gdb.GdbError("The memory of asyncio's data can't be read: is the core file complete?") from None
    if entry.magic != b"asyncio\0":
        raise gdb.GdbError(f"What is at {_ENTRY} is not asyncio's: the program file and the process, or "
                           "core file, may be different ones.")
    if entry.layout != EXPECTED_LAYOUT:
        raise gdb.GdbError(f"These commands know layout {EXPECTED_LAYOUT} of asyncio's data, and this program "
                           f"has layout {entry.layout}: load src/debugger of the version it was built with.")
    if entry.boost != EXPECTED_BOOST:
        raise gdb.GdbError(f"These commands know the coroutines of Boost {_version(EXPECTED_BOOST)}, and this "
                           f"program has those of Boost {_version(entry.boost)}.")
    return entry


def _version(boost: int) -> str:
    return f"{boost // 100000}.{boost // 100 % 1000}"


def compiler() -> str:
    """What the library was compiled with, like `g++ 12.2.0`."""
    return memory.c_string(_read_entry().compiler)


@functools.cache
def record(type_name: str, **paths: str) -> Record:
    """Those members of one of asyncio's types."""
    try:
        return Record(gdb.lookup_type(type_name), **paths)
    except gdb.error:
        raise gdb.GdbError(f"There is no debug information about {type_name}: build the program and asyncio "
                           "with -g (the preset dev does).") from None
    except KeyError as error:
        raise gdb.GdbError(f"These commands don't fit this program: {error.args[0]}. Load src/debugger of "
                           "the version it was built with.") from None


def _forget(_event=None) -> None:
    record.cache_clear()
    place_at.cache_clear()
    is_function.cache_clear()
    type_names.cache_clear()
    _site_offset.cache_clear()
    Actor.forget_all()


_stopped_at = time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def _note_stop(_event) -> None:
    global _stopped_at
    _stopped_at = time.clock_gettime_ns(time.CLOCK_MONOTONIC)


gdb.events.new_objfile.connect(_forget)
gdb.events.clear_objfiles.connect(_forget)
gdb.events.stop.connect(_note_stop)


# ---------------------------------------------------------------- places in the source

class Place(NamedTuple):
    """A line of the source. As a string `fetch_data.cpp:31`."""

    file: str
    line: int
    column: int
    function: str

    def __str__(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"


@functools.cache
def place_at(source_location: int) -> Place | None:
    """Of what a std::source_location points to; None for an empty one."""
    if source_location == 0:
        return None
    file, function, line, column = struct.unpack("<QQII", memory.read(source_location, 24))
    return Place(memory.c_string(file), line, column, memory.c_string(function))


# ---------------------------------------------------------------- classes with virtual functions

@functools.cache
def type_names(info: int) -> tuple[str, ...]:
    """The mangled name of the type of that std::type_info, and of its bases."""
    names = []
    while info != 0 and len(names) < 16:
        names.append(memory.c_string(memory.pointer(info + 8)).lstrip("*"))
        kind = gdb.execute(f"info symbol {memory.pointer(info)}", to_string=True)
        if "__si_class_type_info" not in kind:  # it has no base class, or several
            break
        info = memory.pointer(info + 16)
    return tuple(names)


def class_names(address: int) -> tuple[str, ...]:
    """Of the object there, from its own class to its bases, as `N7asyncio6detail7sleeperE`."""
    return type_names(memory.pointer(memory.pointer(address) - 8))


def string_paths(name: str, path: str) -> dict[str, str]:
    """For record(): a std::string, to be read with string_of()."""
    return {name: f"{path}._M_dataplus._M_p", f"{name}_size": f"{path}._M_string_length"}


def string_of(members, name: str) -> str:
    size = min(getattr(members, f"{name}_size"), 1000)
    return memory.read(getattr(members, name), size).decode(errors="replace") if size else ""


@functools.cache
def is_function(address: int, name: str) -> bool:
    """Whether that function of the library begins there."""
    block = gdb.block_for_pc(address)
    return block is not None and block.function is not None and block.function.name.startswith(f"{name}(")


# ---------------------------------------------------------------- loops

class Loop:
    """An event loop: its address is that of the asyncio::loop."""

    def __init__(self, address: int):
        self.address = address
        self._members = record("asyncio::detail::scheduler", next="next_loop", running="running_task",
                               main="main_task", first_alive="first_alive_", id="id_", thread="thread_",
                               now="now_.__d.__r", visit="takes_part_._M_t._M_t._M_head_impl",
                               ready="ready_.first_", ready_size="ready_.size_", debug="debug_")(address)

    @property
    def number(self) -> int:
        """Counted by the process, from 1."""
        return self._members.id

    @property
    def thread(self) -> gdb.InferiorThread | None:
        """The one that runs it; None while none does."""
        lwp = self._members.thread
        return next((t for t in gdb.selected_inferior().threads() if lwp and t.ptid[1] == lwp), None)

    @property
    def is_running(self) -> bool:
        return self._members.thread != 0

    @property
    def is_debug(self) -> bool:
        return bool(self._members.debug)

    @property
    def is_virtual(self) -> bool:
        """Whether its clock is virtual; one that isn't running has none."""
        return self._members.visit != 0

    @property
    def running_task(self) -> Task | None:
        return Task(self._members.running, self) if self._members.running else None

    @functools.cached_property
    def now(self) -> int:
        """The program's clock in nanoseconds, when the program was stopped: in a core file, and in
        virtual time, when the loop last looked at it."""
        if self.is_virtual or is_core_file():
            return self._members.now
        return _program_time(_stopped_at)

    def futures(self) -> Iterator[Future]:
        """Futures and tasks that somebody refers to, in order of creation."""
        address = self._members.first_alive
        while address:
            future = Future.at(address, self)
            yield future
            address = future.next_alive

    def tasks(self) -> list[Task]:
        """In order of creation. Those that are done are among them as long as there is a handle."""
        return [future for future in self.futures() if isinstance(future, Task)]

    @functools.cached_property
    def ready_nodes(self) -> frozenset[int]:
        """What stands in the queue of what runs next: addresses of detail::node."""
        following = record("asyncio::detail::node", next="next")
        nodes = set()
        address = self._members.ready
        for _ in range(self._members.ready_size):
            if not address:
                break
            nodes.add(address)
            address = following(address).next
        return frozenset(nodes)


def is_core_file() -> bool:
    connection = gdb.selected_inferior().connection
    return connection is not None and connection.type == "core"


def _program_time(steady: int) -> int:
    """With ASYNCIO_SPEED the program's clock goes faster than the machine's."""
    try:
        clock = gdb.parse_and_eval("'asyncio::(anonymous namespace)::the_source'::instance")
        speed = float(clock["speed"]["_M_fp"])
        origin = int(clock["origin"]["_M_i"])
    except gdb.error:
        return steady
    return steady if speed == 1.0 else origin + int((steady - origin) * speed)


def loops() -> list[Loop]:
    """In order of creation."""
    found = []
    address = _read_entry().loops
    while address:
        found.append(Loop(address))
        address = found[-1]._members.next
    return sorted(found, key=lambda loop: loop.number)


# ---------------------------------------------------------------- futures and tasks

class Future:
    """A future, or (then it is a Task) a task."""

    @staticmethod
    def at(address: int, loop: Loop | None = None) -> Future:
        return Task(address, loop) if _future_record()(address).is_task else Future(address, loop)

    def __init__(self, address: int, loop: Loop | None = None):
        self.address = address
        self._base = _future_record()(address)
        self._loop = loop

    def __eq__(self, other) -> bool:
        return isinstance(other, Future) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    @property
    def loop(self) -> Loop | None:
        """None when the loop is gone, which a handle may outlive."""
        if self._loop is None and self._base.owner:
            self._loop = Loop(self._base.owner)
        return self._loop

    @property
    def next_alive(self) -> int:
        return self._base.next_alive

    @property
    def is_done(self) -> bool:
        return self._base.state != 0

    @property
    def state(self) -> str:
        """`pending`, or how it ended: `finished`, `failed`, `cancelled`. A Task's has more."""
        if self._base.state == _CANCELLED:
            return "cancelled"
        if self._base.state == _FINISHED:
            return "failed" if self._base.exception else "finished"
        return "pending"

    @property
    def value_address(self) -> int:
        """Where its result is, of a type that only handles know; 0 if that is nothing."""
        return self._base.value

    def first_waiter(self) -> int:
        """The first detail::node of those who wait for it."""
        return self._base.waiters

    def describe(self) -> str:
        """In words: `task "fetching"`, `a gather of task "a", task "b"`."""
        from . import waits
        return waits.describe_future(self)

    def parts(self) -> list[Future]:
        """What it is made of, and waits for: of a gather, its children."""
        from . import waits
        return waits.parts_of_future(self)


def _future_record() -> Record:
    return record("asyncio::detail::future_base", next_alive="next_alive", value="value_", is_task="is_task_",
                  owner="owner_", waiters="waiters_.first_", exception="exception_._M_exception_object",
                  state="state_")


def _promise_record() -> Record:
    return record("boost::asio::detail::awaitable_frame_base<asyncio::executor>", frame="coro_._M_fr_ptr",
                  thread="attached_thread_", caller="caller_",
                  exception="pending_exception_._M_exception_object")


def _bottom_record() -> Record:
    return record(f"asyncio::detail::promise<{_BOTTOM}>", frame="coro_._M_fr_ptr", caller="caller_",
                  top="top_of_stack_", task="task_")


class Task(Future):
    """A task. It is `not started`, `waiting`, `ready` (what it waited for is there, and it has its
    turn soon), `running`, or done: `finished`, `failed`, `cancelled`."""

    def __init__(self, address: int, loop: Loop | None = None):
        super().__init__(address, loop)
        thread = "stack_.thread_._M_payload"
        self._record = record(
            "asyncio::detail::task_base", **string_paths("name", "name_"), number="number_",
            operation="waits_for_", created_at="created_at_.value_._M_impl", waits_at="waits_at_.value_._M_impl",
            waits_since="waits_since_.value_.__d.__r",
            is_suspended=f"{thread}._M_engaged", bottom=f"{thread}._M_payload._M_value.bottom_of_stack_.frame_",
            first_step="first_step_.next", cancels="cancel_requests_", must_cancel="must_cancel_")
        self._members = self._record(address)

    @property
    def number(self) -> int:
        """Counted by its loop, from 1."""
        return self._members.number

    @property
    def name(self) -> str:
        """In a line: control characters as `\\n`, `\\x1b`."""
        name = string_of(self._members, "name") or f"Task-{self.number}"
        return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)

    @property
    def is_suspended(self) -> bool:
        """Whether its coroutines are kept, to be resumed: it has not begun, or waits."""
        return bool(self._members.is_suspended)

    @functools.cached_property
    def state(self) -> str:
        if self.is_done:
            return super().state
        if not self.is_suspended:
            return "running"
        if self._bottom is not None and self._bottom.top == self._members.bottom:
            return "not started"
        return "ready" if self._operation_node in self.loop.ready_nodes else "waiting"

    @property
    def cancel_requests(self) -> int:
        return self._members.cancels

    @property
    def created_at(self) -> Place | None:
        return place_at(self._members.created_at)

    @property
    def operation(self) -> int:
        """The detail::operation_base that it waits for; 0 unless it waits, or is ready."""
        return 0 if self.is_done else self._members.operation

    @property
    def waits_at(self) -> Place | None:
        """The await in its code."""
        return place_at(self._members.waits_at) if self.operation else None

    @property
    def waits_since(self) -> int | None:
        """When the loop last looked at the program's clock before the wait, in nanoseconds."""
        return self._members.waits_since if self.operation else None

    def wait(self):
        """What it waits for, as a waits.Wait; None unless it waits, or is ready."""
        from . import waits
        return waits.wait_of(self) if self.operation else None

    def group_owner(self) -> Task | None:
        """Whose task group it is in, if it is in one."""
        from . import waits
        return waits.group_owner(self)

    def frames(self) -> list[Frame]:
        """Its coroutines, innermost first, down to the library's own at the bottom."""
        if self.is_suspended and not self.is_done:
            frames = list(Frame.of_promise(self._bottom.top).and_callers()) if self._bottom.top else []
            if frames:
                frames[0].waits_at = self.waits_at
            return _with_body(frames) if len(frames) == 1 else frames
        running = running_frame(self)
        return list(running.and_callers()) if running is not None else []

    @functools.cached_property
    def _bottom(self):
        return _bottom_record()(self._members.bottom) if self.is_suspended and self._members.bottom else None

    @property
    def _operation_node(self) -> int:
        return self.operation + record("asyncio::detail::operation_base", next="next").offsets["next"]


def _with_body(bottom: list[Frame]) -> list[Frame]:
    """Of a task that hasn't begun: the coroutine that it was made of, which the one at the bottom has as
    its parameter."""
    body = bottom[0].value("body")
    promise = int(body["frame_"]) if body is not None else 0
    return [Frame.of_promise(promise), *bottom] if promise else bottom


def all_tasks() -> list[Task]:
    return [task for loop in loops() for task in loop.tasks()]


def current_task(thread: gdb.InferiorThread | None = None) -> Task | None:
    """The task that runs on that thread, by default the selected one."""
    thread = thread or gdb.selected_thread()
    if thread is None:
        return None
    for loop in loops():
        if loop.is_running and loop.thread == thread:
            return loop.running_task
    return None


def find_task(text: str) -> Task:
    """By name, as it is or in quotes, by number (`3` or `#3`; Task-3 is a name), or by address. With several
    loops `2:3` is number 3 of loop 2."""
    tasks = all_tasks()
    plain = unquoted(text)
    found = ([task for task in tasks if task.name == text] or [task for task in tasks if task.name == plain]
             or [task for task in tasks if plain in _ways_to_name(task)])
    living = [task for task in found if not task.is_done]
    if len(found) > 1 and len(living) == 1:
        found = living
    if len(found) == 1:
        return found[0]
    if found:
        shown = "\n".join(f"  {task.loop.number}:{task.number}  {task.address:#x}, {task.state}"
                          + (f", created at {task.created_at}" if task.created_at else "") for task in found)
        numbers = " or ".join(f"{task.loop.number}:{task.number}" for task in found)
        raise gdb.GdbError(f'{len(found)} tasks are called "{text}": say which, {numbers}.\n{shown}')
    if not loops():
        raise gdb.GdbError("The program has no loop now, so there are no tasks.")
    near = sorted({task.name for task in tasks if text.lower() in task.name.lower()})[:5]
    hint = f" Did you mean {', '.join(near)}?" if near else " `async tasks` lists them."
    raise gdb.GdbError(f'There is no task "{text}": it ended and nobody kept a handle, or never was.{hint}')


def is_task_name(text: str) -> bool:
    return any(task.name == text for task in all_tasks())


def unquoted(text: str) -> str:
    """As gdb takes words: without quotation marks, and backslashes before what they protect."""
    try:
        return " ".join(gdb.string_to_argv(text))
    except gdb.error:
        return text


def _ways_to_name(task: Task) -> tuple[str, ...]:
    return (str(task.number), f"#{task.number}", f"{task.loop.number}:{task.number}", hex(task.address))


# ---------------------------------------------------------------- coroutines

class Frame:
    """A coroutine that has begun, or been made: the frame on the heap, not one of gdb's."""

    def __init__(self, address: int, promise: int, caller: int):
        self.address = address
        self.promise_address = promise
        self._caller = caller
        self.runs_at: tuple[int, Place | None] | None = None  # instruction and line, if it runs
        self.waits_at: Place | None = None  # as its task has noted it, of the innermost one

    @classmethod
    def of_promise(cls, promise: int) -> Frame:
        members = _promise_record()(promise)
        return cls(members.frame, promise, members.caller)

    @classmethod
    def at(cls, address: int) -> Frame | None:
        """By the frame's own address; None if that is no coroutine of asyncio's."""
        actor = Actor.at(memory.pointer(address)) or Actor.at(memory.pointer(address + 8))
        if actor is None or _site_offset(actor) is None:
            return None
        return cls.of_promise(address + actor.promise_offset)

    def __eq__(self, other) -> bool:
        return isinstance(other, Frame) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    @functools.cached_property
    def resume_address(self) -> int:
        """The code of its actor; 0 when its body is over."""
        return memory.pointer(self.address)

    @property
    def is_at_its_end(self) -> bool:
        return self.resume_address == 0

    @property
    def actor(self) -> Actor | None:
        """None without debug information."""
        return Actor.at(self.resume_address) if self.resume_address else None

    @property
    def name(self) -> str:
        if self.actor is not None:
            return self.actor.name
        return name_of_function(self.waits_at.function) if self.waits_at else "a coroutine without debug information"

    @property
    def is_library(self) -> bool:
        """Whether it is asyncio's own, or Boost's."""
        return is_library(self.name)

    @property
    def promise(self) -> gdb.Value | None:
        return memory.value_at(self.promise_address, self.actor.promise_type) if self.actor else None

    @property
    def has_begun(self) -> bool:
        """Whether its body has run up to an await at least, or runs now."""
        return self.actor is None or self.actor.has_begun(self.address)

    def caller(self) -> Frame | None:
        """The coroutine that awaits it directly; None at the bottom of its task."""
        return Frame.of_promise(self._caller) if self._caller else None

    def and_callers(self) -> Iterator[Frame]:
        frame: Frame | None = self
        for _ in range(100000):  # a damaged list may be a circle
            if frame is None:
                return
            yield frame
            frame = frame.caller()

    def top(self) -> Frame | None:
        """Of one at the bottom of its task: the coroutine that runs next. None at the task's end."""
        promise = _bottom_record()(self.promise_address).top
        return Frame.of_promise(promise) if promise else None

    def result(self, actor: Actor) -> gdb.Value | None:
        """What it returned, if that is something, while nobody has taken it yet. `actor` is what its
        actor was before its end."""
        try:
            has_one, _ = memory.find_member(actor.promise_type, "has_result_")
            where, _ = memory.find_member(actor.promise_type, "result_")
        except KeyError:  # it returns void
            return None
        if memory.read(self.promise_address + has_one, 1) == b"\0":
            return None
        return memory.value_at(self.promise_address + where, actor.promise_type.template_argument(0))

    def exception(self) -> int:
        """What it ended with: the address of an exception; 0 if that was none."""
        return _promise_record()(self.promise_address).exception

    def task(self) -> Task | None:
        """The task whose stack it is on; None if it was not awaited yet."""
        bottom = list(self.and_callers())[-1]
        if bottom.actor is None or _BOTTOM not in str(bottom.actor.promise_type):
            return None
        task = _bottom_record()(bottom.promise_address).task
        return Task(task) if task else None

    def place(self) -> Place | None:
        """Its co_await, where it is suspended; of one that runs, the line where it is; of one that
        hasn't begun, the function itself."""
        if self.runs_at is not None:
            return self.runs_at[1]
        if not self.has_begun:
            return Place(self.actor.file, self.actor.line, 0, self.name)
        if self.actor is None:
            return self.waits_at
        offset = _site_offset(self.actor)
        return place_at(memory.pointer(self.promise_address + offset)) if offset is not None else None

    def pc(self) -> int:
        """An instruction of the co_await where it is suspended; 0 if that is not known."""
        if self.runs_at is not None:
            return self.runs_at[0]
        if self.actor is None:
            return 0
        place = self.place()
        return self.actor.pc_of_suspension(self.actor.suspension_index(self.address), place.line if place else 0)

    def variables(self) -> dict[str, Variable]:
        """Arguments and variables that are in scope where it is suspended and have been
        initialized, the innermost first. `variables()["i"].value(frame.address)` is a gdb.Value."""
        if self.actor is None:
            return {}
        from . import source
        place = self.place()
        return {name: variable for name, variable in self.actor.variables_at(self.pc()).items()
                if variable.is_argument or place is None or not source.comes_later(variable, self.actor, place)}

    def value(self, name: str) -> gdb.Value | None:
        variable = self.variables().get(name)
        return variable.value(self.address) if variable else None


def is_library(function: str) -> bool:
    return function.startswith(("asyncio::", "boost::", "std::"))


@functools.cache
def _site_offset(actor: Actor) -> int | None:
    """Where in a promise it is kept where the coroutine awaits; None if it is not asyncio's."""
    try:
        return memory.find_member(actor.promise_type, "site_.at.value_._M_impl")[0]
    except KeyError:
        return None


def address_of_back_pointer(frame: Frame) -> int:
    """The memory in its promise that holds the frame's own address."""
    return frame.promise_address + _promise_record().offsets["frame"]


def frame_of(gdb_frame: gdb.Frame) -> Frame | None:
    """The coroutine whose actor that frame of gdb's runs; None if it is no actor, or the frame's
    address was optimized out there."""
    if gdb_frame.type() == gdb.INLINE_FRAME or gdb_frame.type() == gdb.NORMAL_FRAME:
        actor = Actor.at(gdb_frame.pc())
        address = _frame_address(gdb_frame, actor) if actor is not None else None
        return Frame.at(address) if address else None
    return None


def _frame_address(gdb_frame: gdb.Frame, actor: Actor) -> int | None:
    if gdb_frame.pc() == actor.entry:  # it is not where debug information says yet
        return int(gdb_frame.read_register("rdi"))
    try:
        name = "frame_ptr" if actor.is_gcc else "__coro_frame"
        value = gdb_frame.read_var(name, actor.block)
        if value.is_optimized_out:
            return None
        return int(value) if actor.is_gcc else int(value.address)
    except (gdb.error, ValueError, TypeError):
        return None


def running_gdb_frame(task: Task) -> tuple[gdb.Frame, Frame] | None:
    """The innermost of the thread's frames that runs a coroutine of that task, on the real stack."""
    thread = task.loop.thread if task.loop is not None else None
    if thread is None:
        return None
    selected = gdb.selected_thread()
    if thread != selected:
        thread.switch()
    try:
        gdb_frame: gdb.Frame | None = gdb.newest_frame()
        while gdb_frame is not None:
            frame = frame_of(gdb_frame)
            if frame is not None and frame.task() == task:
                sal = gdb_frame.find_sal()
                frame.runs_at = (gdb_frame.pc() - (0 if gdb_frame.level() == 0 else 1),
                                 Place(sal.symtab.filename, sal.line, 0, frame.name) if sal.symtab else None)
                return gdb_frame, frame
            gdb_frame = gdb_frame.older()
    finally:
        if thread != selected:
            selected.switch()
    return None


def running_frame(task: Task) -> Frame | None:
    from . import frames
    with frames.real_stack():
        found = running_gdb_frame(task)
    return found[1] if found else None
