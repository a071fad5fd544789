"""The draw: prepare, commit, freeze, reveal, run once; or void in public and begin again (第二十六条(五), A12)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.contracts import DrawRefused
from greenpark.domains.housing.rules import states
from greenpark.domains.housing.selectors import scope
from greenpark.domains.housing.services import case
from greenpark.engines import drawing
from greenpark.engines.drawing import package as packages
from greenpark.kernel.periods import PARK_ZONE

#: The stand-alone verifier that goes into every package.
VERIFIER = Path(drawing.__file__).with_name("verify_draw.py")
_S = states.Application


@dataclass(frozen=True, slots=True)
class Party:
    """Who contributes to the seed, in the order of the rules. ``kind``: secret, dice, public."""

    name: str
    kind: str


def read_party(line: str) -> Party:
    """«公证员,承诺» → Party. Raises DrawRefused."""
    name, _, kind = line.replace("，", ",").partition(",")
    found = {"承诺": "secret", "骰子": "dice", "公共数字": "public"}.get(kind.strip())
    if not name.strip() or found is None or ":" in name:
        raise DrawRefused(f"「{line[:40]}」应写为「名称,方式」，方式为承诺、骰子或公共数字")
    return Party(name.strip(), found)


def read_round(line: str) -> drawing.RoundRules:
    """«1,老年:5 多孩:3,退役军人 老年» → round 1 with reserved places and priority groups. Raises DrawRefused."""
    cells = [c.strip() for c in line.replace("，", ",").split(",")] + ["", ""]
    quotas = []
    for word in cells[1].split():
        group, _, places = word.replace("：", ":").partition(":")
        if not group or not places.isdigit():
            raise DrawRefused(f"「{word}」应写为「组名:名额」")
        quotas.append(drawing.Quota(group, int(places)))
    if not cells[0]:
        raise DrawRefused("每轮应有名称")
    return drawing.RoundRules(cells[0], tuple(quotas), tuple(cells[2].split()))


@transaction.atomic
def prepare(
    announcement_id: int, *, parties: Sequence[Party], rounds: Sequence[drawing.RoundRules], by: Actor, at: datetime,
    least: int = 3,
) -> int:  # fmt: skip
    """Write down the rules of a draw before anything is known. One live draw a batch. Returns its id."""
    by.need("housing.manage")
    batch = scope.announcement(by, announcement_id)
    if models.Draw.objects.filter(live_key=batch.pk).exists():
        raise DrawRefused("本批已有摇号；如需重新摇号，须先公开作废并说明理由")
    kinds = [p.kind for p in parties]
    if len(parties) < least or least < 2 or set(kinds) - set(drawing.ContributionKind):
        raise DrawRefused(f"种子贡献方至少 {max(least, 2)} 方，方式为承诺揭示、骰子或公共数字")
    if not set(kinds) & {"dice", "public"}:
        raise DrawRefused("至少一方须为揭示之后产生的骰子或公共数字，使最后揭示者不能影响结果")
    if not rounds or len({r.round for r in rounds}) != len(rounds):
        raise DrawRefused("至少一轮，轮次名称不得重复")
    if len({p.name for p in parties}) != len(parties):
        raise DrawRefused("贡献方名称不得重复")
    running = case.take_number(f"draw:{batch.pk}")
    row = models.Draw.objects.create(
        announcement=batch, name=f"{batch.number}-{running}", live_key=batch.pk, least_contributions=least,
        rounds=[
            {"round": r.round, "quotas": [[q.group, q.places] for q in r.quotas], "priority": list(r.priority)}
            for r in rounds
        ],
    )  # fmt: skip
    for n, party in enumerate(parties):
        row.parts.create(position=n, party=party.name, kind=party.kind)
    _record("prepared", row, by, at, parties=[p.name for p in parties], least=least)
    return int(row.pk)


def _record(what: str, row: models.Draw, by: Actor, at: datetime, **detail: Any) -> None:
    accounts.record(
        action=f"housing.draw.{what}", subject=f"housing/draw:{row.name}", by=by, at=at, detail=detail,
        organisation_id=row.announcement.project.organisation_id,
    )  # fmt: skip


@transaction.atomic
def commit(draw_id: int, position: int, commitment: str, *, by: Actor, at: datetime) -> None:
    """A party's commitment (SHA-256 of its secret), before the freeze; never replaced."""
    by.need("housing.manage")
    row = scope.draw(by, draw_id, lock=True)
    part = row.parts.filter(position=position, kind="secret").first()
    text = commitment.strip().lower()
    if row.state != "preparing" or part is None:
        raise DrawRefused("承诺须在名册冻结之前提交，且只有承诺揭示方需要")
    if part.commitment:
        raise DrawRefused(f"{part.party} 已提交承诺，不能更换")
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise DrawRefused("承诺应为 64 位十六进制的 SHA-256 摘要", {"commitment": "应为 64 位十六进制"})
    part.commitment, part.committed_at = text, at
    part.save()
    _record("committed", row, by, at, party=part.party, commitment=text)


