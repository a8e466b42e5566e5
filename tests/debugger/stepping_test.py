import subprocess
import time

import gdb

from harness import *

source("stepping.cpp")


def stop_at(marker, scenario, virtual=True):
    """In the first task that comes there."""
    start(until=f"stepping.cpp:@{marker}", arguments=scenario, virtual=virtual)
    forget_breakpoints()


def forget_breakpoints():
    for each in gdb.breakpoints():
        each.delete()


def expect_lines(command, *markers):
    """One after the other, as often as the command is given."""
    for marker in markers:
        expect(say(command), rf"^@{marker}\t")


def expect_nothing_left():
    shown = say("maint info breakpoints")
    expect_not(shown, r"^-\d+ +(breakpoint|acc watchpoint)")
    assert not gdb.breakpoints(), gdb.breakpoints()


@test
def next_goes_over_what_suspends_and_what_does_not():
    stop_at("nested", "nested")
    expect_lines("async next", "nested.at_once", "nested.passed_on", "nested.sleep", "nested.print")
    expect_nothing_left()


@unoptimized
def next_takes_a_number():
    stop_at("nested", "nested")
    expect(say("async next 4"), r"^@nested.at_once\t", r"^@nested.passed_on\t", r"^@nested.sleep\t", r"^@nested.print\t")


@unoptimized
def next_stops_where_a_task_ends():
    stop_at("nested.print", "nested")
    expect(say("async next"), r'^Task "Task-1" has ended\.$')
    expect(say("async next"), "^No coroutine runs on this thread")
    expect_nothing_left()


@unoptimized
def next_comes_back_to_its_line_in_a_loop():
    stop_at("abandoned", "abandoned")
    expect_lines("async next", "abandoned", "abandoned")
    expect(say("async next 2"), r"abandoned\(\) threw asyncio::cancelled_error", r'^Task "abandoned" has ended\.$')


@unoptimized
def next_takes_a_statement_of_several_lines_for_one():
    stop_at("grouped", "grouped")
    expect_lines("async next", "grouped.await", "grouped.wait_for", "grouped.eager", "grouped.join", "grouped.gather",
                 "grouped.sum")


@unoptimized
def next_leaves_the_function_that_a_coroutine_called():
    stop_at("recursive", "countdown")
    expect(say("async next"), r"^\d+\t  if \(deep == 0\)")


@test
def step_enters_what_is_awaited_and_leaves_it():
    stop_at("nested", "nested")
    expect(say("async step"), r"^doubled \(n=20\) at stepping.cpp:@doubled$", r"^@doubled\t")
    expect(say("async step"), r"^@doubled.result\t")
    expect(say("print n"), "= 20")
    expect(say("async finish"), r"^Value returned is \$\d+ = 40$", r"^nested \(\) at stepping.cpp:@nested.at_once$")


@test
def step_goes_through_the_librarys_coroutines_to_ones_own():
    stop_at("grouped.await", "grouped")
    expect(say("async step"), r"^grouped\(\)::lambda \(group=.*\) at stepping.cpp:@grouped.body$")
    expect_lines("async next", "grouped.at_once")
    expect(say("async next"), r"^grouped \(\) at stepping.cpp:@grouped.wait_for$")
    expect(say("async step"), r"^doubled \(n=2\) at stepping.cpp:@doubled$")


@unoptimized
def step_stays_out_of_other_tasks():
    stop_at("grouped.eager", "grouped")
    expect_lines("async step", "grouped.join", "grouped.gather", "grouped.sum")


@unoptimized
def a_task_that_was_started_eagerly_is_followed():
    start(until=None, arguments="grouped")  # to its end: gdb knows the program's addresses then
    say("async break doubled task eager")
    gdb.execute("run grouped >/dev/null", to_string=True)
    forget_breakpoints()
    expect(say("async bt"), '"eager"')
    expect_lines("async next", "doubled.result")
    expect(say("print n"), "= 3")


@unoptimized
def the_same_code_in_a_task_that_a_line_starts_eagerly_does_not_stop_it():
    stop_at("eager", "eager")
    expect_lines("async next", "eager.join")
    expect(say("print depth"), "= 2")
    say("async next")  # to the end of the block
    expect_lines("async next", "eager.sleep")
    expect(say("print depth"), "= 2")


