"""Decisions of this domain without a database: roles, exclusions, passwords, the hash chain of the audit trail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from cryptography.hazmat.primitives import hashes


class ScopeKind(StrEnum):
    """How a role reaches data; resolved to organisation ids when somebody signs in."""

    EVERYTHING = "everything"
    SUBTREE = "subtree"
    OWN = "own"
    CUSTOM = "custom"
    SELF = "self"


SCOPE_NAMES: dict[str, str] = {
    ScopeKind.EVERYTHING: "全部",
    ScopeKind.SUBTREE: "本部门及以下",
    ScopeKind.OWN: "本部门",
    ScopeKind.CUSTOM: "自定",
    ScopeKind.SELF: "仅本人",
}


@dataclass(frozen=True, slots=True)
class Role:
    """A row of the table of roles."""

    code: str
    name: str
    description: str
    patterns: tuple[str, ...]
    """Permission names or shell patterns over them."""
    scope: ScopeKind
    """Offered first when the role is given to somebody."""
    excludes: tuple[str, ...] = ()
    """Roles that the same person cannot hold."""


_THREE = ("system-admin", "security-admin", "audit-admin")

#: 三员分立 after GB/T 22239-2019 8.1.5: nobody administers the system, its rights and its records at once.
ROLES: tuple[Role, ...] = (
    Role(
        "duty-officer",
        "园区值班员",
        "看园区现在的能、碳、环状况，先处理哪条预警",
        ("registry.view", "telemetry.view", "telemetry.review", "carbon.view", "*.view"),
        ScopeKind.SUBTREE,
    ),
    Role(
        "carbon-manager",
        "碳管理员",
        "核对企业填报、月结台账、导出报表",
        (
            "*.view",
            "*.export",
            "carbon.*",
            "telemetry.review",
            "telemetry.report",
            "telemetry.correct",
            "registry.configure",
            "accounts.token",
        ),
        ScopeKind.SUBTREE,
    ),
    Role(
        "bureau-staff",
        "局办人员",
        "查看指标与台账，导出上报表格，提出核验意见",
        ("*.view", "*.export", "*.review"),
        ScopeKind.EVERYTHING,
    ),
    Role(
        "plan-coordinator",
        "规划统筹员",
        "盯指标、任务与项目：核验填报、审核进展、指定责任单位、确定文件未写明的参数",
        ("planning.*", "registry.view", "telemetry.view", "carbon.view"),
        ScopeKind.EVERYTHING,
    ),
    Role(
        "plan-reporter",
        "责任单位填报员",
        "填报本单位负责的指标值与任务、项目进展",
        ("planning.view", "planning.report", "planning.export"),
        ScopeKind.OWN,
    ),
    Role(
        "enterprise-manager",
        "企业能碳管理员",
        "填报本企业月度数据，查看本企业台账与监测点",
        (
            "registry.view",
            "telemetry.view",
            "carbon.view",
            "carbon.report",
            "carbon.export",
            "telemetry.export",
            "telemetry.report",
            "accounts.token",
        ),
        ScopeKind.OWN,
    ),
    Role(
        "auditor",
        "审计员",
        "只读查看全部数据，追溯任何一个数字",
        ("*.view", "*.export", "accounts.view", "accounts.audit"),
        ScopeKind.EVERYTHING,
    ),
    Role(
        "housing-officer",
        "住房审核员",
        "区住建局：受理申请、组织联审、认定资格、处理异议与退出",
        (
            "housing.view",
            "housing.export",
            "housing.apply",
            "housing.accept",
            "housing.configure",
            "housing.unmask",
            "housing.fund",
        ),
        ScopeKind.SUBTREE,
    ),
    Role(
        "housing-reviewer",
        "联审部门经办",
        "不动产登记、公安、民政、人社、税务：只看本部门核查所需的字段，填写核查结论",
        ("housing.verify",),
        ScopeKind.OWN,
    ),
    Role(
        "housing-manager",
        "项目管理单位",
        "公告、公示、定金、摇号、选房、签约、交房与回购",
        ("housing.view", "housing.export", "housing.apply", "housing.manage", "housing.fund"),
        ScopeKind.OWN,
    ),
    Role(
        "operator",
        "运维",
        "配置监测点与网关，处理拒收报文与导入",
        (
            "registry.*",
            "telemetry.*",
            "carbon.view",
            "carbon.configure",
            "accounts.token",
        ),
        ScopeKind.EVERYTHING,
    ),
    Role(
        "system-admin",
        "系统管理员",
        "管理组织、用户与 API 令牌，不授予角色，不看业务数据",
        ("accounts.view", "accounts.administer", "accounts.token", "*.administer"),
        ScopeKind.EVERYTHING,
        excludes=_THREE[1:],
    ),
    Role(
        "security-admin",
        "安全管理员",
        "授予和收回角色与数据范围",
        ("accounts.view", "accounts.authorise"),
        ScopeKind.EVERYTHING,
        excludes=(_THREE[0], _THREE[2]),
    ),
    Role(
        "audit-admin",
        "审计管理员",
        "查看、核验和导出审计日志",
        ("accounts.view", "accounts.audit", "accounts.export"),
        ScopeKind.EVERYTHING,
        excludes=_THREE[:2],
    ),
)

ROLE: dict[str, Role] = {role.code: role for role in ROLES}


class UnknownRole(ValueError):
    """No such role in the table."""


class RolesExclude(ValueError):
    """Two roles that one person cannot hold together."""


class WeakPassword(ValueError):
    """The password is too short or of too few classes; the message says which."""


def role(code: str) -> Role:
    """The row of a role. Raises UnknownRole."""
    try:
        return ROLE[code]
    except KeyError:
        raise UnknownRole(f"没有角色「{code}」；可选：{'、'.join(ROLE)}") from None


def expand(patterns: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """The known permissions that any pattern matches (shell patterns, case-sensitive)."""
    wanted = tuple(patterns)
    return frozenset(name for name in known if any(fnmatchcase(name, pattern) for pattern in wanted))


def permissions_of(roles: Iterable[str], known: Iterable[str]) -> frozenset[str]:
    """Permissions of somebody with these roles. Unknown role codes give nothing (fail closed).

    ``accounts.*`` permissions never come from a wildcard on the domain: ``*.view`` means the business domains.
    """
    names = tuple(known)
    given: set[str] = set()
    for code in roles:
        row = ROLE.get(code)
        if row is None:
            continue
        explicit = {p for p in row.patterns if p.startswith("accounts.")}
        given |= {n for n in expand(row.patterns, names) if not n.startswith("accounts.") or n in explicit}
    return frozenset(given)


def check_roles(codes: Iterable[str]) -> None:
    """Raise UnknownRole, or RolesExclude for two of the three administrators (三员) on one person."""
    held = set(codes)
    for code in held:
        clash = held.intersection(role(code).excludes)
        if clash:
            other = role(sorted(clash)[0])
            raise RolesExclude(f"「{role(code).name}」与「{other.name}」不能由同一人担任（三员分立），请先收回其中之一")


_CLASSES = (("小写字母", r"[a-z]"), ("大写字母", r"[A-Z]"), ("数字", r"\d"), ("符号", r"[^A-Za-z0-9]"))
MIN_PASSWORD = 10


def check_password(password: str, *, username: str = "") -> None:
    """Raise WeakPassword unless ≥ 10 characters, 3 of 4 classes, and not built on the account's name."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(f"密码至少 {MIN_PASSWORD} 位，现为 {len(password)} 位")
    have = [name for name, pattern in _CLASSES if re.search(pattern, password)]
    if len(have) < 3:
        raise WeakPassword(f"密码须含小写字母、大写字母、数字、符号中的三类，现只有{'、'.join(have)}")
    if username and len(username) >= 3 and username.lower() in password.lower():
        raise WeakPassword("密码不能包含账号名")


# The audit chain. Format «gp-audit-1», described for outsiders in docs/reference/audit-trail.md.

GENESIS = "0" * 64
FIELDS = ("seq", "at_us", "actor_kind", "actor_id", "actor_name", "organisation_id", "action", "subject", "detail")


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces, UTF-8 text unescaped. Raises ValueError for NaN and TypeError for odd types."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def chain_hash(previous: str, event: dict[str, Any]) -> str:
    """SM3 (GB/T 32905-2016) of ``previous`` (hex text), a line feed, and the canonical JSON of the event's FIELDS."""
    body = canonical({name: event[name] for name in FIELDS})
    digest = hashes.Hash(hashes.SM3())
    digest.update(previous.encode("ascii") + b"\n" + body.encode("utf-8"))
    return digest.finalize().hex()


def token_digest(secret: str) -> str:
    """SM3 of an API token, hex. A token has 256 random bits, so a plain digest needs no salt and no stretching."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(secret.encode("utf-8"))
    return digest.finalize().hex()
