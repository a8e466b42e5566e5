"""What can be seen of tasks and suspended coroutines, while the program is stopped."""

import contextlib
import os
import re
import subprocess
import tempfile

import gdb

from harness import expect, expect_not, line_of, program, run_tests, say, source, start, test, unoptimized

source("scene.cpp")


def stopped_at_checkpoint():
    start(until="checkpoint")


# ---------------------------------------------------------------- async tasks

@test
def tasks_are_listed_with_what_they_wait_for():
    stopped_at_checkpoint()
    shown = say("async tasks")
    expect(shown, r"^loop 1, on thread 1 .*, virtual time 10.000 s: 30 tasks$",
           r"^ +1 Task-1 +waiting +task \"running\" .* scene.cpp:@main, async_main$",
           r"^ +2 serving +waiting +a sleep +10.000 s 10.000 s scene.cpp:@serve, server::serve$",
           r"^ +3 nested +waiting +a sleep +10.000 s 20.000 s scene.cpp:@boxed, box::add in nested$",
           r"^ +5 wants forks +waiting +lock \"forks\", held by \"holds forks\" +10.000 s +scene.cpp:@wants_forks",
           r"hears bell +waiting +event \"bell\" +10.000 s +scene.cpp:@hears_bell",
           r"wants seat +waiting +semaphore \"seats\" +10.000 s +scene.cpp:@wants_seat",
           r"awaits order +waiting +condition \"orders\" +10.000 s +scene.cpp:@awaits_order",
           r"gets +waiting +something in queue \"empty\" +10.000 s +scene.cpp:@gets",
           r"puts +waiting +room in queue \"full\" +10.000 s +scene.cpp:@puts",
           r"joins +waiting +the join of queue \"full\" +10.000 s +scene.cpp:@joins",
           r"gathers +waiting +a gather of task \"first child\", task .* scene.cpp:@gathers",
           r"shields +waiting +a shield of task \"shielded\" +10.000 s +scene.cpp:@shields",
           r"waits +waiting +one of task \"either\", task \"or\" +10.000 s +scene.cpp:@waits",
           r"groups +waiting +a sleep .* scene.cpp:@lambda, groups\(\)::lambda in groups",
           r"awaits future +waiting +a future +10.000 s +scene.cpp:@awaits_future",
           r"operation +waiting +a sleep .* made at scene.cpp:\d+$",
           r"done +finished$", r"failed +failed$", r"cancelled +cancelled$",
           r"member +waiting .* scene.cpp:@nap, nap +group of \"groups\"$",
           r"^\* 29 running +running +scene.cpp:@runs, runs$",
           r"^ +30 not started +not started +scene.cpp:\d+, nap$")


@unoptimized
def a_clock_is_virtual_wherever_it_is_kept():
    stopped_at_checkpoint()
    say("set var *(unsigned char*)&((asyncio::detail::scheduler*)asyncio_debugger_entry.loops)->takes_part_ = 0")
    expect(say("async tasks"), "virtual time 10.000 s")
    say("set var *(unsigned long*)&((asyncio::detail::scheduler*)asyncio_debugger_entry.loops)->takes_part_ = 0")
    expect_not(say("async tasks"), "virtual time")


@unoptimized
def a_faster_clock_is_read_as_the_program_does():
    say("set environment ASYNCIO_SPEED 1000")
    try:
        start(until="checkpoint", virtual=False)
        shown = say("async tasks")
        expect(shown, r"serving +waiting +a sleep +[1-9]\d+\.\d+ s +\d+\.\d+ s")
        expect_not(shown, r" -\d")
    finally:
        say("unset environment ASYNCIO_SPEED")


@unoptimized
def tasks_can_be_chosen_by_name_and_state():
    stopped_at_checkpoint()
    shown = say("async tasks wants*")
    expect(shown, "30 tasks, of which 2", "wants forks", "wants seat")
    expect_not(shown, "serving")
    expect(say("async tasks -done"), "of which 3", "finished", "failed", "cancelled")
    expect(say("async tasks -failed -running"), "of which 2", "failed +failed", "running +running")
    expect(say("async tasks -not-started"), "of which 1", "not started")
    expect(say("async tasks nobody"), "of which 0")
    expect(say("async tasks -sleeping"), "There is no option -sleeping here: there are -running")


