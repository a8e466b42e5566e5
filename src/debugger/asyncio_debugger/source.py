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
    if declared is None:
        return False
    rest = re.split(r"[;{]", text[declared.end():], maxsplit=1)[0]
    return "co_await" in rest and variable.line + rest.count("\n") == place.line


@functools.cache
def statements(actor: Actor) -> dict[int, int]:
    """For each line within parentheses that an earlier line of the body opened, that line: the compiler
    goes back and forth between the lines of such a statement."""
    first_line: dict[int, int] = {}
    depth, begun = 0, 0
    lines = _lines(actor.symtab.fullname())
    for number, text in enumerate(lines[actor.line:max(actor.line_starts.values(), default=0)], actor.line + 1):
        if depth > 0:
            first_line[number] = begun
        else:
            begun = number
        code = re.sub(r"""//.*|"(\\.|[^"\\])*"|'(\\.|[^'\\])'""", "", text)
        depth = max(0, depth + code.count("(") - code.count(")"))
    return first_line


@functools.cache
def ends_of_the_body(actor: Actor) -> frozenset[int]:
    """The instructions of which the compiler says that they are in the line of a co_return, though its statement
    begins further up: all ways to the body's end go through them."""
    lines = dict(enumerate(_lines(actor.symtab.fullname()), 1))
    begun: set[int] = set()
    ends = set()
    for pc, line in actor.line_starts.items():
        if re.search(r"\bco_return\b", lines.get(line, "")) and line in begun:
            ends.add(pc)
        begun.add(line)
    return frozenset(ends)


@functools.cache
def _lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as source:
            return source.read().split("\n")
    except OSError:
        return []
