"""At which lines one stops: stepping, and breakpoints in every kind of coroutine."""

import gdb

from harness import expect, expect_not, run_tests, say, source, start, test, unoptimized

source("places.cpp")


def stop_at(marker, scenario):
    start(until=f"places.cpp:@{marker}", arguments=scenario)
    forget_breakpoints()


def forget_breakpoints():
    for each in gdb.breakpoints():
        each.delete()


def expect_lines(command, *markers):
    for marker in markers:
        expect(say(command), rf"^@{marker}\t")


def expect_stops(scenario, *stops):
    """Each a pattern of where the program stands, and an expression with its value."""
    start(arguments=scenario)
    for marker, expression, value in stops:
        expect(say("frame"), rf"^@{marker}\t")
        expect(say(f"print {expression}"), f"= {value}$")
        gdb.execute("continue", to_string=True)
    expect_no_process()


def expect_no_process():
    assert gdb.selected_inferior().pid == 0, say("bt")


# ---------------------------------------------------------------- stepping

@unoptimized
def the_end_of_a_body_is_not_the_return_that_was_passed_over():
    stop_at("left_early", "leaving")
    expect_lines("async next", "left_early.await", "left_early.end")
    expect(say("async next"), r"^leaving \(\) at places.cpp:@leaving.again$")
    expect(say("async step"), r"^left_early \(at_once=true\)")
    expect_lines("async next", "left_early.return")
    expect(say("async next"), r"^leaving \(\) at places.cpp:@leaving.end$")


@unoptimized
def another_call_of_the_same_function_is_told_from_the_first():
    stop_at("left_early.return", "twice")
    expect(say("async step"), r"^left_early \(at_once=true\) at places.cpp:@left_early$")


@unoptimized
def a_loop_without_an_end_stops_once_in_each_line():
    stop_at("endless", "stopping")
    expect_lines("async next", "endless.for", "endless.await", "endless.after")
    for _ in range(2):
        expect_lines("async next", "endless.for", "endless.await", "endless.after")


@test
def what_is_inlined_does_not_hide_the_coroutine():
    expect(say("async start shopping"), r"^[\w:]+ \(.*\) at places.cpp:\d+$")
    expect(say("async bt"), r'^task \d+ ".*": running$', r"^#0  [\w:]+ \(.*\) at places.cpp:\d+")
    expect_not(say("async next"), "No coroutine|optimized")


# ---------------------------------------------------------------- async break

@unoptimized
def break_knows_overloads():
    say("async break shop::buy(int)")
    expect_stops("shopping", ("buy.number", "count", "3"))
    forget_breakpoints()
    say("async break shop::buy")
    expect_stops("shopping", ("buy.name", "name", '"tea"'), ("buy.number", "count", "3"))


@unoptimized
def break_knows_instances_of_templates():
    say("async break same<int>")
    expect_stops("shopping", ("same", "value", "7"))
    forget_breakpoints()
    say("async break same")
    expect_stops("shopping", ("same", "value", '"text"'), ("same", "value", "7"))
    forget_breakpoints()
    say("async break places.cpp:@same")
    expect_stops("shopping", ("same", "value", '"text"'), ("same", "value", "7"))


@unoptimized
def break_knows_coroutines_of_one_line():
    for place in ("in_a_line", "places.cpp:@in_a_line"):
        say(f"async break {place}")
        expect_stops("shopping", ("in_a_line", "n", "8"), ("in_a_line", "n", "9"))
        forget_breakpoints()


@unoptimized
def break_takes_a_condition():
    say("async break worker if first == 20")
    expect_stops("working", ("worker", "first", "20"))
    forget_breakpoints()
    say("async break places.cpp:@worker.await task second if i == 21")
    expect_stops("working", ("worker.await", "i", "21"))
    forget_breakpoints()
    expect(say("async break worker if nothing == 20"), 'No symbol "nothing"')
    assert not gdb.breakpoints()


@unoptimized
def break_refuses_what_it_does_not_know():
    expect(say("async break worker task"), "^Say which task: async break PLACE task NAME")
    expect(say("async break worker thread 1"), '"thread 1" is too much')
    expect(say("async break worker if"), "^Say on which condition")
    assert not gdb.breakpoints()


@unoptimized
def another_tasks_breakpoint_says_whose_it_is():
    stop_at("worker", "working")
    expect(say("print first"), "= 10")
    say("async break places.cpp:@worker.await task second")
    say("async break places.cpp:@worker.await task third")
    expect_lines("async next", "worker.print", "worker.await")
    expect(say("async next"), r'^Breakpoint \d+\. Here runs task "second"; it was "first" that was followed\.$',
           r"^worker \(first=20\) at places.cpp:@worker.await$")


run_tests()
