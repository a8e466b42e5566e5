"""What the tests of the gdb commands share. A test runs inside gdb:

    gdb -batch -nx -x tests/debugger/NAME_test.py build/dev/bin/PROGRAM

    from harness import *

    @test
    def tasks_are_listed():
        start(until="checkpoint")
        expect(say("async tasks"), r"fetching +waiting +a sleep .*scene.cpp:@nap")

    run_tests()

Each test begins without a process and with no breakpoints. `@name` in a pattern, or in a command,
is the line of the source that has the comment `// @name`; names may have parts, `@name.part`.
"""

import os
import re
import sys
import time
import traceback

import gdb

_tests = []
_source = ""

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test(function):
    _tests.append(function)
    return function


def unoptimized(function):
    """A test of lines that the compiler may do away with, or that would tell the same once more."""
    return function if program().endswith(("_og", "_o2")) else test(function)


def source(name: str) -> None:
    """The file whose markers count from now on, in the folder of the tests."""
    global _source
    _source = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def program() -> str:
    return gdb.current_progspace().filename


def line_of(marker: str) -> int:
    with open(_source, encoding="utf-8") as text:
        lines = [number for number, line in enumerate(text, 1)
                 if re.search(rf"// @{re.escape(marker)}(?![\w.])", line)]
    assert len(lines) == 1, f"{_source} has {len(lines)} lines with // @{marker}"
    return lines[0]


def with_lines(text: str) -> str:
    return re.sub(r"@([a-z_]+(?:\.[a-z_]+)*)", lambda marker: str(line_of(marker[1])), text)


def say(command: str) -> str:
    """What gdb prints; of a command that fails, its message."""
    try:
        shown = gdb.execute(with_lines(command), to_string=True)
    except gdb.error as error:  # a gdb.GdbError too
        shown = str(error)
    assert "Traceback" not in shown and "Python Exception" not in shown, f"{command}:\n{shown}"
    return shown


def start(until: str | None = None, arguments: str = "", virtual: bool = True) -> None:
    """Runs the program up to that function or line."""
    gdb.execute("set environment ASYNCIO_CLOCK " + ("virtual" if virtual else "real"))
    if until is not None:
        gdb.Breakpoint(with_lines(until))
    gdb.execute("run " + arguments + " >/dev/null", to_string=True)


def expect(shown: str, *patterns: str) -> None:
    """Each of the patterns, in this order."""
    at = 0
    for pattern in patterns:
        found = re.compile(with_lines(pattern), re.M).search(shown, at)
        assert found, f"no {with_lines(pattern)!r} from character {at} in\n{shown}"
        at = found.end()


def expect_not(shown: str, *patterns: str) -> None:
    for pattern in patterns:
        assert not re.search(with_lines(pattern), shown, re.M), f"there is {with_lines(pattern)!r} in\n{shown}"


def _clean_up() -> None:
    if gdb.selected_inferior().pid:
        gdb.execute("kill", to_string=True)
    for breakpoint in gdb.breakpoints():
        breakpoint.delete()


def run_tests() -> None:
    """Ends gdb; with exit status 1 if one failed."""
    for setting in ("pagination off", "confirm off", "width 0", "breakpoint pending off",
                    "debuginfod enabled off", "startup-with-shell on", "style enabled off"):
        gdb.execute("set " + setting)
    gdb.execute(f"source {REPOSITORY}/src/debugger/asyncio_gdb.py")
    failed = 0
    for function in _tests:
        began = time.monotonic()
        try:
            function()
            outcome = "ok    "
        except Exception:  # the others shall run, too
            failed += 1
            outcome = "FAILED"
            traceback.print_exc(file=sys.stdout)
        try:
            _clean_up()
        except gdb.error as error:
            print("after", function.__name__, "--", error)
        print(f"{outcome} {function.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"{len(_tests) - failed} of {len(_tests)} tests passed")
    gdb.execute(f"quit {1 if failed or not _tests else 0}")
