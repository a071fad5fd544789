"""What can be done to a project, a home, a draw."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import facade
from greenpark.domains.housing.contracts import AnnouncementDraft, HomeRow, PersonDraft, Refused
from greenpark.domains.housing.ui.common import Act, Input, Posted

MANAGE, ACCEPT, FUND, APPLY = "housing.manage", "housing.accept", "housing.fund", "housing.apply"
DOCUMENT = Input("document", "凭证或文书编号")
REASON = Input("reason", "理由", "area")
ON = Input("on", "日期", "date")


def _home_rows(lines: list[str]) -> list[HomeRow]:
    """«房号,楼栋,单元,楼层,室号,面积,户型,例外理由» a line."""
    rows = []
    for n, line in enumerate(lines, start=1):
        cells = [c.strip() for c in line.replace("，", ",").split(",")]
        cells += [""] * (8 - len(cells))
        try:
            rows.append(
                HomeRow(cells[0], cells[1], cells[2], int(cells[3]), cells[4], Decimal(cells[5]), cells[6], cells[7])
            )
        except (ValueError, InvalidOperation):
            raise Refused(f"第 {n} 行「{line[:40]}」：楼层应为整数，面积应为数") from None
    if not rows:
        raise Refused("请至少填写一套房源")
    return rows


def _homes(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    made = facade.supply_services.add_homes(project, _home_rows(d.lines("rows")), by=by, at=at)
    return f"已登记 {len(made)} 套房源"


def _propose(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    parts = facade.CostParts(d.money("land"), d.money("construction"), d.money("other"), d.money("profit"))
    row = facade.prices.propose(project, parts, by=by, at=at, other_items=d.text("other_items"))
    return f"拟配售价格 {row.proposed_per_m2} 元/m²：{row.working}"


def _publish(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    facade.prices.publish(project, d.number("version"), on=d.day("on"), by=by, at=at)
    return "已公布拟配售价格"


def _approve(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    facade.prices.approve(
        project,
        d.number("version"),
        per_m2=d.money("per_m2"),
        document=d.text("document"),
        on=d.day("on"),
        by=by,
        at=at,
    )
    return "已登记政府核定价格"


def _release(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    return f"已上架 {facade.supply_services.release_homes(project, by=by, at=at)} 套"


def _property(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    facade.supply_services.save_property_contract(
        project,
        firm=d.text("firm"),
        number=d.text("number"),
        since=d.day("since"),
        until=d.day_or_none("until"),
        fee=d.money("fee"),
        document=d.text("document"),
        by=by,
        at=at,
    )
    return "已登记物业服务合同"


def _announce(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    draft = AnnouncementDraft(
        project,
        d.text("title"),
        d.text("basics"),
        d.money("average_price"),
        d.day("register_from"),
        d.day("register_until"),
        d.text("place"),
        d.text("mode"),
        supplement_days=d.number("supplement_days") if d.text("supplement_days") else None,
    )
    made = facade.announcements.save(draft, by=by, at=at)
    if d.flag("publish"):
        facade.announcements.publish(made, by=by, at=at)
        return "公告已发布，登记期内可以申请"
    return "公告已存为草稿"


def _book(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    amount = d.money("amount")
    if d.text("direction") == "out":
        amount = -amount
    row = facade.funds.book(
        project,
        kind=d.text("kind"),
        purpose=d.text("purpose"),
        amount=amount,
        on=d.day("on"),
        document=d.text("document"),
        counterparty=d.text("counterparty"),
        by=by,
        at=at,
    )
    return f"第 {row.seq} 条已记账"


def _reverse(by: Actor, at: datetime, project: Any, d: Posted) -> str:
    facade.funds.reverse(
        project, d.number("seq"), reason=d.text("reason"), on=d.day("on"), document=d.text("document"), by=by, at=at
    )
    return f"第 {d.number('seq')} 条已冲正"


_HOMES_HELP = "每行一套：房号,楼栋,单元,楼层,室号,建筑面积,户型,例外理由（新建房源不在 60—100 m² 时必填）"
_PURPOSES = tuple((p, p) for p in (*facade.PURPOSES_IN, *facade.PURPOSES_OUT))
_VERSION = Input("version", "价格版本", "number")

PROJECT_ACTS: tuple[Act, ...] = (
    Act("homes", "登记房源", MANAGE, _homes, (), (Input("rows", "房源", "area", help=_HOMES_HELP),)),
    Act(
        "propose",
        "测算价格",
        MANAGE,
        _propose,
        (),
        (
            Input("land", "土地成本（元）", "money"),
            Input("construction", "建安成本（元）", "money"),
            Input("other", "相关成本（元）", "money", initial="0"),
            Input("other_items", "相关成本构成", required=False),
            Input("profit", "利润（元）", "money", initial="0"),
        ),
        "利润不超过 5%（第二十五条），计算基数见参数。",
    ),
    Act("publish-price", "公布拟配售价格", MANAGE, _publish, (), (_VERSION, ON)),
    Act(
        "approve-price",
        "登记核定价格",
        ACCEPT,
        _approve,
        (),
        (_VERSION, Input("per_m2", "核定单价（元/m²）", "money"), Input("document", "核定文号"), ON),
        "配售价格以政府核定为准（第二十五条）。",
    ),
    Act("release", "上架房源", MANAGE, _release, (), (), "筹建房源全部转为可选。"),
    Act(
        "announce",
        "发布公告",
        MANAGE,
        _announce,
        (),
        (
            Input("title", "标题"),
            Input("basics", "项目基本情况", "area"),
            Input("average_price", "配售均价（元/m²）", "money"),
            Input("register_from", "登记开始", "date"),
            Input("register_until", "登记截止", "date"),
            Input("place", "登记地点"),
            Input("mode", "方式", "select", choices=tuple(facade.MODES.items())),
            Input("supplement_days", "补录期限（工作日）", "number", False, help="办法未规定，可不填"),
            Input("publish", "立即发布", "check", False),
        ),
        "一项目一登记一供应（第二十六条）；发布后内容不能再改。",
    ),
    Act(
        "property",
        "物业服务合同",
        MANAGE,
        _property,
        (),
        (
            Input("firm", "物业服务企业"),
            Input("number", "合同编号"),
            Input("since", "起", "date"),
            Input("until", "止", "date", False),
            Input("fee", "收费（元/m²·月）", "money"),
            DOCUMENT,
        ),
    ),
)

FUND_ACTS: tuple[Act, ...] = (
    Act(
        "book",
        "记账",
        FUND,
        _book,
        (),
        (
            Input("direction", "方向", "select", choices=(("in", "收入"), ("out", "支出"))),
            Input("kind", "资金类别", "select", choices=tuple(facade.FUND_KINDS.items())),
            Input("purpose", "用途", "select", choices=_PURPOSES),
            Input("amount", "金额（元）", "money"),
            Input("counterparty", "对方", required=False),
            DOCUMENT,
            ON,
        ),
        "封闭管理，专款专用（第十一条）；记账后只能冲正，不能修改。",
    ),
    Act(
        "reverse",
        "冲正",
        FUND,
        _reverse,
        (),
        (Input("seq", "分录序号", "number"), REASON, DOCUMENT, ON),
        "以相反分录冲销，原分录保留。",
        True,
    ),
)


def _heirs(d: Posted) -> list[PersonDraft]:
    return [PersonDraft("heir", d.text("name"), d.text("identity_number"))]


def _inherit(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.inherit(home, _heirs(d), document=d.text("document"), by=by, at=at)
    return "已登记继承，封闭管理不变"


def _divorce(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.divorce(home, keeps=d.text("keeps"), document=d.text("document"), by=by, at=at)
    return "已登记离异变更，退出一方可另行申请"


def _request(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.request_buyback(home, by=by, at=at)
    return "已登记回购申请"


def _cancel(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.cancel_buyback(home, by=by, at=at)
    return "已撤回回购申请"


def _inspect(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    words: dict[str, bool | None] = {"yes": True, "no": False}
    found = facade.owned.inspect(
        home, {k: words.get(d.text(k)) for k in facade.BUYBACK_CHECKS}, by=by, at=at, opinion=d.text("opinion")
    )
    return "查验通过" if found.passed else f"查验未通过：{'；'.join(found.failed)}"


def _price(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    return f"回购价格 {facade.owned.price_buyback(home, on=d.day('on'), by=by, at=at)} 元"


def _settle(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    paid = facade.owned.settle_buyback(home, document=d.text("document"), on=d.day("on"), by=by, at=at)
    return f"已回购，支付 {paid} 元"


def _again(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.sell_again(home, by=by, at=at)
    return "已再次上架配售"


def _drop(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.supply_services.drop_home(home, reason=d.text("reason"), by=by, at=at)
    return "已调出计划"


def _open_exit(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.open_exit(
        home, number_of_case=d.number("case"), reason=d.text("reason"), evidence=d.text("evidence"), by=by, at=at
    )
    return "已立为退出认定"


def _close_exit(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.close_exit(home, reason=d.text("reason"), by=by, at=at)
    return "退出情形不成立"


def _refer(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.refer(home, reason=d.text("reason"), document=d.text("document"), by=by, at=at)
    return "已登记司法协助申请"


def _vacated(by: Actor, at: datetime, home: Any, d: Posted) -> str:
    facade.owned.vacated(home, document=d.text("document"), by=by, at=at)
    return "已腾退，待回购结算"


_CHECKS = tuple(
    Input(k, f"{what}（{article}）", "select", choices=(("", "未查"), ("yes", "符合"), ("no", "不符合")))
    for k, (what, article) in facade.BUYBACK_CHECKS.items()
)
HOME_ACTS: tuple[Act, ...] = (
    Act(
        "inherit",
        "登记继承",
        ACCEPT,
        _inherit,
        ("owned",),
        (Input("name", "继承人姓名"), Input("identity_number", "继承人身份证号", help="加密保存"), DOCUMENT),
        "产权变更，封闭管理不变（第二十九条）。",
    ),
    Act(
        "divorce",
        "登记离异变更",
        ACCEPT,
        _divorce,
        ("owned",),
        (
            Input("keeps", "住房归", "select", choices=(("applicant", "申请人"), ("spouse", "配偶"), ("both", "双方"))),
            DOCUMENT,
        ),
        "按协议或判决书办理（第三十条）。",
    ),
    Act(
        "open-exit",
        "退出认定",
        ACCEPT,
        _open_exit,
        ("owned",),
        (
            Input("case", "情形", "select", choices=tuple((str(n), facade.EXIT_CASES[n]) for n in (2, 3, 4, 6))),
            REASON,
            Input("evidence", "证据"),
        ),
        "第三十一条；后果办法未规定，由人决定（A17）。",
        True,
    ),
    Act("close-exit", "退出情形不成立", ACCEPT, _close_exit, ("exit_case",), (REASON,)),
    Act("request", "申请回购", MANAGE, _request, ("owned",), (), "由权利人主动提出（第二十七条）。"),
    Act("cancel", "撤回回购申请", MANAGE, _cancel, ("buyback_requested",)),
    Act(
        "inspect",
        "查验",
        MANAGE,
        _inspect,
        ("buyback_requested", "exit_case"),
        (*_CHECKS, Input("opinion", "查验意见", "area", False)),
        "四项条件全部符合才能回购（第二十八条）。",
    ),
    Act("price", "测算回购价格", MANAGE, _price, ("buyback_inspected",), (ON,), "原购买价格结合折旧（第二十七条）。"),
    Act(
        "settle",
        "回购结算",
        MANAGE,
        _settle,
        ("buyback_inspected",),
        (DOCUMENT, ON),
        "从封闭资金账支付，产权回收。",
        True,
    ),
    Act(
        "refer",
        "申请司法协助",
        MANAGE,
        _refer,
        ("exit_case", "buyback_inspected"),
        (REASON, DOCUMENT),
        "逾期未腾退（第二十八条）。",
        True,
    ),
    Act("vacated", "腾退完成", MANAGE, _vacated, ("court",), (DOCUMENT,)),
    Act("again", "再次配售", MANAGE, _again, ("bought_back",), (), "只面向符合条件的家庭。"),
    Act("drop", "调出计划", ACCEPT, _drop, ("planned",), (REASON,), "该房源不再配售。", True),
)


def _commit(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    facade.draws.commit(draw, d.number("position"), d.text("commitment"), by=by, at=at)
    return "已登记承诺"


def _freeze(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    found = facade.draws.freeze(draw, reveal_minutes=d.number("reveal_minutes"), by=by, at=at)
    return f"名册已冻结并公布摘要：SHA-256 {found['list.csv']['sha256'][:16]}…"


def _reveal(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    facade.draws.reveal(draw, d.number("position"), d.text("value"), by=by, at=at)
    return "已登记"


def _run(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    return f"摇号完成，结果包 SHA-256 {facade.draws.run(draw, by=by, at=at)[:16]}…"


def _void(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    facade.draws.void(draw, reason=d.text("reason"), document=d.text("document"), by=by, at=at)
    return "已作废并留存公开记录"


def _call(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    return f"已通知 {len(facade.selection.call(draw, d.number('count'), by=by, at=at))} 户入围选房"


def _slots(by: Actor, at: datetime, draw: Any, d: Posted) -> str:
    facade.selection.make_slots(
        draw,
        start=d.moment("start"),
        count=d.number("count"),
        minutes=d.number("minutes"),
        capacity=d.number("capacity"),
        place=d.text("place"),
        by=by,
        at=at,
    )
    return "已安排选房时段"


_POSITION = Input("position", "贡献方序号（自 0 起）", "number")
DRAW_ACTS: tuple[Act, ...] = (
    Act(
        "commit",
        "登记承诺",
        MANAGE,
        _commit,
        ("preparing",),
        (_POSITION, Input("commitment", "承诺（SHA-256）", help="64 位十六进制；秘密本身此时不得出示")),
    ),
    Act(
        "freeze",
        "冻结名册",
        MANAGE,
        _freeze,
        ("preparing",),
        (Input("reveal_minutes", "揭示时限（分钟）", "number", initial="30"),),
        "冻结已缴定金家庭的名册与规则，公布 SHA-256 与 SM3 摘要；此后名册不能再变。",
        True,
    ),
    Act("reveal", "登记揭示、骰子或公共数字", MANAGE, _reveal, ("frozen",), (_POSITION, Input("value", "值"))),
    Act("run", "摇号", MANAGE, _run, ("frozen",), (), "由各方贡献生成种子并排定全部顺位，只能进行一次。", True),
    Act(
        "void",
        "公开作废",
        ACCEPT,
        _void,
        ("preparing", "frozen", "drawn"),
        (REASON, Input("document", "公告文号")),
        "作废记录永久公开；之后才能重新摇号。",
        True,
    ),
    Act("call", "通知入围", MANAGE, _call, ("drawn",), (Input("count", "户数", "number"),), "按顺位依次通知。"),
    Act(
        "slots",
        "安排时段",
        MANAGE,
        _slots,
        ("drawn",),
        (
            Input("start", "开始", "datetime"),
            Input("count", "段数", "number"),
            Input("minutes", "每段分钟", "number", initial="30"),
            Input("capacity", "每段户数", "number"),
            Input("place", "地点"),
        ),
    ),
)
