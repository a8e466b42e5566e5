"""Loops on several threads, and ten thousand tasks."""

import time

from harness import expect, expect_not, run_tests, say, source, start, test

source("two_loops.cpp")


@test
def loops_of_all_threads_are_shown():
    start(until="checkpoint", virtual=False)
    began = time.monotonic()
    shown = say("async tasks")
    took = time.monotonic() - began
    assert took < 10, took
    expect(shown, r'^loop 1, on thread 1 ".*", time \d+.\d+ s: [12] tasks?$', r"^ *1:1 +Task-1 +waiting +a sleep .* two_loops.cpp:@main, wait_in_main$",
           r'^loop 2, on thread \d+ ".*", time \d+.\d+ s: 10001 tasks$', r"^\* +2:1 +Task-1 +running",
           r"^ +2:10001 Task-10001 +waiting +a sleep .* two_loops.cpp:@one_of_many, innermost in outer$")
    expect(say("async bt"), 'task 1 "Task-1": running', "#0  make_many")
    expect(say("async bt Task-1"), '2 tasks are called "Task-1"', "say which, 1:1 or 2:1", "^  1:1  0x.*, waiting", "^  2:1  0x.*, running")
    expect(say("async bt 1:1"), "^#0  wait_in_main .*@main")
    expect(say("async bt Task-5000"), r"^#0  innermost \(number=4998\)", r"^#1  outer \(number=4998\)")
    expect(say("async graph Task-10001"), r'^task "Task-10001", waiting for a sleep')


@test
def another_thread_has_no_running_task():
    start(until="checkpoint", virtual=False)
    say("thread 1")
    expect(say("async bt"), "No task is running on this thread")
    shown = say("async bt 2:1")  # the stack of the other thread is looked at
    expect(shown, 'task 1 "Task-1": running', "#0  make_many")
    expect_not(shown, "checkpoint")
    expect(say("thread"), "Current thread is 1")


run_tests()
