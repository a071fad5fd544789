"""Downward commands: ordered on the web, carried out by the gateway process, both meet in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import close_old_connections, transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM, Actor, OutOfScope
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.rules import (
    HIDDEN,
    NEEDS_REASON,
    OPTIONAL_FIELDS,
    ORDER_FIELDS,
    ORDER_NAMES,
    ORDER_WAITS_S,
    ORDERS_WAITING,
    order_state,
)
from greenpark.domains.telemetry.selectors import stations
from greenpark.domains.telemetry.services.secrets import CannotOpen, seal, unseal
from greenpark.ingest.hj212 import CommandOutcome, OrderedCommand
from greenpark.kernel.periods import PARK_ZONE, from_us
from greenpark.protocols.hj212 import MeasurementRecord, ParameterRecord, Record
from greenpark.protocols.hj212.commands import BadCommand, build, parameters

#: Fields of answers kept with an order.
_VALUES_KEPT = 200
_SECRET = frozenset(name for name, field in ORDER_FIELDS.items() if field.kind == "secret")
_ACTION = "telemetry.command"


class NotACommand(ValueError):
    """The order cannot be: says which parameter and why."""


def order(*, mn: str, cn: str, fields: Mapping[str, str], reason: str, by: Actor, at: datetime) -> int:
    """Order a command; returns its number. The gateway fetches it within about a second.

    Raises OutOfScope when the station is not the actor's, NotACommand."""
    stations.station(by, mn)
    clean = _checked(cn, fields, reason, at)
    subject = f"station:{mn}"
    with transaction.atomic():
        if models.Order.objects.filter(mn=mn, state="waiting").count() >= ORDERS_WAITING:
            raise NotACommand(f"这台现场机已有 {ORDERS_WAITING} 条命令待发。请等它们结束，或先撤回")
        kept = {name: seal(text) if name in _SECRET else text for name, text in clean.items()}
        row = models.Order.objects.create(
            mn=mn, cn=cn, fields=kept, reason=reason.strip()[:300], by_id=by.id, by_name=by.name, at=at
        )
        detail = {"order": row.pk, "cn": cn, "name": ORDER_NAMES[cn], "fields": shown(clean), "reason": row.reason}
        accounts.record(action=f"{_ACTION}.ordered", subject=subject, by=by, at=at, detail=detail)
    return int(row.pk)


def _checked(cn: str, fields: Mapping[str, str], reason: str, at: datetime) -> dict[str, str]:
    if cn not in ORDER_NAMES:
        raise NotACommand(f"没有 CN={cn} 这条下行命令")
    clean = {name: str(text).strip() for name, text in fields.items() if str(text).strip()}
    missing = [n for n in parameters(cn) if n not in clean and n not in OPTIONAL_FIELDS.get(cn, ())]
    if missing:
        raise NotACommand("请填写" + "、".join(ORDER_FIELDS[n].label for n in missing))
    if cn in NEEDS_REASON and not reason.strip():
        raise NotACommand(f"「{ORDER_NAMES[cn]}」会改变现场机的工作，请写明理由")
    try:
        build(cn, clean, at, PARK_ZONE)
    except BadCommand as error:
        raise NotACommand(str(error)) from error
    return clean


def shown(fields: Mapping[str, str]) -> dict[str, str]:
    """Parameters without secrets."""
    return {name: HIDDEN if name in _SECRET else text for name, text in fields.items()}


def withdraw(order_id: int, *, by: Actor, at: datetime) -> bool:
    """Take back an order that no gateway has fetched; False when it is too late. Raises OutOfScope."""
    row = models.Order.objects.filter(pk=order_id).first()
    if row is None:
        raise OutOfScope(f"order {order_id}")
    stations.station(by, row.mn)
    with transaction.atomic():
        changed = models.Order.objects.filter(pk=order_id, state="waiting").update(
            state="withdrawn", ended_at=at, fields=shown(row.fields)
        )
        if changed:
            accounts.record(
                action=f"{_ACTION}.withdrawn", subject=f"station:{row.mn}", by=by, at=at,
                detail={"order": order_id, "cn": row.cn, "name": ORDER_NAMES.get(row.cn, row.cn)},
            )  # fmt: skip
    return bool(changed)


