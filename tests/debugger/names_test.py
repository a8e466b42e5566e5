"""Tasks and coroutines with uncommon names, and how one names them."""

import re

from harness import expect, expect_not, program, run_tests, say, source, start, test

source("names.cpp")


def with_debug_information(function):
    return function if program().endswith("_g0") else test(function)


def stopped_at_checkpoint():
    start(until="checkpoint")


@with_debug_information
def a_task_is_named_as_it_is_or_in_quotes():
    stopped_at_checkpoint()
    for text, name in (("two words", "two words"), ('"two words"', "two words"), ("two\\ words", "two words"),
                       ('quote"d', 'quote"d'), ("'quote\"d'", 'quote"d'), ("it's", "it's"), ('"it\'s"', "it's"),
                       ("back\\slash", "back\\slash"), ("-waiting", "-waiting"), ("-l -waiting", "-waiting"),
                       ("-waiting -l", "-waiting"), ("two words -l", "two words"), ("off-by-one -v -l", "off-by-one"),
                       ("twelve 12", "twelve 12"), ("two\\nlines", "two\\nlines"), ("café", "café")):
        expect(say(f"async bt {text}"), rf'^task \d+ "{re.escape(name)}": waiting', "^#0  nap")
    for text in ("two words", '"two words"', "two words 0", "two words #0", "twelve 12", "twelve 12 0"):
        expect(say(f"async locals {text}"), "^#0  nap", "number = ")
    expect(say("async locals two words 7"), "has no coroutine #7: the last is #0")
    expect(say("async locals two words -1"), "has no coroutine #-1: the last is #0")
    expect(say("async frames it's"), "^#1 .*nap")
    say("async frames off")
    expect(say("async graph two words"), r'\Atask "two words", waiting for a sleep')
    expect(say("async tasks two words"), "of which 1$")


@with_debug_information
def names_neither_break_the_table_nor_widen_it():
    stopped_at_checkpoint()
    shown = say("async tasks -waiting")
    expect(shown, r"two\\nlines +waiting", r"\\x1b\[31mred +waiting", "café +waiting", r" x{37}\.\.\. +waiting")
    expect_not(shown, "\x1b")


@with_debug_information
def names_are_completed():
    stopped_at_checkpoint()
    for typed, wanted in (("async bt two", "async bt two words"), ("async bt two w", "async bt two words"),
                          ("async bt -l two w", "async bt -l two words"), ("async bt off-", "async bt off-by-one"),
                          ("async bt off-by", "async bt off-by-one"), ("async tasks -not", "async tasks -not-started"),
                          ("async tasks -done -not-s", "async tasks -done -not-started"),
                          ("async frames of", "async frames off"),
                          ("async break nap task two w", "async break nap task two words")):
        assert wanted in say(f"complete {typed}").splitlines(), (typed, say(f"complete {typed}"))


@with_debug_information
def break_tells_of_a_name_that_nobody_has():
    stopped_at_checkpoint()
    expect(say('async break nap task "two words"'), r"^Breakpoint \d+")
    expect_not(say('async break nap task "two words"'), "No task")
    expect(say("async break nap task three words"), '^No task is called "three words" yet')


@with_debug_information
def operators_have_names():
    stopped_at_checkpoint()
    for name, function in (("call", "operator()"), ("shift", "operator<<"), ("member", "operator->*"), ("less", "operator<"),
                           ("conversion", "operator boost::asio::awaitable<int, asyncio::executor>")):
        expect(say(f"async bt {name}"), rf"^#0  with_operators::{re.escape(function)} \(this=.* at names.cpp:@{name}$")


@with_debug_information
def a_callback_is_printed_without_gdbs_complaints():
    stopped_at_checkpoint()
    say("async bt Task-1")
    expect(say("async print later"), r"\A\$\d+ = callback, due at 5.000 s\n\Z")


@with_debug_information
def a_long_line_of_tasks_is_drawn_up_to_a_hundred():
    start(until="checkpoint", arguments="long_line")
    shown = say("async graph")
    expect(shown, '^task "link 1500"', '^└─ task "link 1499"', r"─ task \"link 1400\"", r"^ +└─ \.\.\.$")
    expect_not(shown, "link 1399")
    expect(say("async graph link 50"), "link 0")


@test
def a_line_is_known_where_debug_information_is_not():
    stopped_at_checkpoint()
    expect(say("async tasks"), "two words +waiting +a sleep .* names.cpp:@nap, nap$",
           "call +waiting .* names.cpp:@call, with_operators::operator\\(\\)$")
    expect(say("async bt two words"), r"^#0  nap \(.*\) at names.cpp:@nap$")


run_tests()