def _rules(row: models.Draw) -> drawing.DrawRules:
    assert row.frozen_at is not None
    assert row.reveal_until is not None
    rounds = tuple(
        drawing.RoundRules(r["round"], tuple(drawing.Quota(g, int(n)) for g, n in r["quotas"]), tuple(r["priority"]))
        for r in row.rounds
    )
    return drawing.DrawRules(
        row.name, rounds, drawing.Ceremony(row.frozen_at, row.reveal_until, row.least_contributions)
    )


@transaction.atomic
def freeze(draw_id: int, *, reveal_minutes: int, by: Actor, at: datetime) -> dict[str, Any]:
    """Freeze the list of families with a paid deposit and publish its digests, before any secret is revealed.

    Returns the digests (SHA-256 and SM3 of list and rules). Every secret party must have committed.
    """
    by.need("housing.manage")
    row = scope.draw(by, draw_id, lock=True)
    if row.state != "preparing":
        raise DrawRefused("名册已经冻结，或本次摇号已作废")
    if waiting := list(row.parts.filter(kind="secret", commitment="").values_list("party", flat=True)):
        raise DrawRefused(f"以下各方尚未提交承诺：{'、'.join(waiting)}")
    if not 1 <= reveal_minutes <= 60 * 24 * 14:
        raise DrawRefused("揭示时限应在 1 分钟到 14 天之间")
    families = list(
        models.Application.objects.filter(announcement_id=row.announcement_id, state=_S.DEPOSIT_PAID).order_by(
            "pool_no"
        )
    )
    if not families:
        raise DrawRefused("没有已缴定金的家庭，不能冻结名册")
    row.frozen_at = at.astimezone(PARK_ZONE)
    row.reveal_until = row.frozen_at + timedelta(minutes=reveal_minutes)
    listed = packages.list_bytes([drawing.Applicant(f.number, tuple(f.groups)) for f in families])
    ruled = packages.rules_bytes(_rules(row))
    row.list_csv, row.rules_json = listed.decode(), ruled.decode()
    row.frozen = json.loads(packages.frozen_bytes(listed, ruled))
    row.listed, row.state = len(families), "frozen"
    row.save()
    _record("frozen", row, by, at, families=len(families), digests=row.frozen)
    return dict(row.frozen)


@transaction.atomic
def reveal(draw_id: int, position: int, value: str, *, by: Actor, at: datetime) -> None:
    """A revealed secret, the dice, or the public number, as it came; judged when the draw is run. Never replaced."""
    by.need("housing.manage")
    row = scope.draw(by, draw_id, lock=True)
    part = row.parts.filter(position=position).first()
    if row.state != "frozen" or part is None:
        raise DrawRefused("揭示须在名册冻结之后、摇号之前")
    if part.value:
        raise DrawRefused(f"{part.party} 已登记，不能更换")
    assert row.reveal_until is not None
    text = value.strip().lower().replace(" ", "")
    if not text or len(text) > 200 or set(text) - set("0123456789abcdef"):
        raise DrawRefused("应为数字（揭示值为小写十六进制），不超过 200 位", {"value": "应为数字或十六进制"})
    if part.kind != "secret" and at <= row.reveal_until:
        raise DrawRefused(f"骰子与公共数字须在揭示截止（{row.reveal_until.isoformat(timespec='minutes')}）之后产生")
    part.value, part.revealed_at = text, at
    part.save()
    _record("revealed", row, by, at, party=part.party, kind=part.kind, value=text)


def contributions(row: models.Draw) -> list[drawing.Contribution]:
    return [
        drawing.Contribution(
            p.party, drawing.ContributionKind(p.kind), p.commitment, p.committed_at, p.value, p.revealed_at
        )
        for p in row.parts.all()
    ]


