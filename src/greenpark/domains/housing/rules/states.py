"""The two state machines of the measure (A20): an application, and a home that is owned. Data, not branches.

Every move names who may make it and the article it rests on. The market is not a state: 第二十七条 forbids any path to
it, and a test walks the whole graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Application(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    NOT_ACCEPTED = "not_accepted"
    UNDER_REVIEW = "under_review"
    REFUSED = "refused"
    POOLED = "pooled"
    IN_PUBLICITY = "in_publicity"
    OBJECTED = "objected"
    DEPOSIT_DUE = "deposit_due"
    DEPOSIT_PAID = "deposit_paid"
    ON_SELECTION_LIST = "on_selection_list"
    CHOSEN = "chosen"
    CONTRACTED = "contracted"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"
    DISQUALIFIED = "disqualified"
    EXITED = "exited"


class Home(StrEnum):
    PLANNED = "planned"
    FOR_SALE = "for_sale"
    RESERVED = "reserved"
    CONTRACTED = "contracted"
    OWNED = "owned"
    BUYBACK_REQUESTED = "buyback_requested"
    BUYBACK_INSPECTED = "buyback_inspected"
    EXIT_CASE = "exit_case"
    COURT = "court"
    BOUGHT_BACK = "bought_back"
    REMOVED_FROM_PLAN = "removed_from_plan"


class Who(StrEnum):
    FAMILY = "申请家庭"
    HOUSING_BUREAU = "区住建局"
    REVIEWERS = "联审部门"
    MANAGER = "项目管理单位"
    REGISTRY = "不动产登记"
    COURT = "人民法院"


@dataclass(frozen=True, slots=True)
class Move:
    """A permitted change of state. ``keeps_owner`` tells an inheritance or divorce from a sale."""

    name: str
    title: str
    origin: str
    target: str
    who: Who
    article: str
    reason_needed: bool = False


A, H, W = Application, Home, Who

APPLICATION_MOVES: tuple[Move, ...] = (
    Move("submit", "提交申请", A.DRAFT, A.SUBMITTED, W.FAMILY, "第二十六条(二)"),
    Move("ask_supplement", "要求补录", A.SUBMITTED, A.SUPPLEMENT, W.HOUSING_BUREAU, "第二十三条", True),
    Move("supplement", "补录提交", A.SUPPLEMENT, A.SUBMITTED, W.FAMILY, "第二十三条"),
    Move("accept", "受理", A.SUBMITTED, A.UNDER_REVIEW, W.HOUSING_BUREAU, "第二十三条"),
    Move("not_accept", "不予受理", A.SUBMITTED, A.NOT_ACCEPTED, W.HOUSING_BUREAU, "第二十三条", True),
    Move("refuse", "审核不通过", A.UNDER_REVIEW, A.REFUSED, W.HOUSING_BUREAU, "第二十六条(三)", True),
    Move("qualify", "审核通过，纳入轮候库", A.UNDER_REVIEW, A.POOLED, W.HOUSING_BUREAU, "第二十六条(三)"),
    Move("publish", "公示", A.POOLED, A.IN_PUBLICITY, W.MANAGER, "第二十六条(四)"),
    Move("object", "收到异议", A.IN_PUBLICITY, A.OBJECTED, W.MANAGER, "第二十六条(四)", True),
    Move("dismiss_objection", "异议不成立", A.OBJECTED, A.IN_PUBLICITY, W.HOUSING_BUREAU, "第二十六条(四)", True),
    Move("uphold_objection", "异议成立", A.OBJECTED, A.REFUSED, W.HOUSING_BUREAU, "第二十六条(四)", True),
    Move("clear", "公示无异议，通知缴纳定金", A.IN_PUBLICITY, A.DEPOSIT_DUE, W.MANAGER, "第二十六条(四)"),
    Move("pay_deposit", "缴纳认购定金", A.DEPOSIT_DUE, A.DEPOSIT_PAID, W.FAMILY, "第二十六条(四)"),
    Move("list", "入围选房名单", A.DEPOSIT_PAID, A.ON_SELECTION_LIST, W.MANAGER, "第二十六条(五)"),
    Move("stay_waiting", "本批未选到，继续轮候", A.ON_SELECTION_LIST, A.DEPOSIT_PAID, W.MANAGER, "第二十六条(三)"),
    Move("choose", "选定住房", A.ON_SELECTION_LIST, A.CHOSEN, W.FAMILY, "第二十六条(五)"),
    Move("no_show", "未参加选房", A.ON_SELECTION_LIST, A.DISQUALIFIED, W.HOUSING_BUREAU, "第三十二条", True),
    Move("contract", "签订买卖合同", A.CHOSEN, A.CONTRACTED, W.MANAGER, "第二十六条(六)"),
    Move("hand_over", "结清房款并交房", A.CONTRACTED, A.HANDED_OVER, W.MANAGER, "第二十六条(六)；第二十条"),
    *(
        Move("withdraw", "自愿退出", state, A.WITHDRAWN, W.FAMILY, "第二十四条；第三十一条(五)")
        for state in (A.DRAFT, A.SUBMITTED, A.SUPPLEMENT, A.UNDER_REVIEW, A.POOLED, A.IN_PUBLICITY, A.OBJECTED,
                      A.DEPOSIT_DUE, A.DEPOSIT_PAID, A.ON_SELECTION_LIST, A.CHOSEN, A.CONTRACTED)
    ),
    *(
        Move("exit", "视为退出", state, A.EXITED, W.HOUSING_BUREAU, "第三十一条", True)
        for state in (A.POOLED, A.IN_PUBLICITY, A.OBJECTED, A.DEPOSIT_DUE, A.DEPOSIT_PAID, A.ON_SELECTION_LIST,
                      A.CHOSEN, A.CONTRACTED)
    ),
)  # fmt: skip

HOME_MOVES: tuple[Move, ...] = (
    Move("release", "上架配售", H.PLANNED, H.FOR_SALE, W.MANAGER, "第二十六条(一)"),
    Move("drop", "调出计划", H.PLANNED, H.REMOVED_FROM_PLAN, W.HOUSING_BUREAU, "第三条", True),
    Move("reserve", "被选定", H.FOR_SALE, H.RESERVED, W.MANAGER, "第二十六条(五)"),
    Move("give_up", "选定后退出", H.RESERVED, H.FOR_SALE, W.MANAGER, "第三十一条", True),
    Move("contract", "签订买卖合同", H.RESERVED, H.CONTRACTED, W.MANAGER, "第二十六条(六)"),
    Move("rescind", "解除合同", H.CONTRACTED, H.FOR_SALE, W.MANAGER, "第三十一条", True),
    Move("hand_over", "交房", H.CONTRACTED, H.OWNED, W.MANAGER, "第二十六条(六)"),
    Move("inherit", "继承", H.OWNED, H.OWNED, W.REGISTRY, "第二十九条", True),
    Move("divorce", "离异变更", H.OWNED, H.OWNED, W.REGISTRY, "第三十条", True),
    Move("request_buyback", "申请回购", H.OWNED, H.BUYBACK_REQUESTED, W.FAMILY, "第二十七条"),
    Move("cancel_buyback", "撤回回购申请", H.BUYBACK_REQUESTED, H.OWNED, W.FAMILY, "第二十七条"),
    Move("inspect", "查验通过", H.BUYBACK_REQUESTED, H.BUYBACK_INSPECTED, W.MANAGER, "第二十八条"),
    Move("fail_inspection", "查验未通过，限期整改", H.BUYBACK_REQUESTED, H.OWNED, W.MANAGER, "第二十八条", True),
    Move("buy_back", "回购结算", H.BUYBACK_INSPECTED, H.BOUGHT_BACK, W.MANAGER, "第二十七条"),
    Move("open_exit", "视为退出", H.OWNED, H.EXIT_CASE, W.HOUSING_BUREAU, "第三十一条", True),
    Move("close_exit", "退出情形不成立", H.EXIT_CASE, H.OWNED, W.HOUSING_BUREAU, "第三十一条", True),
    Move("inspect_exit", "查验", H.EXIT_CASE, H.BUYBACK_INSPECTED, W.MANAGER, "第二十八条"),
    Move("refer", "逾期，申请司法协助", H.EXIT_CASE, H.COURT, W.MANAGER, "第二十八条", True),
    Move("refer_overdue", "逾期，申请司法协助", H.BUYBACK_INSPECTED, H.COURT, W.MANAGER, "第二十八条", True),
    Move("vacated", "强制腾退完成", H.COURT, H.BUYBACK_INSPECTED, W.COURT, "第二十八条"),
    Move("again", "再次配售", H.BOUGHT_BACK, H.FOR_SALE, W.MANAGER, "第二十七条"),
)  # fmt: skip


class MoveNotAllowed(ValueError):
    """The state machine has no such move from here."""


def move(moves: tuple[Move, ...], state: str, name: str) -> Move:
    """The move of that name from that state. Raises MoveNotAllowed naming what is possible instead."""
    for candidate in moves:
        if candidate.origin == state and candidate.name == name:
            return candidate
    possible = "、".join(sorted({m.title for m in moves if m.origin == state})) or "无（终结状态）"
    raise MoveNotAllowed(f"当前状态「{state}」不能进行该操作；可办理：{possible}")


def moves_from(moves: tuple[Move, ...], state: str) -> list[Move]:
    return [m for m in moves if m.origin == state]


def reachable(moves: tuple[Move, ...], start: str) -> set[str]:
    """Every state that any sequence of moves leads to."""
    seen, waiting = {start}, [start]
    while waiting:
        for m in moves_from(moves, waiting.pop()):
            if m.target not in seen:
                seen.add(m.target)
                waiting.append(m.target)
    return seen
