"""What g++ 12 and clang make of a coroutine: its actor and its frame.

Both turn the body of a coroutine into a function, here called its actor, that is given the
address of the frame and goes on from where it was suspended. A frame begins with two pointers,
the actor (null at the end of the body) and the function that destroys the frame; then come the
promise, the parameters, a number that tells where it is suspended, and the local variables. Where
exactly is for debug information to say: each variable of the actor is found at the frame's
address plus something. `info scope` shows that as text, in one form at any optimization.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

import gdb

from . import memory

# Variables that no programmer wrote.
_MADE_UP = re.compile(r"_Coro_|__coro|__promise$|__closure$|frame_ptr$|(Is|Fs|Aw\d+|Yd\d+|__int_\d+)$|__for_|.*[.]")
_BIGGEST = 1 << 18  # of an actor whose code is looked through


class Variable(NamedTuple):
    """Where a variable is: what to do with the frame's address, and what is there."""

    name: str
    steps: tuple[tuple[str, int], ...]  # ("plus", n) or ("deref", 0)
    type: gdb.Type
    line: int  # of its declaration
    is_argument: bool

    def value(self, frame_address: int) -> gdb.Value:
        address = frame_address
        for step, by in self.steps:
            address = address + by if step == "plus" else memory.pointer(address)
        stripped = self.type.strip_typedefs()
        if stripped.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            return memory.value_at(memory.pointer(address), stripped.target())
        return memory.value_at(address, self.type)


