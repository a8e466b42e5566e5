"""Exceptions, as libstdc++ keeps them on x86-64: behind a header that has their type."""

from __future__ import annotations

import re
from typing import NamedTuple

import gdb

from . import layout, memory

_HEADER = 128  # bytes before an exception; in it:
_TYPE = 16  # the std::type_info
_UNWINDER = 96  # what the unwinder is given
_RETHROWN = b"\x01++CCUNG"  # its first bytes, little-endian, of one that std::rethrow_exception() throws
_WITH_MESSAGE = ("St11logic_error", "St13runtime_error")  # behind the pointer to the virtual table


class Thrown(NamedTuple):
    """As a string `std::runtime_error: no server`."""

    type_name: str
    message: str  # empty if it isn't known without calling what()

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}" if self.message else self.type_name

    @classmethod
    def at(cls, address: int) -> Thrown:
        """By what a std::exception_ptr points to."""
        names = layout.type_names(memory.pointer(address - _HEADER + _TYPE))
        described = gdb.execute(f"demangle -- _ZTI{names[0]}", to_string=True).strip()
        has_message = any(name in _WITH_MESSAGE for name in names)
        described = described.removeprefix("typeinfo for ")
        nested = re.fullmatch(r"std::_Nested_exception<(.*?) ?>", described)  # of std::throw_with_nested()
        return cls(nested[1] if nested else described,
                   memory.c_string(memory.pointer(address + 8)) if has_message else "")

    @classmethod
    def of_unwinder(cls, unwinding: int) -> Thrown:
        header = unwinding - _UNWINDER
        if memory.read(unwinding, 8) == _RETHROWN:
            return cls.at(memory.pointer(header + _TYPE))
        return cls.at(header + _HEADER)