class OrderBox:
    """The gateway's side: :class:`greenpark.ingest.hj212.CommandBox` on the table of orders.

    One gateway process at a time speaks HJ 212; what an earlier one left under way is reported as interrupted when this
    one first looks.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        """Now [UTC µs]."""
        self._looked = False

    def take(self) -> Sequence[OrderedCommand]:
        close_old_connections()
        if not self._looked:
            self._interrupt_leftovers()
            self._looked = True
        waiting = list(models.Order.objects.filter(state="waiting").order_by("id")[:200])
        if not waiting:
            return []
        at = from_us(self.clock())
        too_old = at - timedelta(seconds=ORDER_WAITS_S)
        taken = []
        for row in waiting:
            if row.at < too_old:
                self._end(row, _expired(row.pk, self.clock()))
            elif models.Order.objects.filter(pk=row.pk, state="waiting").update(state="running", taken_at=at):
                taken += self._opened(row)
        return taken

    def _opened(self, row: models.Order) -> list[OrderedCommand]:
        try:
            fields = {name: unseal(text) if name in _SECRET else text for name, text in row.fields.items()}
        except CannotOpen as error:
            self._end(row, CommandOutcome(row.pk, False, "invalid", str(error), self.clock()))
            return []
        return [OrderedCommand(row.pk, row.mn, row.cn, fields)]

    def finish(self, outcomes: Sequence[CommandOutcome]) -> None:
        close_old_connections()
        rows = models.Order.objects.in_bulk([o.id for o in outcomes])
        for outcome in outcomes:
            if outcome.id in rows:
                self._end(rows[outcome.id], outcome)

    def _interrupt_leftovers(self) -> None:
        message = "采集进程中途停止，不知道命令是否已执行。请核对后重新下发"
        for row in models.Order.objects.filter(state="running"):
            self._end(row, CommandOutcome(row.pk, False, "interrupted", message, self.clock()))

    def _end(self, row: models.Order, outcome: CommandOutcome) -> None:
        at, state = from_us(outcome.at_us), order_state(outcome.state)
        with transaction.atomic():
            if row.cn == "1072" and outcome.ok:
                self._take_password(row, at)
            result = _result(outcome.records)
            models.Order.objects.filter(pk=row.pk).update(
                state=state, outcome=outcome.state, message=outcome.message[:500], qn_rtn=outcome.qn_rtn,
                exe_rtn=outcome.exe_rtn, result=result, ended_at=at, fields=shown(row.fields),
            )  # fmt: skip
            accounts.record(
                action=f"{_ACTION}.{state}", subject=f"station:{row.mn}", by=SYSTEM, at=at,
                detail={"order": row.pk, "cn": row.cn, "name": ORDER_NAMES.get(row.cn, row.cn),
                        "outcome": outcome.state, "message": outcome.message[:500], "ordered_by": row.by_name,
                        "qn_rtn": outcome.qn_rtn, "exe_rtn": outcome.exe_rtn, "records": result["records"]},
            )  # fmt: skip

    @staticmethod
    def _take_password(row: models.Order, at: datetime) -> None:
        """The station answers only to the new password from now on."""
        models.Station.objects.update_or_create(
            mn=row.mn, defaults={"password": row.fields["new"], "changed_by": row.by_name, "changed_at": at}
        )


def _expired(order_id: int, now_us: int) -> CommandOutcome:
    message = f"{ORDER_WAITS_S // 60} 分钟内没有采集进程取走，命令没有发出。请检查网关状态后重新下发"
    return CommandOutcome(order_id, False, "expired", message, now_us)


def _result(records: Sequence[Record]) -> dict[str, object]:
    values = [[f.name, f.text] for r in records if isinstance(r, ParameterRecord) for f in r.fields]
    times = [r.time_us for r in records if isinstance(r, MeasurementRecord)]
    return {
        "values": values[:_VALUES_KEPT],
        "records": len(times),
        "first_us": min(times, default=None),
        "last_us": max(times, default=None),
    }