@unoptimized
def a_task_whose_turn_is_near_is_ready():
    start(until="scene.cpp:@fails")
    expect(say("async tasks -ready"), "of which 1$", "Task-1 +ready +a sleep")
    expect(say("async bt Task-1"), '"Task-1": ready, waited for a sleep$')


# ---------------------------------------------------------------- async bt and what follows

@test
def a_backtrace_goes_through_nested_coroutines():
    stopped_at_checkpoint()
    expect(say("async bt nested"), r'^task 3 "nested": waiting for a sleep, 20.000 s left$',
           r"^#0  box::add \(this=0x[0-9a-f]+, more=2\) at scene.cpp:@boxed$",
           r"^#1  nested \(at={x = 1, y = 2}\) at scene.cpp:@nested\n\Z")
    shown = say("async bt -l nested")
    expect(shown, r"^#0", r"^ +sum = 3$", r"^#1", r"^ +round = 0$", r"^ +content = {value = 1}$")
    expect_not(shown, r"\bgot\b")  # what the await will give is not there yet
    expect(say("async bt -v nested"), "^#2  asyncio::detail::run_body")


@test
def a_backtrace_shows_only_variables_that_have_a_value():
    stopped_at_checkpoint()
    shown = say("async bt -l serving")
    expect(shown, r'client="bob", requests=3', r'greeting = "hello bob"', "served = 6")
    expect_not(shown, "later")


@test
def the_running_task_is_shown_from_the_live_stack():
    stopped_at_checkpoint()
    expect(say("async bt -l"), r'^task 29 "running": running$', r"^ +checkpoint \(\) at scene.cpp",
           r"^#0  runs \(depth=1\) at scene.cpp:@runs$", "own = 2")
    expect(say("async print own * 10"), "= 20")


@test
def a_lambda_and_a_group_are_shown():
    stopped_at_checkpoint()
    expect(say("async bt -l groups"), r"#0  groups\(\)::lambda \(group=task group of \"groups\", task \"member\"\)",
           "in_lambda = 7", r"#1  groups \(\)")


@test
def all_tasks_are_shown_with_a():
    stopped_at_checkpoint()
    shown = say("async bt -a")
    expect(shown, '"Task-1"', "#0  async_main", '"serving"', "#0  server::serve", '"not started"', "#0  nap")
    expect_not(shown, '"done"')


@unoptimized
def a_task_that_cannot_be_shown_is_told_in_a_line_among_the_others():
    stopped_at_checkpoint()
    say("set var ((asyncio::detail::scheduler*)asyncio_debugger_entry.loops)->thread_ = 1")
    expect(say("async bt -a"), '"running": running$', "^    Task \"running\" runs, but its coroutines are not to be found",
           '"not started"', "#0  nap")


@test
def one_goes_up_and_down_and_evaluates_there():
    stopped_at_checkpoint()
    say("async bt nested")
    expect(say("async print sum + more"), "= 5")
    expect(say("async print this->value"), "= 1")
    expect(say("async up"), r"^#1  nested .*@nested")
    expect(say("async locals"), r"^#1", "at = {x = 1, y = 2}", "round = 0")
    expect(say("async print at.y"), "= 2")
    expect(say("async print/x at.y + 30"), "= 0x20")
    expect(say("async up"), 'outermost coroutine of task "nested"')
    expect(say("async down"), "^#0  box::add")
    expect(say("async down"), "innermost")
    expect(say("async up many"), '"many" is no number')
    expect(say("async locals nested 1"), "round = 0")
    expect(say("async locals nested 5"), "has no coroutine #5: the last is #1")
    expect(say("async print nonsense"), 'No symbol "nonsense"')
    expect(say("frame"), r"^#0 .*checkpoint")  # gdb's own frame is as it was


# ---------------------------------------------------------------- async frames

def at(marker: str) -> str:
    """gdb goes by the compiler's table of lines, which is exact without optimization only."""
    return ".*" if program().endswith("_og") else f".*scene.cpp:@{marker}"


