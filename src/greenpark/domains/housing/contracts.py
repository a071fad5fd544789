"""What may cross the border of the housing domain. Plain values, no Django. Money is Decimal yuan, areas m²."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from greenpark.domains.accounts.contracts import Actor, OutOfScope

PERMISSIONS: dict[str, str] = {
    "housing.view": "查看配售型住房项目、房源与脱敏后的申请",
    "housing.export": "导出名单、核查表与一房一档（脱敏）",
    "housing.apply": "在窗口代申请家庭录入与提交",
    "housing.accept": "受理、补录、资格认定、退出认定（区住建局）",
    "housing.verify": "填写本部门的联审结论",
    "housing.manage": "公告、公示、定金、摇号、选房、签约、交房、回购（项目管理单位）",
    "housing.fund": "登记封闭资金收支",
    "housing.configure": "登记办法未作规定事项的决定（参数）",
    "housing.unmask": "写明用途后显示个人信息",
}

#: Words for the audit trail.
ACTIONS: dict[str, str] = {
    "housing.project.saved": "登记配售项目",
    "housing.demand.registered": "需求登记",
    "housing.plan.saved": "年度计划",
    "housing.homes.added": "登记房源",
    "housing.home.area-exception": "套型面积例外备案",
    "housing.price.proposed": "测算拟配售价格",
    "housing.price.published": "公布拟配售价格",
    "housing.price.approved": "登记政府核定价格",
    "housing.fund.booked": "封闭资金记账",
    "housing.fund.reversed": "封闭资金冲正",
    "housing.property-contract.saved": "物业服务合同",
    "housing.announcement.saved": "起草配售公告",
    "housing.announcement.published": "发布配售公告",
    "housing.application.started": "新建申请",
    "housing.application.saved": "保存申请",
    "housing.application.moved": "申请办理",
    "housing.application.batch": "批量办理申请",
    "housing.application.document": "上传申请材料",
    "housing.person.unmasked": "显示个人信息",
    "housing.review.sheet": "导出联审核查表",
    "housing.review.verdict": "联审结论",
    "housing.review.imported": "导入联审核查表",
    "housing.publicity.started": "开始公示",
    "housing.publicity.cleared": "公示期满",
    "housing.parameter.set": "登记参数决定",
    "housing.draw.prepared": "摇号准备",
    "housing.draw.committed": "摇号承诺",
    "housing.draw.frozen": "冻结摇号名册",
    "housing.draw.revealed": "摇号揭示",
    "housing.draw.run": "摇号",
    "housing.draw.void": "摇号作废",
    "housing.selection.slots": "选房时段",
    "housing.selection.booked": "预约选房",
    "housing.selection.absent": "记录未到场",
    "housing.home.moved": "房源办理",
    "housing.ownership.changed": "产权变更",
    "housing.payment.taken": "收款",
    "housing.payment.refunded": "退款",
    "housing.ban.set": "弃选禁申",
    "housing.dossier.exported": "导出一房一档",
    "housing.application.code": "重发查询码",
    "housing.document.issued": "开具文书",
    "housing.document.withdrawn": "撤销文书",
    "housing.template.saved": "更换文书模板",
}


class HousingError(ValueError):
    """What was asked cannot be done; the message says what, why and what next, in Chinese."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors: dict[str, str] = dict(errors or {})


class NotFound(OutOfScope):
    """No such thing, or not within the data scope; answered 404."""


class Refused(HousingError):
    """The present state, a missing input or a rule forbids it."""


class Duplicate(Refused):
    """A person already belongs to an active household, or is banned."""


class Diversion(Refused):
    """A payment out of the closed account for something it is not meant for (第十一条)."""


class HomeTaken(Refused):
    """Somebody else was faster, or the household has a home already."""


class DrawRefused(Refused):
    """The order of a draw was not kept: freeze, then reveal, then run, once."""


class Conflict(Refused):
    """Two sources contradict each other; a person decides."""