def judged(row: models.Draw) -> list[drawing.seed.Judged]:
    """Which contributions count and why others do not; empty before the freeze."""
    if row.frozen_at is None:
        return []
    return drawing.seed.judge(contributions(row), _rules(row).ceremony)


@transaction.atomic
def run(draw_id: int, *, by: Actor, at: datetime) -> str:
    """Make the seed, rank every family, store ranks and package, once. Returns the package's SHA-256.

    Raises DrawRefused; with too few valid contributions the draw must be voided, nobody chooses a substitute.
    """
    by.need("housing.manage")
    row = scope.draw(by, draw_id, lock=True)
    if row.state != "frozen":
        raise DrawRefused("须先冻结名册；每批只摇一次，重摇须先公开作废")
    assert row.reveal_until is not None
    if at <= row.reveal_until:
        raise DrawRefused("揭示时限未到，不能摇号")
    applicants = packages.parse_list(row.list_csv.encode())
    try:
        # the frozen text is the truth: a time read back from the database may be written in another zone
        rules = packages.parse_rules(row.rules_json.encode())
        files, results = drawing.draw(applicants, rules, contributions(row))
    except drawing.SeedNotPossible as fault:
        raise DrawRefused(str(fault)) from fault
    frozen = packages.frozen_bytes(row.list_csv.encode(), row.rules_json.encode())
    if files["frozen.json"] != frozen or json.loads(frozen) != row.frozen:
        raise DrawRefused("名册与冻结时公布的摘要不符，不能摇号；请作废并查明原因")
    if found := drawing.verify(files):
        raise DrawRefused(f"自检不符：{found[0].file} {found[0].what}")
    families = dict(models.Application.objects.filter(announcement_id=row.announcement_id).values_list("number", "pk"))
    models.DrawRank.objects.bulk_create(
        models.DrawRank(draw=row, round=name, place=r.place, application_id=families[r.number], score=r.score,
                        track=r.track)
        for name, ranks in results.items()
        for r in ranks
    )  # fmt: skip
    row.seed = files["seed.txt"].decode().strip()
    row.package = zipped(files)
    row.package_sha256 = drawing_sha256(row.package)
    row.state, row.drawn_at = "drawn", at
    row.save()
    _note_ranks(row, results, families, by, at)
    _record("run", row, by, at, seed=row.seed, package=row.package_sha256)
    return str(row.package_sha256)


def _note_ranks(row: models.Draw, results: Any, families: dict[str, int], by: Actor, at: datetime) -> None:
    places: dict[str, dict[str, Any]] = {}
    for name, ranks in results.items():
        for r in ranks:
            places.setdefault(r.number, {})[name] = {"place": r.place, "track": r.track}
    for number, found in places.items():
        case.event(
            f"application:{families[number]}", action="ranked", title=f"摇号顺位（{row.name}）", by=by, at=at,
            article="第二十六条(五)", detail={"draw": row.name, "rounds": found},
        )  # fmt: skip


def drawing_sha256(content: bytes) -> str:
    from greenpark.engines.drawing.digests import sha256_hex

    return sha256_hex(content)


def zipped(files: dict[str, bytes]) -> bytes:
    """The published zip, the same bytes for the same files, with the verifier inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "verify_draw.py": VERIFIER.read_bytes()}.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 4, 1, 0, 0, 0)), content)
    return out.getvalue()


@transaction.atomic
def void(draw_id: int, *, reason: str, document: str, by: Actor, at: datetime) -> None:
    """A public void record; only then a further draw may be prepared. Not once a family is called to the selection."""
    by.need("housing.accept")
    row = scope.draw(by, draw_id, lock=True)
    if row.state == "void":
        raise DrawRefused("本次摇号已经作废")
    if len(reason.strip()) < 6 or len(document.strip()) < 4:
        raise DrawRefused("作废须写明理由与公告文号，并向社会公布")
    called = models.Application.objects.filter(announcement_id=row.announcement_id, ranks__draw=row)
    if row.state == "drawn" and called.exclude(
        state__in=(_S.DEPOSIT_PAID, _S.WITHDRAWN, _S.EXITED)
    ).exists():  # fmt: skip
        raise DrawRefused("已有家庭进入选房，摇号结果不能作废；争议请按异议或司法途径处理")
    row.state, row.live_key = "void", None
    row.void_reason, row.void_document, row.void_at, row.void_by = reason.strip(), document.strip(), at, by.name
    row.save()
    _record("void", row, by, at, reason=row.void_reason, document=row.void_document)
