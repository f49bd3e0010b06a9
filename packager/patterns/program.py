"""A regular expression as a program of a few instructions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from packager.patterns.syntax import Assertion, Characters, Choice, Concatenation, Group, Node, Repeat

MAX_PROGRAM = 2_000  # instructions


class Operation(IntEnum):
    """What an instruction does."""

    MATCH = 0
    CHARACTER = 1  # in `sets[index]`
    SPLIT = 2  # continue at both `targets[index]`, the first preferred
    SAVE = 3  # remember the position in `slots[index]`
    ASSERT = 4  # continue if `kinds[index]` holds


@dataclass(slots=True)
class Program:
    """Instructions in parallel lists; each but a split is followed by the next."""

    operations: list[Operation] = field(default_factory=list)
    sets: list[Characters] = field(default_factory=list)
    targets: list[tuple[int, int]] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    groups: int = 0

    @property
    def asserts(self) -> bool:
        """Whether the program has assertions."""
        return Operation.ASSERT in self.operations

    def add(self, operation: Operation, *, characters: Characters | None = None, slot: int = 0, kind: str = "") -> int:
        """The index of an instruction that is appended."""
        self.operations.append(operation)
        self.sets.append(characters or _NOTHING)
        self.targets.append((0, 0))
        self.slots.append(slot)
        self.kinds.append(kind)
        return len(self.operations) - 1


_NOTHING = Characters(frozenset())


def compile_program(root: Node, groups: int) -> Program:
    """The program of a tree that is not larger than `MAX_PROGRAM`."""
    compiler = _Compiler(Program(groups=groups))
    compiler.emit(root)
    compiler.program.add(Operation.MATCH)
    return compiler.program


def size_of(node: Node) -> int:
    """The number of instructions of a part, or a little more: a part without instructions counts too, since it may be repeated."""
    match node:
        case Concatenation():
            return 1 + sum(size_of(part) for part in node.parts)
        case Choice():
            return sum(2 + size_of(branch) for branch in node.branches)
        case Group():
            return 2 + size_of(node.body)
        case Repeat():
            times = node.least + 1 if node.most is None else node.most
            return 2 + times * (1 + size_of(node.body))
        case _:
            return 1


@dataclass(slots=True)
class _Compiler:
    program: Program

    def emit(self, node: Node) -> None:
        program = self.program
        match node:
            case Characters():
                program.add(Operation.CHARACTER, characters=node)
            case Assertion():
                program.add(Operation.ASSERT, kind=node.kind, characters=node.characters)
            case Concatenation():
                for part in node.parts:
                    self.emit(part)
            case Group():
                program.add(Operation.SAVE, slot=2 * node.number)
                self.emit(node.body)
                program.add(Operation.SAVE, slot=2 * node.number + 1)
            case Choice():
                self._choice(node)
            case Repeat():
                self._repeat(node)

    def _choice(self, node: Choice) -> None:
        program = self.program
        leaves: list[int] = []
        for branch in node.branches[:-1]:
            split = program.add(Operation.SPLIT)
            self.emit(branch)
            leaves.append(program.add(Operation.SPLIT))
            program.targets[split] = (split + 1, len(program.operations))
        self.emit(node.branches[-1])
        for leave in leaves:
            program.targets[leave] = (len(program.operations),) * 2

    def _repeat(self, node: Repeat) -> None:
        program = self.program
        for _ in range(node.least):
            self.emit(node.body)
        if node.most is None:
            split = program.add(Operation.SPLIT)
            self.emit(node.body)
            back = program.add(Operation.SPLIT)
            program.targets[back] = (split, split)
            program.targets[split] = _ordered(split + 1, len(program.operations), lazy=node.lazy)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(program.add(Operation.SPLIT))
            self.emit(node.body)
        for split in splits:
            program.targets[split] = _ordered(split + 1, len(program.operations), lazy=node.lazy)


def _ordered(into: int, past: int, *, lazy: bool) -> tuple[int, int]:
    return (past, into) if lazy else (into, past)
