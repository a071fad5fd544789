"""The dossier of a home as a package: chains, documents' digests, a manifest that seals them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.db import transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import models
from greenpark.domains.housing.rules import chain
from greenpark.domains.housing.selectors import cases, dossiers, scope

_README = """一房一档导出包

home.json            房源、产权与回购
chains/*.json        房源与各申请家庭的办理经过，逐条相接
documents.csv        材料目录与摘要（不含材料本身）
manifest.json        各文件的 SHA-256 与 SM3，以及各链的末条摘要

复核：对每条记录，取 subject、seq、at_us、actor_kind、actor_id、actor_name、action、title、origin、target、opinion、
article、rule_version、deadline、detail 组成键名排序、无空格的 JSON，前接上一条摘要与换行，求 SM3，应等于 hash；
第一条的上一条摘要为 64 个 0。个人信息均已脱敏。
"""


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def _home(row: models.Home) -> dict[str, Any]:
    shown = ("name", "tail")
    return {
        "code": row.code, "project": row.project.name, "area_m2": str(row.area_m2), "state": row.state,
        "ownerships": [
            {"kind": o.kind, "since": o.since, "until": o.until, "document": o.document,
             "holders": [{k: h[k] for k in shown} for h in o.holders], "closed_circulation": o.closed_circulation}
            for o in row.ownerships.all()
        ],
        "buybacks": [
            {"requested_at": b.requested_at, "state": b.state, "checks": b.checks, "price": b.price,
             "working": b.working, "parameters": b.parameters_version}
            for b in row.buybacks.all()
        ],
        "exits": [{"case": x.case, "reason": x.reason, "state": x.state} for x in row.exits.all()],
    }  # fmt: skip


@transaction.atomic
def export(home_id: int, *, by: Actor, at: datetime) -> bytes:
    """A zip with a manifest (SHA-256 and SM3 of each file). Masked throughout; audited. Needs housing.export."""
    by.need("housing.export")
    row = scope.home(by, home_id)
    files: dict[str, bytes] = {"README.txt": _README.encode(), "home.json": _pretty(_home(row))}
    heads = {}
    documents = ["application,kind,name,size,sha256,sm3"]
    for subject, _words in dossiers.subjects(by, home_id):
        files[f"chains/{subject.replace(':', '-')}.json"] = _pretty(cases.raw_events(subject))
        heads[subject] = cases.verify(subject).head
        kind, _, key = subject.partition(":")
        if kind == "application":
            for d in models.Document.objects.filter(application_id=int(key)).select_related("application"):
                documents.append(f"{d.application.number},{d.kind},材料 {d.pk},{d.size},{d.sha256},{d.sm3}")
    files["documents.csv"] = ("﻿" + "\n".join(documents) + "\n").encode()
    manifest = {
        "home": row.code, "exported_at": at.isoformat(), "exported_by": by.name, "heads": heads,
        "files": {n: {"sha256": chain.sha256(c), "sm3": chain.sm3(c), "size": len(c)} for n, c in files.items()},
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "manifest.json": _pretty(manifest)}.items():
            archive.writestr(name, content)
    accounts.record(
        action="housing.dossier.exported", subject=f"housing/home:{home_id}", by=by, at=at,
        detail={"home": row.code, "heads": heads}, organisation_id=row.project.organisation_id,
    )  # fmt: skip
    return out.getvalue()
