from harness import *

source("scene.cpp")


@test
def tasks_are_listed():
    start(until="checkpoint")
    shown = say("python print(len(__import__('asyncio_debugger.layout').layout.all_tasks()))")
    expect(shown, r"\d")


run_tests()
