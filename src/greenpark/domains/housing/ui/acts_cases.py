"""What can be done to an application, by whom, in which state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing import facade
from greenpark.domains.housing.ui.common import Act, Input, Posted

OPINION = Input("opinion", "意见", "area", required=False)
REASON = Input("reason", "理由", "area")
DOCUMENT = Input("document", "凭证或文书编号")
ON = Input("on", "日期", "date")

OFFICE, SALE, COUNTER = "housing.accept", "housing.manage", "housing.apply"


def _submit(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.applications.submit(number, pledge=d.flag("pledge"), by=by, at=at)
    return f"{number} 已提交"


def _attach(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    file = d.files.get("file")
    content = file.read() if file else b""
    kind = file.content_type if file else ""
    name = file.name if file else ""
    facade.applications.attach(number, kind=d.text("kind"), name=name, content=content, content_type=kind, by=by, at=at)
    return "已上传材料"


def _accept(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.review.accept(number, by=by, at=at, opinion=d.text("opinion"))
    return f"{number} 已受理，已转联审部门"


def _supplement(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    until = facade.review.ask_supplement(
        number, d.lines("items"), by=by, at=at, opinion=d.text("opinion"), until=d.day_or_none("until")
    )
    return f"已要求补录，{f'期限 {until}' if until else '未定期限'}"


def _not_accept(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.review.not_accept(number, article=d.text("article"), reason=d.text("reason"), by=by, at=at)
    return f"{number} 不予受理"


def _assess(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    words = {"eligible": "符合条件", "not_eligible": "不符合条件", "person_decides": "由人决定"}
    return f"判定：{words[facade.review.assess_case(number, by=by, at=at)]}"


def _conclude(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    state = facade.review.conclude(number, by=by, at=at, decision=d.text("decision"), reason=d.text("reason"))
    return "审核通过，已纳入轮候库" if state == "pooled" else "审核不通过"


def _withdraw(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.applications.withdraw(number, reason=d.text("reason"), by=by, at=at)
    return f"{number} 已退出，审核终止"


def _exit(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.owned.exit_application(
        number,
        number_of_case=d.number("case"),
        reason=d.text("reason"),
        by=by,
        at=at,
        clock_from=d.day_or_none("clock_from"),
    )
    return f"{number} 视为退出"


def _disqualify(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    until = facade.selection.disqualify(number, reason=d.text("reason"), by=by, at=at)
    return f"已取消准购资格，{until} 前不得再次申请"


def _rental(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.sales.note_rental(
        number, rents=d.flag("rents"), left_on=d.day_or_none("left_on"), document=d.text("document"), by=by, at=at
    )
    return "已登记公租房、保租房核对结果"


def _object(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.waiting.object_to(number, d.text("text"), contact=d.text("contact"), by=by, at=at)
    return "已登记异议"


def _clear(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.waiting.clear_one(number, by=by, at=at)
    return "公示无异议，已通知缴纳定金"


def _deposit(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.waiting.pay_deposit(
        number, amount=d.money("amount"), document=d.text("document"), on=d.day("on"), by=by, at=at
    )
    return "已登记认购定金"


def _absent(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.selection.note_absent(number, by=by, at=at)
    return "已记录未到场，由区住建局决定后续"


def _stay(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.selection.stay_waiting(number, by=by, at=at)
    return "继续轮候，顺位不变"


def _choose(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.selection.choose(
        number, d.number("home"), by=by, at=at, proxy=d.text("proxy"), proxy_document=d.text("proxy_document")
    )
    return "已选定住房"


def _contract(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    price = facade.sales.contract(number, contract_no=d.text("contract_no"), by=by, at=at)
    return f"已签约，总价 {price} 元"


def _pay(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    left = facade.sales.pay(
        number,
        amount=d.money("amount"),
        document=d.text("document"),
        on=d.day("on"),
        means=d.text("means"),
        by=by,
        at=at,
    )
    return f"已收款，尚欠 {left} 元"


def _hand_over(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    facade.sales.hand_over(number, document=d.text("document"), by=by, at=at)
    return "已交房"


def _refund(by: Actor, at: datetime, number: Any, d: Posted) -> str:
    back = facade.sales.refund(number, document=d.text("document"), on=d.day("on"), by=by, at=at)
    return f"已退款 {back} 元"


_KINDS = tuple((code, name) for code, (name, _a, _n) in facade.DOCUMENTS.items())
_RUNNING = (
    "pooled",
    "in_publicity",
    "objected",
    "deposit_due",
    "deposit_paid",
    "on_selection_list",
    "chosen",
    "contracted",
)
_ENDED = ("not_accepted", "refused", "withdrawn", "disqualified", "exited")

ACTS: tuple[Act, ...] = (
    Act(
        "attach",
        "上传材料",
        COUNTER,
        _attach,
        ("draft", "supplement", "submitted"),
        (
            Input("kind", "材料类别", "select", choices=_KINDS),
            Input("file", "文件", "file", help="PDF、JPG、PNG，最大 10 MB"),
        ),
        "文件加密保存，只有显示个人信息的权限可以打开。",
    ),
    Act(
        "submit",
        "提交",
        COUNTER,
        _submit,
        ("draft", "supplement"),
        (Input("pledge", "申请家庭承诺全部信息和材料真实有效", "check"),),
        "提交后内容不能再改，直到要求补录。",
    ),
    Act("accept", "受理", OFFICE, _accept, ("submitted",), (OPINION,), "转各联审部门核查（第二十三条）。"),
    Act(
        "supplement",
        "要求补录",
        OFFICE,
        _supplement,
        ("submitted",),
        (
            Input("items", "补录材料（每行一项）", "area"),
            Input("until", "期限", "date", False, help="不填则按公告的工作日数"),
            OPINION,
        ),
        "申请家庭将看到补录清单与期限（第二十三条）。",
    ),
    Act(
        "not-accept",
        "不予受理",
        OFFICE,
        _not_accept,
        ("submitted",),
        (Input("article", "不符合的条款", help="如：第十八条(一)"), REASON),
        "申请终止，并告知理由（第二十三条）。",
        True,
    ),
    Act("assess", "按规则判定", OFFICE, _assess, ("under_review",), (), "用各部门核查结果逐条判定。"),
    Act(
        "conclude",
        "办结审核",
        OFFICE,
        _conclude,
        ("under_review",),
        (
            Input(
                "decision",
                "由人决定时的结论",
                "select",
                False,
                (("", "按规则"), ("qualify", "通过"), ("refuse", "不通过")),
            ),
            Input("reason", "由人决定的理由", "area", False),
        ),
        "通过的纳入轮候库；不通过的告知并说明理由（第二十六条(三)）。",
    ),
    Act(
        "disqualify",
        "取消准购资格",
        OFFICE,
        _disqualify,
        ("on_selection_list",),
        (REASON,),
        "取消资格，1 年内不得再次申请（第三十二条）。",
        True,
    ),
    Act(
        "rental",
        "核对公租房",
        OFFICE,
        _rental,
        ("chosen", "contracted"),
        (
            Input("rents", "正在享受公租房或保租房", "check", False),
            Input("left_on", "退出日期", "date", False),
            DOCUMENT,
        ),
        "进户前须退出（第二十条）。",
    ),
    Act(
        "exit",
        "视为退出",
        OFFICE,
        _exit,
        _RUNNING,
        (
            Input("case", "情形", "select", choices=tuple((str(n), facade.EXIT_CASES[n]) for n in (1, 2, 6))),
            REASON,
            Input("clock_from", "2 年期限起算日（参数未定时由人确认）", "date", False),
        ),
        "资格终止，不适用 1 年禁申（第三十一条）。",
        True,
    ),
    Act(
        "object",
        "登记异议",
        SALE,
        _object,
        ("in_publicity", "objected"),
        (Input("text", "异议内容", "area"), Input("contact", "异议人联系方式", required=False, help="加密保存")),
        "由区住建局逐件决定。",
    ),
    Act("clear", "公示无异议", SALE, _clear, ("in_publicity",), (), "通知缴纳认购定金（第二十六条(四)）。"),
    Act(
        "deposit",
        "收认购定金",
        SALE,
        _deposit,
        ("deposit_due",),
        (Input("amount", "金额（元）", "money"), DOCUMENT, ON),
        "记入封闭资金账，可直接冲抵房款（第二十六条(四)）。",
    ),
    Act(
        "choose",
        "选定住房",
        SALE,
        _choose,
        ("on_selection_list",),
        (
            Input("home", "房源", "select", choices=()),
            Input("proxy", "代选人姓名", required=False),
            Input("proxy_document", "授权委托书编号", required=False),
        ),
        "选定后其他家庭不能再选这套住房。",
    ),
    Act(
        "absent",
        "记录未到场",
        SALE,
        _absent,
        ("on_selection_list",),
        (),
        "由区住建局决定是否取消资格（第三十二条）。",
        True,
    ),
    Act("stay", "本批未选到", SALE, _stay, ("on_selection_list",), (), "回到轮候，顺位不变，不禁申。"),
    Act(
        "contract",
        "签订合同",
        SALE,
        _contract,
        ("chosen",),
        (Input("contract_no", "合同编号"),),
        "按政府核定价格计价。",
    ),
    Act(
        "pay",
        "收房款",
        SALE,
        _pay,
        ("contracted",),
        (
            Input("amount", "金额（元）", "money"),
            DOCUMENT,
            ON,
            Input("means", "方式", required=False, help="公积金贷款、商业贷款、自筹"),
        ),
        "记入封闭资金账。",
    ),
    Act("hand-over", "交房", SALE, _hand_over, ("contracted",), (DOCUMENT,), "须房款结清并已退出公租房（第二十条）。"),
    Act("refund", "退款", SALE, _refund, _ENDED, (DOCUMENT, ON), "退还该申请缴纳的款项；定金按已定参数（A10）。"),
    Act(
        "withdraw",
        "自愿退出",
        COUNTER,
        _withdraw,
        ("draft", "submitted", "supplement", "under_review", *_RUNNING),
        (REASON,),
        "审核终止，已选住房退回，不禁申（第二十四条）。",
        True,
    ),
)
