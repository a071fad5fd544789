"""``greenpark calc``: every engine without the web, JSON in and out. How integrators, auditors and tests reach them."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from greenpark import engines
from greenpark.kernel.calculation import Calculation
from greenpark.kernel.factors import load_factors


class TwoCalculationsOfOneName(RuntimeError):
    """Names are unique in the product, so that a stored input can always be run again."""


def catalogue() -> dict[str, Calculation]:
    """Every calculation of every engine, by name."""
    found: dict[str, Calculation] = {}
    for engine in pkgutil.iter_modules(engines.__path__, engines.__name__ + "."):
        for calculation in getattr(import_module(engine.name), "CALCULATIONS", ()):
            if calculation.name in found:
                raise TwoCalculationsOfOneName(calculation.name)
            found[calculation.name] = calculation
    return dict(sorted(found.items()))


def _named(name: str) -> Calculation:
    known = catalogue()
    if name not in known:
        print(f"没有名为 {name} 的计算。可用：{', '.join(known)}", file=sys.stderr)
        raise typer.Exit(2)
    return known[name]


def run_calculation(calculation: Calculation, payload: bytes) -> bytes:
    """Validate, calculate, encode. Raises msgspec.ValidationError for bad input, ValueError for impossible values."""
    question = msgspec.json.decode(payload, type=calculation.input)
    if "factors" in calculation.needs and not question.factors:
        from greenpark.project.settings import PACKS  # not earlier: `demo` chooses its settings first

        question = msgspec.structs.replace(question, factors=load_factors(PACKS))
    return msgspec.json.encode(calculation.run(question))


def _list(as_json: bool) -> None:
    rows = [{"name": c.name, "zh": c.summary_zh, "en": c.summary_en, "source": c.source} for c in catalogue().values()]
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        print(f"{row['name']:34} {row['zh']}  {row['source']}")


def calc(
    name: Annotated[str, typer.Argument(help="list、schema，或一个计算的名称 / list, schema, or a calculation")],
    file: Annotated[str, typer.Argument(help="输入文件；schema 时为名称。缺省读标准输入")] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="list 用 JSON 输出")] = False,
) -> None:
    """列出、查看或运行一个计算。

    例：greenpark calc list ／ greenpark calc schema emissions-heat ／ greenpark calc emissions-heat < input.json
    """
    if name == "list":
        _list(as_json)
    elif name == "schema":
        if file == "-":
            print("缺少计算的名称：greenpark calc schema NAME；名称见 greenpark calc list", file=sys.stderr)
            raise typer.Exit(2)
        chosen = _named(file)
        schema = {"input": msgspec.json.schema(chosen.input), "output": msgspec.json.schema(chosen.output)}
        print(msgspec.json.format(msgspec.json.encode(schema), indent=2).decode())
    else:
        chosen = _named(name)
        payload = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        if not payload.strip():
            print(f"没有输入。格式见 greenpark calc schema {name}，例子见 docs/algorithms", file=sys.stderr)
            raise typer.Exit(1)
        try:
            print(run_calculation(chosen, payload).decode())
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as problem:
            print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
            raise typer.Exit(1) from problem