@unoptimized
def finish_shows_the_results_of_coroutines_within_each_other():
    stop_at("countdown.bottom", "countdown")
    expect(say("async finish"), r"= 0$", r"^countdown \(from=1\) at stepping.cpp:@countdown.return$")
    expect(say("async finish 2"), r"= 1$", r"^countdown \(from=2\)", r"= 2$", r"^countdown \(from=3\)")
    expect(say("async finish"), r"= 3$", "has ended")


@test
def finish_tells_what_was_thrown():
    stop_at("refused", "refusing")
    expect(say("async finish"), r"^refused\(\) threw std::runtime_error: no server$",
           r"^refused_twice \(\) at stepping.cpp:@refused_twice.caught$")


@test
def next_goes_to_the_handler():
    stop_at("refused_twice.await", "refusing")
    expect(say("async next"), "^Caught std::runtime_error: no server$", r"^@refused_twice.caught\t")
    say("async next")
    say("async next")
    expect(say("async next"), "^Caught std::out_of_range: vector", r"^@refused_twice.caught_again\t")
    say("async next")
    say("async next")
    expect(say("async next"), r"^refused_twice\(\) threw std::runtime_error: no server$",
           r"^refusing \(\) at stepping.cpp:@refusing.caught$")
    expect_nothing_left()


@test
def a_cancel_ends_the_wait():
    stop_at("cancelled.await", "cancelling")
    expect(say("async next"), "^Caught asyncio::cancelled_error$", r"^@cancelled.caught\t")
    say("async next")
    say("async next")
    expect_lines("async next", "cancelled.again")
    shown = say("async next")
    expect(shown, r"^cancelled\(\) threw asyncio::cancelled_error$", '^Task "patient" has ended')
    expect_not(shown, "cancelled.never")


@unoptimized
def a_deadlock_ends_the_wait():
    stop_at("deadlocked.await", "deadlocked")
    expect(say("async next"), "^Caught asyncio::deadlock_error: nothing can ever happen again", r"^@deadlocked.caught\t")


@unoptimized
def the_end_of_the_program_ends_the_wait():
    stop_at("left_at_once", "left_at_once")
    expect(say("async next 9"), "^The program has ended before that")
    expect(say("async next"), "^The program is not running")
    expect_nothing_left()


@unoptimized
def a_signal_comes_first():
    stop_at("signalled", "signalled")
    say("async next")
    expect(say("async next"), "^Signal SIGUSR2")
    expect_nothing_left()


@unoptimized
def another_breakpoint_comes_first():
    stop_at("cancelled.await", "cancelling")
    gdb.Breakpoint(with_lines("stepping.cpp:@cancelling.end"))
    say("async next 4")
    expect(say("async next"), r"^Breakpoint \d+\. Here", r"^cancelling \(\) at stepping.cpp:@cancelling.end$")
    assert len(gdb.breakpoints()) == 1
    forget_breakpoints()
    expect_nothing_left()


@test
def ten_lines_stay_in_one_task_while_three_threads_run_the_same():
    stop_at("counted", "three_threads", virtual=False)
    name = say("print name")
    for round in range(3):
        expect_lines("async next", "counted.await", "counted.after")
        expect(say("print name"), re.escape(name.split("=")[1].strip()))
        say("async next")
        expect_lines("async next", "counted")
    assert int(gdb.parse_and_eval("i")) == 3
    expect_nothing_left()


@test
def ten_thousand_others_cost_no_time():
    say("async break sleeper task last")
    start(arguments="ten_thousand")
    forget_breakpoints()
    began = time.monotonic()
    shown = say("async next")
    took = time.monotonic() - began
    expect(shown, r"^@sleeper.after\t")
    assert took < 1, took


@unoptimized
def breakpoints_do_where_there_are_no_watchpoints():
    gdb.execute("set can-use-hw-watchpoints 0")
    try:
        stop_at("nested", "nested")
        expect(say("async step"), r"^doubled \(n=20\)")
        expect_lines("async next", "doubled.result")
        expect(say("async finish"), r"^nested \(\) at stepping.cpp:@nested.at_once")
        gdb.execute("kill", to_string=True)
        stop_at("counted", "three_threads", virtual=False)
        name = say("print name").split("=")[1].strip()
        expect_lines("async next", "counted.await", "counted.after")
        expect(say("print name"), re.escape(name))
    finally:
        gdb.execute("set can-use-hw-watchpoints 1")