@test
def suspended_coroutines_become_frames():
    stopped_at_checkpoint()
    before = say("bt -frame-arguments none 3")
    expect(say("async frames nested"), r"^#1 .*box<int>::add")
    expect(say("bt"), r"^#0 .*checkpoint", r"^#1 .*box(<int>)?::add" + at("boxed"), r"^#2 .*nested" + at("nested") + r"\n\Z")
    expect(say("info locals"), "^sum = 3")
    expect(say("p sum + this->value"), "= 4")
    say("up")
    expect(say("frame"), r"^#2 .*nested")
    expect(say("p content.value + round"), "= 1")
    expect(say("async frames serving"), "^#1 .*server::serve")
    expect(say("p greeting"), '= "hello bob"')
    expect(say("p port"), "= 8080")
    say("async frames off")
    assert say("bt -frame-arguments none 3") == before
    expect(say("async frames running"), "runs, so its coroutines are on the stack")
    expect(say("async frames done"), "is over")


@test
def frames_go_when_the_program_runs():
    stopped_at_checkpoint()
    say("async frames nested")
    gdb.Breakpoint(f"scene.cpp:{line_of('main') + 1}")
    say("continue")
    expect_not(say("bt"), "nested|box")
    expect(say("bt"), "main \\(\\)")
    expect(say("async bt"), r'"Task-1": running', "#0  async_main")


# ---------------------------------------------------------------- async graph

@unoptimized
def the_graph_shows_who_waits_for_whom():
    stopped_at_checkpoint()
    shown = say("async graph")
    expect(shown, r'^task "Task-1", waiting for \(scene.cpp:@main, async_main\)$', r'^└─ task "running", running',
           r'^task "wants forks", waiting for lock "forks"', r'^└─ held by task "holds forks"',
           r'^task "gathers"', "^└─ a gather of 2, 0 of them done", '^   ├─ task "first child"', '^   └─ task "second child"',
           r'^task "waits", waiting for one of 2', '^├─ task "either"', '^└─ task "or"',
           r'^task "groups"', '^└─ in its group: task "member"',
           r'^lock "forks", held by "holds forks": 2 wait, in this order: "wants forks", "twin"$')
    expect_not(shown, '^task "first child"', '"done"')
    shown = say("async graph gathers")
    expect(shown, r'\Atask "gathers"', "first child", r'second child".*\n\Z')


# ---------------------------------------------------------------- printers

@test
def values_are_printed_in_a_line():
    stopped_at_checkpoint()
    for name, wanted in (("forks", r'lock "forks", held by task "holds forks", 2 wait$'),
                         ("bell", r'event "bell", not set, 1 waits$'),
                         ("seats", r'semaphore "seats", 0 free, 1 waits$'),
                         ("orders", r'condition "orders", 1 waits; its lock "orders", free$'),
                         ("user", r'context variable "user", here "ann"$')):
        expect(say(f"print {name}"), " = " + wanted)
    say("async bt Task-1")
    for name, wanted in (("serving", r'task "serving" waiting for a sleep, 10.000 s left at scene.cpp:@serve$'),
                         ("done", r'task "done" finished: 42$'), ("failed", r'task "failed" failed$'),
                         ("cancelled", r'task "cancelled" cancelled$'),
                         ("not_started", r'task "not started" not started$'),
                         ("answer", r"a future, pending$"),
                         ("unawaited", r"coroutine nap, not begun$"),
                         ("empty", r'queue "empty", 0 in it, 1 waits for something in it'),
                         ("full", r'queue "full", 2 of at most 2 in it, 1 waits for room, 1 waits for its join = '
                                  r'{"one", "two"}$')):
        expect(say(f"async print {name}"), " = " + wanted)
    expect(say("async locals holds\\ forks"), 'held = holds lock "forks"')
    expect(say("async locals not\\ started"), "length = 5 s")


# ---------------------------------------------------------------- which task

@unoptimized
def a_task_has_several_names():
    stopped_at_checkpoint()
    address = re.search(r"0x[0-9a-f]+", say("async bt twin"))[0]
    for name in ("nested", "3", "#3", "1:3"):
        expect(say(f"async bt {name}"), '^task 3 "nested"')
    expect(say(f"async bt {address}"), '"twin"')