def resident(application_id: int) -> Actor:
    """The actor of a family in its own case; proves itself by number and query code (selectors.cases.enter)."""
    return Actor(application_id, "申请家庭", None, frozenset({"housing.own"}), kind="resident")


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A member as typed: identity number, name and phone in clear, only ever on the way in."""

    relation: str
    """applicant, spouse, child"""
    name: str
    identity_number: str
    phone: str = ""
    consent: bool = False
    """第二十二条(二): declared consent to the checks."""


@dataclass(frozen=True, slots=True)
class HomeDraft:
    """An own home as declared (第十八条(二), 第十九条)."""

    district: str
    area_m2: Decimal
    share: Decimal = Decimal(1)
    filed_contract_only: bool = False
    disposed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """Everything a family declares (第二十一条)."""

    people: tuple[PersonDraft, ...]
    married: bool
    hukou_district: str = ""
    lives_locally: bool | None = None
    rents_public: bool | None = None
    homes: tuple[HomeDraft, ...] = ()
    groups: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A new application. ``code`` is shown once and stored only as a keyed hash."""

    id: int
    number: str
    code: str


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    code: str
    name: str
    source: str
    """new, purchased, converted"""
    address: str = ""
    land: str = ""
    description: str = ""
    decision: str = ""
    """第十四条: for a conversion the decision that the homes qualify (A27)."""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class HomeRow:
    """A home of the supply register."""

    code: str
    building: str
    unit: str
    floor: int
    room: str
    area_m2: Decimal
    layout: str = ""
    exception: str = ""
    """Reason and document when a new home lies outside 60–100 m² (第十五条, A25)."""


@dataclass(frozen=True, slots=True)
class AnnouncementDraft:
    """第二十六条(一): basics, average price, registration time, place, mode."""

    project_id: int
    title: str
    basics: str
    average_price: Decimal
    register_from: date
    register_until: date
    place: str
    mode: str
    """online, offline, both"""
    groups: tuple[str, ...] = ("低收入住房困难家庭",)
    supplement_days: int | None = None
    """Working days to supplement; None: none stated (A07)."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A member, masked."""

    id: int
    relation: str
    relation_name: str
    name: str
    identity_number: str
    phone: str
    sex: str
    born: date
    consented: bool
    region_hint: str = ""


@dataclass(frozen=True, slots=True)
class CaseEventView:
    """One line of a case's chain."""

    seq: int
    at: datetime
    actor: str
    action: str
    title: str
    origin: str
    target: str
    opinion: str
    article: str
    rule_version: str
    deadline: Mapping[str, Any]
    detail: Mapping[str, Any]
    hash: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Result of recomputing a chain of case events."""

    events: int
    intact: bool
    head: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One bureau's part in the joint review."""

    id: int
    bureau: str
    bureau_name: str
    verdict: str
    verdict_name: str
    reason: str
    by: str
    at: datetime | None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """A case, masked: fit for every screen of the console."""

    id: int
    number: str
    announcement_id: int
    project_id: int
    project: str
    state: str
    state_name: str
    channel: str
    entered_by: str
    created_at: datetime
    submitted_at: datetime | None
    applicant: str
    applicant_tail: str
    persons: int
    married: bool
    hukou_district: str
    lives_locally: bool | None
    rents_public: bool | None
    groups: tuple[str, ...]
    homes: tuple[HomeDraft, ...]
    people: tuple[PersonView, ...]
    pool_no: int | None
    verdict: str
    verdict_name: str
    findings: tuple[Mapping[str, str], ...]
    warnings: tuple[Mapping[str, str], ...]
    supplement: tuple[str, ...]
    due: date | None
    due_rule: Mapping[str, Any]
    place: int | None
    home_id: int | None
    home: str
    demo: bool
    moves: tuple[tuple[str, str, bool], ...] = ()
    """name, title, reason needed: what is possible from this state."""
    reviews: tuple[ReviewView, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an imported check sheet did: rows taken and errors by cell; with errors nothing is taken."""

    taken: int
    unchanged: int
    errors: tuple[tuple[str, str], ...]
    workbook: bytes = b""
    """The same workbook with its errors marked."""