@unoptimized
def settings_are_as_they_were():
    stop_at("counted", "three_threads", virtual=False)
    gdb.execute("set scheduler-locking step")
    say("async next 4")
    expect(say("show scheduler-locking"), '"step"')
    expect(say("show suppress-cli-notifications"), "off")
    gdb.execute("set scheduler-locking replay")


@test
def break_stops_at_the_first_line_of_a_body():
    say("async break doubled")
    start(arguments="nested")
    expect(say("async bt"), r"^#0  doubled \(n=20\)", "^#1  nested")
    expect(say("python print(gdb.selected_frame().find_sal().line)"), "^@doubled$")
    gdb.execute("continue", to_string=True)
    expect(say("print n"), "= 1$")


@unoptimized
def break_knows_a_body_in_one_line_with_its_function():
    say("async break passed_on")
    start(arguments="nested")
    expect(say("async bt"), r"^#0  passed_on \(n=1\)")
    forget_breakpoints()
    expect(say("async next"), r"^nested \(\) at stepping.cpp:@nested.sleep$")


@unoptimized
def break_stops_in_tasks_of_that_name_only():
    say("async break stepping.cpp:@counted task b.2")
    start(arguments="three_threads", virtual=False)
    for _ in range(2):
        expect(say("print name"), '"b.2"')
        gdb.execute("continue", to_string=True)


@unoptimized
def break_works_in_what_a_task_calls():
    say("async break recursive task Task-1")
    start(arguments="countdown")
    expect(say("print depth"), "= 3")


@unoptimized
def break_says_what_is_wrong():
    expect(say("async break"), "^Say where")
    expect(say("async break nowhere"), '"nowhere" not defined')
    expect(say("async break stepping.cpp:99999"), "^No line 99999")


@unoptimized
def start_stops_at_the_first_coroutine():
    expect(say("async start nested"), r"^nested \(\) at stepping.cpp:@nested$", r"^@nested\t")
    expect(say("async start"), "^The program is running already")
    expect_nothing_left()


@test
def backtraces_show_who_awaits_and_hide_the_insides():
    stop_at("grouped.body", "grouped")
    shown = say("bt")
    expect(shown, r"^#0  grouped\(\)::lambda \(group=.*\) at .*stepping.cpp:@grouped.body$",
           r"^    awaited by grouped \(\) at .*stepping.cpp:\d+$", r"^#\d+ .* in main \(argc=.*stepping.cpp:\d+$")
    expect_not(shown, "boost::|boost_asio|std::__n4861|asyncio::detail")
    level = int(re.search(r"^#(\d+) .* in main ", shown, re.M)[1])
    say(f"frame {level}")
    expect(say("python print(gdb.selected_frame().name())"), "^main$")
    expect(say("bt -no-filters"), "^#1 .*coroutine_handle.*resume", "boost::asio::detail", rf"^#{level} .*main")


@unoptimized
def plain_step_does_not_enter_the_libraries():
    stop_at("nested.print", "nested")
    expect_not(say("step"), "ostream|operator<<|include/c")


@unoptimized
def a_process_can_be_attached_to():
    running = subprocess.Popen([program(), "three_threads"], stdout=subprocess.DEVNULL)
    try:
        gdb.execute(f"attach {running.pid}", to_string=True)
        say("async break stepping.cpp:@counted task c.1")
        gdb.execute("continue", to_string=True)
        forget_breakpoints()
        expect_lines("async next", "counted.await", "counted.after")
        expect(say("print name"), '"c.1"')
    finally:
        running.kill()


@unoptimized
def nothing_is_stepped_without_a_coroutine():
    for command in ("next", "step", "finish"):
        expect(say(f"async {command}"), "^The program is not running")
    start(until="main", arguments="nested")
    for command in ("next", "step", "finish"):
        expect(say(f"async {command}"), "^The program runs no coroutine now: plain `next`")
    expect(say("async next twice"), '^"twice" is no number')


@unoptimized
def a_core_file_cannot_be_stepped():
    stop_at("nested.print", "nested")
    file = f"/tmp/stepping_test.{os.getpid()}.core"
    try:
        gdb.execute(f"generate-core-file {file}", to_string=True)
        gdb.execute("kill", to_string=True)
        gdb.execute(f"core-file {file}", to_string=True)
        expect(say("async next"), "^Nothing runs in a core file")
        expect(say("async start"), "^Nothing runs in a core file: `core-file` without a name closes it")
        expect(say("bt"), r"^#0  nested \(\)")
    finally:
        gdb.execute("core-file", to_string=True)
        os.unlink(file)


run_tests()
