"""What an application needs to be complete (第二十一条, 第二十二条), and words for screens."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

#: Document kinds: code -> (name, article, required).
DOCUMENTS: dict[str, tuple[str, str, bool]] = {
    "form": ("海南区配售型保障性住房申请表", "第二十二条(一)", True),
    "identity": ("身份证复印件（含配偶及未成年子女）或其他身份证明", "第二十二条(二)", True),
    "pledge": ("个人承诺书", "第二十二条(二)", True),
    "marriage": ("婚姻状况材料", "第二十一条", False),
    "housing": ("住房情况材料", "第二十一条", False),
    "residence": ("在本地实际居住的材料", "第十八条(一)", False),
    "other": ("其他材料", "第二十二条", False),
}
CONTENT_TYPES = {"application/pdf": b"%PDF", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}
MAX_BYTES = 10 * 1024 * 1024

RELATIONS = {"applicant": "主申请人", "spouse": "配偶", "child": "未成年子女"}
SOURCES = {"new": "新建", "purchased": "收购存量", "converted": "转化"}
MODES = {"online": "线上", "offline": "线下", "both": "线上和线下"}
CHANNELS = {"online": "本人网上申请", "counter": "窗口代录"}
APPLICATION_STATES = {
    "draft": "草稿",
    "submitted": "待受理",
    "supplement": "待补录",
    "not_accepted": "不予受理",
    "under_review": "联合审核中",
    "refused": "审核不通过",
    "pooled": "轮候（待公示）",
    "in_publicity": "公示中",
    "objected": "有异议",
    "deposit_due": "待缴定金",
    "deposit_paid": "已缴定金",
    "on_selection_list": "入围选房",
    "chosen": "已选房",
    "contracted": "已签约",
    "handed_over": "已交房",
    "withdrawn": "已退出",
    "disqualified": "取消准购资格",
    "exited": "视为退出",
}
HOME_STATES = {
    "planned": "筹建",
    "for_sale": "可选",
    "reserved": "已选定",
    "contracted": "已签约",
    "owned": "已交房",
    "buyback_requested": "申请回购",
    "buyback_inspected": "待回购结算",
    "exit_case": "退出认定",
    "court": "司法协助",
    "bought_back": "已回购",
    "removed_from_plan": "调出计划",
}
VERDICTS = {"eligible": "符合条件", "not_eligible": "不符合条件", "person_decides": "由人决定", "": "未判定"}
#: 第三十一条.
EXIT_CASES = {
    1: "未在 2 年内签订购房合同、缴纳购房款",
    2: "以欺骗、弄虚作假等不正当手段获得配售型住房",
    3: "房屋要被司法处置",
    4: "破坏房屋结构且拒绝维修恢复",
    5: "申请期间主动提出退出申请",
    6: "法律、法规、规章规定的其他情形",
}


def missing(documents: Collection[str], consents: Collection[bool], declared: dict[str, Any]) -> tuple[str, ...]:
    """What is still needed before the case can be accepted, each with its article; empty when complete.

    ``declared``: pledged, hukou_district.
    """
    found = [f"{name}（{article}）" for code, (name, article, needed) in DOCUMENTS.items()
             if needed and code not in documents]  # fmt: skip
    if without := sum(not c for c in consents):
        found.append(f"{without} 人未声明同意核查（第二十二条(二)）")
    if not declared.get("pledged"):
        found.append("真实性承诺（第二十六条(二)）")
    if not declared.get("hukou_district"):
        found.append("户籍信息（第二十一条）")
    return tuple(found)
