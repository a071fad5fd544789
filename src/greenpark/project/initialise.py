"""``greenpark init``: a new installation, ready to serve. Again, it adds what is missing and changes nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.accounts.rules import check_password
from greenpark.domains.carbon import facade as carbon
from greenpark.domains.planning import facade as planning
from greenpark.domains.registry import facade as registry
from greenpark.project.gateway_file import EXAMPLE

#: The first people; further ones are made by the system administrator on the page 用户.
FIRST_ROLES = ("system-admin", "security-admin", "audit-admin")


def run(region: Path, standards: Path, admin: str, password: str, *, now: datetime) -> Iterator[str]:
    """Do it, saying what was done. Raises ValueError (weak password, broken pack) before anything else is written."""
    check_password(password, username=admin)
    registry.read_region(region)
    planning.read_plan(region)
    var = Path(settings.VAR)
    var.mkdir(parents=True, exist_ok=True)
    key = var / "secret-key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(50), encoding="utf-8")
        key.chmod(0o600)
        yield f"已生成密钥 {key}"
    call_command("migrate", verbosity=0)
    yield "数据库已就绪"
    report = registry.load_region(region, by=SYSTEM, at=now)
    planning.load_plan(region, by=SYSTEM, at=now)
    carbon.load_factors(standards, at=now)
    yield f"已载入地区包 {report.pack} {report.edition} 与标准包"
    gateways = var / "gateways.toml"
    if not gateways.exists():
        gateways.write_text(EXAMPLE, encoding="utf-8")
        yield f"已写入网关配置 {gateways}"
    yield from _people(admin, password, now)


def _people(admin: str, password: str, now: datetime) -> Iterator[str]:
    """Three administrators, never one person: system, security, audit. The first password is changed at sign-in."""
    root = next(o for o in accounts.organisations() if o.parent_id is None)
    for role in FIRST_ROLES:
        name = admin if role == "system-admin" else f"{admin}-{role.split('-')[0]}"
        try:
            person = accounts.create_person(
                username=name, name=name, organisation_id=root.id, password=password, by=SYSTEM, at=now
            )
        except accounts.AccountTaken:
            yield f"用户 {name} 已存在，未改动"
            continue
        accounts.assign_role(person, role, by=SYSTEM, at=now)
        yield f"已建用户 {name}，首次登录须改密码"
