"""Reads the program's memory in bulk: a struct is one read, however many members are asked for.

Nothing here knows of asyncio. gdb.Value would do the same with a lookup for each member, which
is a hundred times slower; with 10,000 tasks that counts.
"""

import collections
import struct

import gdb


class Unreadable(Exception):
    """There is no memory at that address: a pointer is wild, or a core file lacks it."""


def read(address: int, size: int) -> bytes:
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except (gdb.MemoryError, OverflowError) as error:
        raise Unreadable(f"no memory at {address:#x}") from error


def pointer(address: int) -> int:
    return int.from_bytes(read(address, 8), "little")


def c_string(address: int) -> str:
    """Ended by a zero; of 4 KiB at most."""
    text = b""
    while b"\0" not in text and len(text) < 4096:
        size = 64 - address % 64  # not into a page that isn't there
        text += read(address, size)
        address += size
    return text.split(b"\0", 1)[0].decode(errors="replace")


def value_at(address: int, of_type: gdb.Type) -> gdb.Value:
    return gdb.Value(address).cast(of_type.pointer()).dereference()


def find_member(of_type: gdb.Type, path: str) -> tuple[int, gdb.Type]:
    """Offset and type of `a.b.c`, where each may be a base class's."""
    offset = 0
    for name in path.split("."):
        found = _direct_member(of_type.strip_typedefs(), name)
        if found is None:
            raise KeyError(f"{of_type} has no member {name}")
        offset += found[0]
        of_type = found[1]
    return offset, of_type


def _direct_member(of_type: gdb.Type, name: str) -> tuple[int, gdb.Type] | None:
    """Its own, or the nearest base class's: those further away it hides."""
    classes = [(0, of_type)]
    while classes:
        bases = []
        for start, each in classes:
            if each.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
                continue
            for field in each.fields():
                if not hasattr(field, "bitpos"):  # a static member
                    continue
                offset = start + field.bitpos // 8
                if field.name == name:
                    return offset, field.type
                if field.is_base_class or not field.name:  # or an anonymous union
                    bases.append((offset, field.type.strip_typedefs()))
        classes = bases
    return None


_CODES = {(1, False): "B", (1, True): "b", (2, False): "H", (2, True): "h",
          (4, False): "I", (4, True): "i", (8, False): "Q", (8, True): "q"}


_NUMBERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_CHAR, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_PTR,
            gdb.TYPE_CODE_REF)


def _code(of_type: gdb.Type) -> str:
    of_type = of_type.strip_typedefs()
    if of_type.code not in _NUMBERS:
        raise KeyError(f"{of_type} is no number")
    signed = of_type.code == gdb.TYPE_CODE_INT and of_type.is_signed
    return _CODES[of_type.sizeof, signed]


class Record:
    """Chosen members of a struct, all of them numbers or pointers, read together.

    `Record(type, next="next_alive", state="state_")(address)` gives an object with `next` and
    `state`.
    """

    def __init__(self, of_type: gdb.Type, **paths: str):
        self.type = of_type
        self.offsets = {}
        members = []
        for name, path in paths.items():
            offset, member = find_member(of_type, path)
            self.offsets[name] = offset
            members.append((offset, _code(member), name))
        members.sort()
        layout, end = "<", 0
        for offset, code, _ in members:
            layout += f"{offset - end}x{code}"
            end = offset + struct.calcsize(code)
        self._struct = struct.Struct(layout)
        self._make = collections.namedtuple("Members", [name for _, _, name in members])._make

    def __call__(self, address: int):
        return self._make(self._struct.unpack(read(address, self._struct.size)))