@unoptimized
def tasks_that_cannot_be_shown_are_told_in_a_line():
    expect(say("async tasks"), "The program is not running")
    expect(say("async bt"), "The program is not running")
    stopped_at_checkpoint()
    expect(say("async bt twin"), "2 tasks are called", "say which, 1:6 or 1:18", r"^  1:6  0x[0-9a-f]+, waiting, created at scene.cpp:\d+",
           "^  1:18  ")
    expect(say("async bt nobody"), 'There is no task "nobody"')
    expect(say("async bt serv"), "Did you mean serving\\?")
    expect(say("async bt done"), '"done": finished')
    expect(say("async locals done"), '"done" is over \\(finished\\)')
    expect(say("async bt -x"), "There is no option -x")
    for command in ("tasks", "bt", "up", "down", "locals", "print", "graph", "frames"):
        expect(say(f"help async {command}"), f"async {command}")


@unoptimized
def a_program_without_a_loop_is_told_so():
    start(until="main")
    expect(say("async tasks"), "The program has no loop now")
    expect(say("async bt"), "No task is running on this thread")
    expect(say("async bt somebody"), "has no loop now")
    expect(say("async graph"), "There are no tasks")


@unoptimized
def it_does_not_matter_which_language_gdb_is_set_to():
    stopped_at_checkpoint()
    say("set language c")
    try:
        expect(say("async tasks"), "30 tasks", "serving +waiting +a sleep .*@serve", "running +running +scene.cpp:@runs")
        expect(say("async bt -l nested"), "#0  box::add", "sum = 3", "content = {value = 1}")
        expect(say("bt"), r"^#1 .* runs \(depth=1\) at scene.cpp:@runs$", r"in main \(")
        expect(say("async locals holds\\ forks"), 'held = holds lock "forks"')
        expect(say("show language"), '"c"')
    finally:
        say("set language auto")


@unoptimized
def another_layout_is_refused():
    stopped_at_checkpoint()
    say("set var asyncio_debugger_entry.layout = 99")
    expect(say("async tasks"), "These commands know layout 1 of asyncio's data, and this program has layout 99")
    expect(say("async bt nested"), "layout 99")
    say("set var asyncio_debugger_entry.layout = 1")
    say("set var asyncio_debugger_entry.boost = 108400")
    expect(say("async tasks"), "coroutines of Boost 1.81, and this program has those of Boost 1.84")
    say("set var asyncio_debugger_entry.boost = 108100")
    say("set var asyncio_debugger_entry.magic[0] = 0")
    expect(say("async tasks"), "is not asyncio's")


@unoptimized
def damaged_memory_is_told_in_a_line():
    stopped_at_checkpoint()
    say("set var asyncio_debugger_entry.loops->first_alive_->next_alive = 0x10")
    expect(say("async tasks"), "can't be read \\(no memory at 0x")


# ---------------------------------------------------------------- core files, attached processes

def see_the_suspended():
    expect(say("async tasks"), "virtual time 10.000 s|time [1-9]", "serving +waiting +a sleep .*scene.cpp:@serve")
    expect(say("async bt -l nested"), "#0  box::add", "sum = 3", "#1  nested", "content = {value = 1}")
    expect(say("async print sum + more"), "= 5")
    say("async up")
    expect(say("async print content"), "= {value = 1}")
    expect(say("async frames nested"), "^#1")
    expect(say("p sum"), "= 3")
    say("up")
    expect(say("frame"), "^#2")
    expect(say("p at.y"), "= 2")
    say("async frames off")
    expect(say("async graph gathers"), "a gather of 2")
    expect(say("async print forks"), 'lock "forks", held by task')


@test
def a_core_file_shows_the_same():
    stopped_at_checkpoint()
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "core")
        say(f"generate-core-file {core}")
        say("kill")
        say(f"core-file {core}")
        try:
            see_the_suspended()
            expect_not(say("async tasks"), "None")
            expect(say("async bt running"), r'^task 29 "running": running$', "#0  runs \\(depth=1\\)")
        finally:
            say("core-file")


@contextlib.contextmanager
def running_by_itself():
    """Attached, when all tasks of the scene wait."""
    process = subprocess.Popen([program()], env={**os.environ, "ASYNCIO_CLOCK": "real"}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            say(f"attach {process.pid}")
            if re.search("cancelled +cancelled", say("async tasks")):
                break
            say("detach")
        yield
    finally:
        process.kill()
        process.wait()


@test
def an_attached_process_shows_the_same():
    with running_by_itself():
        see_the_suspended()
        expect(say("async bt Task-1"), "waiting for a sleep, [0-9.]+ s left", "#0  async_main")
        say("detach")


run_tests()
