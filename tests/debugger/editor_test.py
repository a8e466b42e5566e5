"""What the editor's files name has to be there, and to work: they are read, and given to gdb as the
editor would."""

import json
import re
import subprocess

import gdb

from harness import *

FILE = "hello"  # any lesson's


def read(name):
    with open(f"{REPOSITORY}/.vscode/{name}", encoding="utf-8") as text:
        return json.load(text)


def filled_in(text):
    build = os.path.dirname(os.path.dirname(program()))
    known = {"workspaceFolder": REPOSITORY, "fileBasenameNoExtension": FILE}
    text = re.sub(r"\$\{(\w+)\}", lambda name: known[name[1]], text)
    return text.replace(f"{REPOSITORY}/build/dev", build)


def configurations():
    return read("launch.json")["configurations"]


@test
def every_configuration_builds_the_program_that_it_runs():
    tasks = {task["label"]: task for task in read("tasks.json")["tasks"]}
    assert len(configurations()) == 2
    for each in configurations():
        assert filled_in(each["program"]) == program(), each["program"]
        assert os.path.isfile(f"{REPOSITORY}/src/demos/{FILE}.cpp")
        command = filled_in(tasks[each["preLaunchTask"]]["command"])
        assert command == f"cmake --preset dev && cmake --build --preset dev -t {FILE}", command


@test
def tasks_run_what_is_there():
    for task in read("tasks.json")["tasks"]:
        word = task["command"].split()[0]
        assert word == "cmake" or os.access(f"{REPOSITORY}/{word}", os.X_OK), word


@test
def the_compilation_database_is_found():
    with open(f"{REPOSITORY}/.clangd", encoding="utf-8") as text:
        assert "CompilationDatabase: build/dev\n" in text.read()
    with open(f"{REPOSITORY}/CMakePresets.json", encoding="utf-8") as text:
        presets = json.load(text)["configurePresets"]
    assert presets[0]["cacheVariables"]["CMAKE_EXPORT_COMPILE_COMMANDS"]
    assert presets[0]["binaryDir"] == "${sourceDir}/build/${presetName}"


@test
def gdb_takes_the_set_up_through_its_machine_interface():
    for each in configurations():
        setup = [filled_in(command["text"]) for command in each["setupCommands"]]
        commands = [*setup, f"-break-insert {FILE}.cpp:24", "-exec-run", "-interpreter-exec console \"async next\"",
                    "-interpreter-exec console \"bt\"", "-gdb-exit"]
        shown = talk_to_machine_interface(commands)
        expect_not(shown, r"^\^error")
        expect(shown, r"reason=\"breakpoint-hit\"", r'^~"25\\t', r'^~"    awaited by async_main \(\) at .*hello.cpp:\d+')


def talk_to_machine_interface(commands):
    """Gives the next command when the one before is done, and the program has stopped."""
    editor = subprocess.Popen(["gdb", "-nx", "-q", "-i=mi", program()], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "ASYNCIO_CLOCK": "virtual"})
    shown = ""
    for command in commands:
        editor.stdin.write(command + "\n")
        editor.stdin.flush()
        awaited = r"^\*stopped" if command == "-exec-run" else r"^\^(done|error|exit|running)"
        for line in editor.stdout:
            shown += line
            if re.match(awaited, line):
                break
    editor.wait()
    return shown


run_tests()
