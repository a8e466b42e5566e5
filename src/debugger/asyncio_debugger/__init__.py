"""gdb commands for asyncio. layout.py knows what memory looks like; each other module is a command or
two on top of it."""


def load() -> None:
    from . import layout, stepping  # noqa: F401
