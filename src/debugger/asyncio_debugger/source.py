"""What only the text of the source tells."""

from __future__ import annotations

import functools
import re

from .actor import Actor, Variable


def comes_later(variable: Variable, actor: Actor, place) -> bool:
    """Whether a variable gets its first value after that await: it is declared later, or by the very
    statement that awaits."""
    if variable.line == 0 or variable.line < actor.line:
        return False
    if variable.line > place.line:
        return True
    lines = _lines(actor.symtab.fullname())
    text = "\n".join(lines[variable.line - 1:place.line])
    if not text:
        return variable.line == place.line
    declared = re.search(rf"\b{re.escape(variable.name)}\b", text)
    return declared is not None and re.search(r"co_await", _statement(text[declared.end():])) is not None


def _statement(text: str) -> str:
    return re.split(r"[;{]", text, maxsplit=1)[0]


@functools.cache
def _lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as source:
            return source.read().split("\n")
    except OSError:
        return []
