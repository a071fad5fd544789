"""Readings that come by HTTP: validated, scoped, stored in one commit, answered item by item."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.telemetry import models
from greenpark.domains.telemetry.selectors.store_access import access
from greenpark.ingest.mqtt.mapping import USUAL_QUALITY
from greenpark.ingest.sink import Delivery, Problem, RefusalCode
from greenpark.ingest.times import BadTime, parse_time
from greenpark.kernel.periods import to_us
from greenpark.kernel.points import BindingKey
from greenpark.kernel.quality import Quality

MAX_BYTES = 2 * 1024 * 1024
MAX_ITEMS = 10_000
#: How long an answer to an Idempotency-Key is remembered.
REMEMBERED = timedelta(hours=48)


class Item(msgspec.Struct):
    """One reading: ``point`` (its number) or ``key`` (its external id), time, value."""

    time: str | int | float
    value: float | str | None
    point: int | None = None
    key: str | None = None
    quality: str | int | None = None
    unit: str | None = None


class Batch(msgspec.Struct):
    readings: list[Item]


_decoder = msgspec.json.Decoder(Batch | list[Item])


class BadBatch(ValueError):
    """The body is no batch; the text says where and why."""


class TooLarge(ValueError):
    """More than one request may carry."""


class KeyReused(ValueError):
    """The Idempotency-Key was used for another body."""


def read_batch(body: bytes) -> list[Item]:
    """Body -> items. Raises BadBatch, TooLarge."""
    if len(body) > MAX_BYTES:
        raise TooLarge(f"请求体 {len(body)} 字节，上限 {MAX_BYTES} 字节。请分批上传")
    try:
        found = _decoder.decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadBatch(f"请求体不符合格式：{error}") from error
    items = found.readings if isinstance(found, Batch) else found
    if len(items) > MAX_ITEMS:
        raise TooLarge(f"一次最多 {MAX_ITEMS} 条，收到 {len(items)} 条。请分批上传")
    return items


def take(*, body: bytes, by: Actor, at: datetime, peer: str, key: str = "") -> tuple[dict[str, Any], bool]:
    """Store a batch. Returns the answer and whether it is the repetition of an earlier one (same Idempotency-Key).
    Raises BadBatch, TooLarge, KeyReused, and the store's errors; then nothing is stored."""
    who, digest = f"{by.kind}:{by.id}", sha256(body).hexdigest()
    if key:
        known = models.Answered.objects.filter(who=who, key=key).first()
        if known is not None:
            if known.digest != digest:
                raise KeyReused("这个 Idempotency-Key 已用于另一份内容。请为新内容换一个")
            return dict(known.answer), True
    answer = _store(read_batch(body), body, by, at, peer)
    if key:
        models.Answered.objects.filter(at__lt=at - REMEMBERED).delete()
        try:
            with transaction.atomic():
                models.Answered.objects.create(who=who, key=key, digest=digest, answer=answer, at=at)
        except IntegrityError:
            pass  # the same request came twice at once; readings are idempotent, either answer is true
    return answer, False


def _store(items: list[Item], body: bytes, by: Actor, at: datetime, peer: str) -> dict[str, Any]:
    found = access()
    delivery = _delivery(items, body, by, to_us(at), peer)
    if not items:
        return {"accepted": 0, "refused": 0, "frame_id": None, "results": []}
    (receipt,) = found.pipeline.accept([delivery])
    found.keeper.flush()
    results: list[dict[str, Any]] = [{"index": i, "status": "accepted"} for i in range(len(items))]
    for refusal in receipt.refused:
        results[refusal.index] = {
            "index": refusal.index, "status": "refused", "code": str(refusal.code), "reason": refusal.reason,
        }  # fmt: skip
    return {
        "accepted": receipt.accepted,
        "refused": len(receipt.refused),
        "frame_id": receipt.frame_id if receipt.accepted else None,
        "results": results,
    }


def _delivery(items: list[Item], body: bytes, by: Actor, received_us: int, peer: str) -> Delivery:
    known = access().directory.current()
    delivery = Delivery("http", peer, by.name, received_us, body)
    for index, item in enumerate(items):
        key: BindingKey = ("point", str(item.point)) if item.point is not None else ("http", item.key or "")
        spec = known.by_id.get(item.point) if item.point is not None else known.by_key.get(key)
        problem: Problem | None = None
        time_us, value = received_us, math.nan
        if spec is not None and not by.scope.allows(known.organisation_of[spec.id]):
            reason = "该监测点不属于令牌所在单位的数据范围。请使用该单位的令牌"
            problem = Problem(RefusalCode.OUT_OF_SCOPE, str(item.value), reason)
        try:
            time_us = parse_time(item.time)
        except BadTime as error:
            problem = problem or Problem(RefusalCode.BAD_TIME, str(item.value), str(error))
        try:
            value = float(item.value) if item.value is not None else math.nan
        except ValueError:
            text = str(item.value)[:60]
            problem = problem or Problem(RefusalCode.BAD_VALUE, text, f"数值 {text} 不是数字。缺数时不要上传该项")
        delivery.keys.append(key)
        delivery.times.append(time_us)
        delivery.values.append(value)
        delivery.flags.append(_flag(item.quality))
        delivery.units.append(item.unit)
        if problem is not None:
            delivery.problems[index] = problem
    return delivery


def _flag(quality: str | int | None) -> int:
    """HJ 212 letters and OPC words or codes; anything else is kept as "other"."""
    if quality is None or quality == "":
        return 0
    text = str(quality)
    found = USUAL_QUALITY.get(text, USUAL_QUALITY.get(text.lower(), USUAL_QUALITY.get(text.upper())))
    return int(Quality.DEVICE_OTHER) if found is None else found