class Actor:
    """The code of a coroutine function. `Actor.at(pc)` finds it, and keeps what it found."""

    _known: dict[int, "Actor | None"] = {}

    name: str           # as people write it: `fetch_data`, `server::serve`, `async_main()::lambda`
    file: str           # as the compiler was given it
    line: int           # where the function was declared
    entry: int          # what the frame's first pointer holds
    block: gdb.Block    # of the function
    promise_offset: int
    promise_type: gdb.Type
    is_gcc: bool

    @classmethod
    def at(cls, pc: int) -> "Actor | None":
        """The actor that has its entry, or any instruction, there. None where debug information
        tells of no coroutine."""
        if pc not in cls._known:
            block = function_block(pc)
            found = None
            if block is not None and block.start in cls._known:
                found = cls._known[block.start]
            elif block is not None and _symbol(block, "_Coro_promise", "__promise") is not None:
                found = cls(block)
            cls._known[pc] = found
            if block is not None:
                cls._known[block.start] = found
        return cls._known[pc]

    @classmethod
    def forget_all(cls) -> None:
        cls._known.clear()

    def __init__(self, block: gdb.Block):
        self.block = block
        self.function = block.function
        self.entry = int(self.function.value().address)
        self.symtab = self.function.symtab
        self.file = self.symtab.filename
        promise = _symbol(block, "_Coro_promise", "__promise")
        self.is_gcc = promise.name == "_Coro_promise"
        self.promise_type = promise.type.strip_typedefs()
        self._fields = self._frame_fields()
        self._scopes: dict[int, dict[str, Variable]] = {}
        self._slot: int | None = None
        self.promise_offset = self._offset_of(promise.name)
        self._mangled = self._mangled_name()
        self.line = self._line_of_function()
        self.name = self._readable_name()
        self._pcs: dict[tuple[int, int], int | None] = {}

    # ------------------------------------------------------------ what is where

    def has_begun(self, frame_address: int) -> bool:
        """Whether the first line of the body was reached."""
        if not self.is_gcc:
            return self.suspension_index(frame_address) != 0
        offset = self._offset_of("_Coro_initial_await_resume_called")
        return offset is None or memory.read(frame_address + offset, 1) != b"\0"

    def suspension_index(self, frame_address: int) -> int | None:
        """The compiler's number of the await at which the frame stands; None if unknown."""
        name = "_Coro_resume_index" if self.is_gcc else "__coro_index"
        offset = self._offset_of(name)
        size = 2 if self.is_gcc else self._fields.get(name, (0, 1))[1]
        return None if offset is None else int.from_bytes(memory.read(frame_address + offset, size), "little")

    def index_address(self, frame_address: int) -> int | None:
        """Where the frame keeps that number. The actor reads it first of all when the coroutine is
        resumed, and makes it odd before the frame is destroyed (g++)."""
        offset = self._offset_of("_Coro_resume_index" if self.is_gcc else "__coro_index")
        return None if offset is None else frame_address + offset

    def is_destroyed(self, frame_address: int) -> bool:
        """Whether its clean-up has begun, at an await that will never return (g++)."""
        return self.is_gcc and bool((self.suspension_index(frame_address) or 0) & 1)

    def begins(self, frame_address: int) -> bool:
        """Of a call of it: whether that is the body's first step."""
        return self.suspension_index(frame_address) == (2 if self.is_gcc else 0)

    @functools.cached_property
    def line_starts(self) -> dict[int, int]:
        """The instructions at which a line of its body begins, and the line. Without the function's first line and
        last: what the compiler makes up, and temporaries, is said to be there. Nor does the jump count that leads a
        loop back to where the line begins."""
        pcs = {row.pc for row in self.symtab.linetable() if self._contains(row.pc)}
        lines = {pc: gdb.find_pc_line(pc).line for pc in sorted(pcs)}
        made_up = {0, self.line, gdb.find_pc_line(self.entry).line, max(lines.values(), default=0)}
        starts = {pc: line for pc, line in lines.items() if line not in made_up}
        return {pc: line for pc, line in starts.items() if starts.get(_jumps_back_to(pc)) != line}

    @functools.cached_property
    def made_by(self) -> int:
        """Where the function begins that makes the coroutine; 0 if it is not known."""
        try:
            return int(gdb.parse_and_eval(f"(unsigned long)&{self._mangled}"))
        except gdb.error:
            return 0

    def beginning(self) -> tuple[int, int] | None:
        """Of its body: line and instruction. None if all is in one line with the function."""
        return min(((line, pc) for pc, line in self.line_starts.items()), default=None)

    def _contains(self, pc: int) -> bool:
        """Not what is inlined. Optimized code may be in two places, with other functions between them."""
        block = gdb.block_for_pc(pc) if self.block.start <= pc < self.block.end else None
        while block is not None and block.function is None:
            block = block.superblock
        return block is not None and block.start == self.block.start

    def call(self) -> tuple[int, int]:
        """Of each call of it, to begin or to go on: line, and the instruction from which on its parameter is
        known."""
        code = gdb.selected_inferior().architecture().disassemble(self.entry, count=8)
        behind = (after["addr"] for before, after in zip(code, code[1:]) if re.match(r"mov\s+%rdi,", before["asm"]))
        return self.line, next(behind, self.entry)

    def variables_at(self, pc: int) -> dict[str, Variable]:
        """Parameters and variables in the frame that are in scope there, innermost first."""
        if pc not in self._scopes:
            self._scopes[pc] = {name: where for name, where in self._scope(pc).items()
                                if not _MADE_UP.match(name)}
        return self._scopes[pc]

    def pc_of_suspension(self, index: int | None, line: int) -> int:
        """An instruction of the await that has this number, at that line if there is one."""
        key = (index or 0, line)
        if key not in self._pcs:
            self._pcs[key] = self._find_pc(index, line)
        return self._pcs[key] or self.entry

    def frame_slot(self, pc: int) -> int | None:
        """Without optimization the frame's address is kept in memory, at the canonical frame
        address plus this. None where it is in a register."""
        self._scope(pc)
        return self._slot

    # ------------------------------------------------------------ how it is found out

    def _frame_fields(self) -> dict[str, tuple[int, int]]:
        """Offset and size of the frame's members, where the compiler describes its type: not for
        coroutines that are members of templates."""
        symbol = _symbol(self.block, "frame_ptr", "__coro_frame")
        if symbol is None:
            return {}
        frame = symbol.type.strip_typedefs()
        if frame.code == gdb.TYPE_CODE_PTR:
            frame = frame.target().strip_typedefs()
        try:
            return {f.name: (f.bitpos // 8, f.type.sizeof) for f in frame.fields() if f.name}
        except (TypeError, AttributeError):
            return {}

    def _offset_of(self, name: str) -> int | None:
        if name in self._fields:
            return self._fields[name][0]
        variable = self._scope(self.entry).get(name)
        if variable is not None and all(step == "plus" for step, _ in variable.steps):
            return sum(by for _, by in variable.steps)
        return 16 if name in ("_Coro_promise", "__promise") else None

    def _scope(self, pc: int) -> dict[str, Variable]:
        symbols = _symbols_in_scope(pc)
        arguments = self._argument_names()
        text = gdb.execute(f"info scope *{pc}", to_string=True)
        slot_of = "frame_ptr" if self.is_gcc else "__coro_frame"
        found: dict[str, Variable] = {}
        for name, description in re.findall(r"^Symbol (\S+) is (.*?)(?=^Symbol |\Z)", text, re.S | re.M):
            if name == slot_of:
                slot = re.search(r"DW_OP_fbreg (-?\d+)", description)
                self._slot = int(slot[1]) if slot else None
            steps = _steps_from_frame(description)
            symbol = symbols.get(name)
            if steps is not None and symbol is not None and name not in found:
                found[name] = Variable(name, steps, symbol.type, symbol.line,
                                       symbol.is_argument or name in arguments)
        return found

    def _argument_names(self) -> set[str]:
        """g++ lists the parameters between two variables of its own."""
        names = [symbol.name for symbol in self.block]
        try:
            return set(names[names.index("_Coro_self_handle") + 1:names.index("_Coro_resume_index")])
        except ValueError:
            return set()

    def _find_pc(self, index: int | None, line: int) -> int | None:
        stored = self._pc_that_stores(index)
        at_line = sorted(entry.pc for entry in self.symtab.linetable()
                         if entry.line == line and self.block.start <= entry.pc < self.block.end)
        if stored is None or gdb.find_pc_line(stored).line == line:
            return stored or (at_line[-1] if at_line else None)
        before = [pc for pc in at_line if pc < stored]
        behind = [pc for pc in at_line if pc > stored]
        return behind[0] if behind else before[-1] if before else stored

    def _pc_that_stores(self, index: int | None) -> int | None:
        """The instruction before which the frame is not, and after which it is, suspended there."""
        offset = self._offset_of("_Coro_resume_index" if self.is_gcc else "__coro_index")
        if index is None or offset is None or self.block.end - self.block.start > _BIGGEST:
            return None
        registers: dict[str, int] = {}
        try:
            code = gdb.selected_inferior().architecture().disassemble(self.block.start, self.block.end - 1)
        except gdb.error:
            return None
        for instruction in code:
            text = instruction["asm"]
            loaded = re.match(r"mov\s+\$0x([0-9a-f]+),%(\w+)$", text)
            if loaded:
                registers[_whole(loaded[2])] = int(loaded[1], 16)
            stored = re.match(r"mov[bw]?\s+(?:\$0x([0-9a-f]+)|%(\w+)),0x([0-9a-f]+)\(", text)
            if stored and int(stored[3], 16) == offset:
                number = int(stored[1], 16) if stored[1] else registers.get(_whole(stored[2]))
                if number == index:
                    return instruction["addr"]
        return None

    def _mangled_name(self) -> str:
        """Of the function as it was written: the type of its frame has it, or its own name is it."""
        frame = _symbol(self.block, "frame_ptr", "__coro_frame")
        in_type = re.search(r"(_Z\w+?)(?:\.Frame|\.coro_frame_ty)", str(frame.type)) if frame is not None else None
        return in_type[1] if in_type else self.function.linkage_name or self.function.name

    def _line_of_function(self) -> int:
        """Of the function that makes the coroutine: g++ tells of it where it was declared."""
        made_by = function_block(self.made_by) if self.made_by else None
        declared = made_by.function.line if made_by is not None else 0
        return declared or gdb.find_pc_line(self.entry).line

    def _readable_name(self) -> str:
        try:
            full = gdb.execute(f"demangle -l c++ -- {self._mangled}", to_string=True).strip()
        except gdb.error:
            full = self._mangled
        return _spelled_in(full) if full.startswith("_Z") else name_of_function(full)


def _spelled_in(mangled: str) -> str:
    """Of a name with which gdb can't do more (clang's, of constrained templates): its first words."""
    words, rest = [], re.sub(r"^_ZN?K?", "", mangled)
    while length := re.match(r"\d+", rest):
        end = length.end() + int(length[0])
        words.append(rest[length.end():end])
        rest = rest[end:]
    return "::".join(words) or mangled


def name_of_function(signature: str) -> str:
    """Without return type, parameters and template arguments: `server::serve`. A lambda is
    `main()::lambda`."""
    text = re.sub(r"\{lambda\(.*?\)#\d+\}|<lambda\(.*?\)>|'lambda\d*'\(.*?\)|\$_\d+", "lambda", signature)
    text = text.replace("(anonymous namespace)::", "").replace("{anonymous}::", "").replace("[abi:cxx11]", "")
    text = re.sub(r"lambda::operator\(\)", "lambda", text)
    symbol = re.search(r"\boperator\b(\(\)|[^\w\s(]+(?=[(<\s])| [^()]+)", text)
    if symbol:  # its brackets are none
        text = f"{text[:symbol.start(1)]}\0{text[symbol.end(1):]}"
    parts, depth = [], 0
    for part in re.split(r"([<>()])", text):
        if part in "<(" and part:
            depth += 1
            if depth == 1 and part == "(":
                parts.append("()")
        elif part in ">)" and part:
            depth -= 1
        elif depth == 0:
            parts.append(part)
    flat = "".join(parts)
    flat = re.sub(r"\(\)[^:]*$", "", flat)  # its own parameters
    flat = flat.rstrip().rsplit(" ", 1)[-1]
    return flat.replace("\0", symbol[1] if symbol else "") or signature


def _steps_from_frame(description: str) -> tuple[tuple[str, int], ...] | None:
    """Out of what `info scope` tells of a variable: what leads there from the frame's address.
    None for one that is not in the frame."""
    for expression in re.split(r"Range |\n\n", description):
        operations = re.findall(r"DW_OP_(\w+)((?: -?\d+)*)", expression)
        if not operations:
            continue
        first, number = operations[0]
        rest = operations[1:]
        if first == "fbreg" and rest[:1] and rest[0][0] == "deref":
            steps = []  # unoptimized: the address is in the stack
            rest = rest[1:]
        elif first.startswith("breg") and first != "breg7" and int(number) >= 0:
            steps = [("plus", int(number))]  # it is in a register
        elif first == "entry_value" and rest:
            steps = []
            rest = rest[1:]
        else:
            continue
        for operation, number in rest:
            if operation == "plus_uconst":
                steps.append(("plus", int(number)))
            elif operation == "deref":
                steps.append(("deref", 0))
            elif operation != "stack_value":
                break
        else:
            if not any(operation == "stack_value" for operation, _ in rest):
                return tuple(step for step in steps if step != ("plus", 0))
    return None


def _jumps_back_to(pc: int) -> int | None:
    """Where the instruction there leads, if it is such a jump."""
    code = gdb.selected_inferior().architecture().disassemble(pc)[0]["asm"]
    jump = re.match(r"jmp\s+0x([0-9a-f]+)", code)
    return int(jump[1], 16) if jump and int(jump[1], 16) < pc else None


def _whole(register: str) -> str:
    """rax, eax and ax are one."""
    return register.lstrip("er").rstrip("dwlx")


def function_block(pc: int) -> gdb.Block | None:
    """Of the function that the machine runs there, which others may be inlined in."""
    block, found = gdb.block_for_pc(pc), None
    while block is not None and block.start <= pc < block.end:  # a lambda's is not in that of its function
        found = block if block.function is not None else found
        block = block.superblock
    return found


def _symbol(block: gdb.Block, *names: str) -> gdb.Symbol | None:
    for symbol in block:
        if symbol.name in names:
            return symbol
    return None


def _symbols_in_scope(pc: int) -> dict[str, gdb.Symbol]:
    found: dict[str, gdb.Symbol] = {}
    block = gdb.block_for_pc(pc)
    while block is not None:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                found.setdefault(symbol.name, symbol)
        if block.function is not None:
            break
        block = block.superblock
    return found
