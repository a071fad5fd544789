"""The language of virtual meters: ``sum(m1..m9) - 0.95*m10``.

A formula is data typed by a person. Python's parser reads it, a list of allowed nodes decides, and nothing is ever
executed as Python.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Values = Floats | float

#: Longest text and deepest nesting that is read.
LONGEST = 4_000
DEEPEST = 60
#: Longest range m1..m9.
WIDEST_RANGE = 1_000

_RANGE_END = re.compile(r"(.*?)(\d+)")
#: Full-width signs that a Chinese input method produces, one for one, so that positions stay.
_FULL_WIDTH = str.maketrans("（）＋－×÷＊／，．０１２３４５６７８９", "()+-*/*/,.0123456789")

#: Signs that mean something to Python's parser and nothing here.
_FOREIGN = "@#;\\\n\r\f"


class FormulaError(ValueError):
    """The text is no formula of this language. ``position`` counts characters from 1; 0 when no place is meant."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(f"公式第 {position} 个字符处：{reason}" if position else f"公式：{reason}")
        self.reason, self.position = reason, position


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Operation:
    """``+ - * /`` with two operands, ``neg`` with one, ``sum min max abs`` as called."""

    operator: str
    operands: tuple[Node, ...]
    position: int


Node = Number | Name | Operation


def _sum(*terms: Values) -> Values:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _divide(a: Values, b: Values) -> Values:
    return np.divide(a, b)  # the caller silences division by zero; the result is then NaN or infinite


def _lowest(*terms: Values) -> Values:
    return np.asarray(np.minimum.reduce(np.broadcast_arrays(*terms)), np.float64)


def _highest(*terms: Values) -> Values:
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*terms)), np.float64)


OPERATIONS: dict[str, Callable[..., Values]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "neg": lambda a: -a,
    "sum": _sum,
    "min": _lowest,
    "max": _highest,
    "abs": np.abs,
}
#: Functions and the least number of arguments; ``abs`` takes one exactly.
FUNCTIONS = {"sum": 1, "min": 1, "max": 1, "abs": 1}
_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula. ``names`` are the meters in the order they first occur."""

    text: str
    root: Node
    names: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """Read a formula: numbers, names, ``+ - * /``, parentheses, ``sum min max abs``, and ranges ``m1..m9`` in a call.

    Raises FormulaError with the position of what is wrong.
    """
    if not text.strip():
        raise FormulaError("内容为空，请写作 sum(m1..m9) - 0.95*m10 的形式")
    if len(text) > LONGEST:
        raise FormulaError(f"长度 {len(text)} 超过 {LONGEST} 个字符，请拆分为几个虚拟表计")
    plain = text.translate(_FULL_WIDTH)
    for at, sign in enumerate(plain, 1):
        if sign in _FOREIGN:
            raise FormulaError(f"不认识符号 {sign!r}", at)
    # ".." becomes an operator of Python's grammar that has no other use here; "@ " keeps all positions.
    readable = plain.replace("..", "@ ")
    blanks = len(readable) - len(readable.lstrip())
    try:
        tree = ast.parse(readable[blanks:], mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("写法不完整或有误，请检查括号和运算符", _place(error, blanks)) from error
    reader = _Reader(readable[blanks:], blanks)
    root = reader.node(tree.body, 0)
    if not reader.names:
        raise FormulaError("没有引用任何表计")
    return Formula(text, root, tuple(dict.fromkeys(reader.names)))


def _place(error: BaseException, blanks: int) -> int:
    offset = getattr(error, "offset", None)
    return blanks + max(int(offset), 1) if offset else 0


class _Reader:
    def __init__(self, text: str, blanks: int) -> None:
        self.encoded, self.blanks = text.encode(), blanks
        self.names: list[str] = []

    def position(self, node: ast.expr) -> int:
        # The parser counts bytes of UTF-8; people count characters.
        return self.blanks + len(self.encoded[: node.col_offset].decode()) + 1

    def node(self, node: ast.expr, depth: int) -> Node:
        if depth > DEEPEST:
            raise FormulaError(f"嵌套超过 {DEEPEST} 层", self.position(node))
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            if node.id in FUNCTIONS:
                raise FormulaError(f"函数 {node.id} 后面应有括号", self.position(node))
            self.names.append(node.id)
            return Name(node.id, self.position(node))
        if isinstance(node, ast.UnaryOp):
            return self._unary(node, depth)
        if isinstance(node, ast.BinOp):
            return self._binary(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise FormulaError("只能使用数字、表计名、加减乘除、括号和 sum、min、max、abs", self.position(node))

    def _number(self, node: ast.Constant) -> Number:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise FormulaError("这里应是数字或表计名", self.position(node))
        try:
            value = float(node.value)
        except OverflowError:
            value = np.inf
        if not np.isfinite(value):
            raise FormulaError("数字过大", self.position(node))
        return Number(value, self.position(node))

    def _unary(self, node: ast.UnaryOp, depth: int) -> Node:
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise FormulaError("不认识的运算符", self.position(node))
        inner = self.node(node.operand, depth + 1)
        return inner if isinstance(node.op, ast.UAdd) else Operation("neg", (inner,), self.position(node))

    def _binary(self, node: ast.BinOp, depth: int) -> Node:
        if isinstance(node.op, ast.MatMult):
            raise FormulaError("范围 m1..m9 只能直接写在 sum、min、max 的括号里", self.position(node))
        operator = _BINARY.get(type(node.op))
        if operator is None:
            raise FormulaError("只支持加减乘除", self.position(node))
        operands = (self.node(node.left, depth + 1), self.node(node.right, depth + 1))
        return Operation(operator, operands, self.position(node))

    def _call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise FormulaError(f"只有 {'、'.join(FUNCTIONS)} 可以调用", self.position(node))
        operands: list[Node] = []
        for argument in node.args:
            if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.MatMult):
                operands.extend(self._range(argument))
            else:
                operands.append(self.node(argument, depth + 1))
        if not operands or (node.func.id == "abs" and len(operands) != 1):
            raise FormulaError(f"{node.func.id} 的参数个数不对", self.position(node))
        return Operation(node.func.id, tuple(operands), self.position(node))

    def _range(self, node: ast.BinOp) -> list[Node]:
        at = self.position(node)
        ends = []
        for side in (node.left, node.right):
            match = _RANGE_END.fullmatch(side.id) if isinstance(side, ast.Name) else None
            if match is None:
                raise FormulaError("范围两端应是以数字结尾的表计名，如 m1..m9", at)
            ends.append((match[1], match[2]))
        (prefix, first), (other, last) = ends
        count = int(last) - int(first) + 1
        if prefix != other or count < 1 or count > WIDEST_RANGE:
            raise FormulaError(f"范围 {prefix}{first}..{other}{last} 的两端不成一列，或超过 {WIDEST_RANGE} 个", at)
        width = len(first) if first.startswith("0") else 0
        found = [f"{prefix}{int(first) + i:0{width}d}" for i in range(count)]
        self.names.extend(found)
        return [Name(name, at) for name in found]
