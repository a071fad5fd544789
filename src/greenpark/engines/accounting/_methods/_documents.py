"""Editions that several methods share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from greenpark.kernel.factors import Confidence


@dataclass(frozen=True, slots=True)
class Document:
    """A guide or standard: what a method restates, and since when it may be used. ``dates``: how sure the dates are."""

    edition: str
    document: str
    effective_from: date | None
    dates: Confidence = Confidence.RECALLED
    gwp_edition: str = "AR6"


GUIDES = Document(
    "24 个行业企业温室气体排放核算方法与报告指南（2013—2015）",
    "发改办气候〔2013〕2526号、〔2014〕2920号、〔2015〕1722号",
    date(2013, 10, 15),
    gwp_edition="SAR",
)
CHEMICAL = Document(
    "中国化工生产企业温室气体排放核算方法与报告指南（试行）",
    "发改办气候〔2013〕2526号，碳平衡式（8）",
    date(2013, 10, 15),
    gwp_edition="SAR",
)
CEMENT = Document(
    "中国水泥生产企业温室气体排放核算方法与报告指南（试行）",
    "发改办气候〔2013〕2526号",
    date(2013, 10, 15),
    gwp_edition="SAR",
)
COKING = Document(
    "中国独立焦化企业温室气体排放核算方法与报告指南（试行）",
    "发改办气候〔2014〕2920号",
    date(2014, 12, 3),
    gwp_edition="SAR",
)
NONFERROUS = Document(
    "其他有色金属冶炼和压延加工业企业温室气体排放核算方法与报告指南（试行）",
    "发改办气候〔2015〕1722号",
    date(2015, 7, 6),
    gwp_edition="SAR",
)
POWER = Document(
    "企业温室气体排放核算方法与报告指南 发电设施（2022）",
    "环办气候函〔2022〕485号",
    date(2023, 1, 1),
    gwp_edition="AR5",
)
GB32150 = Document("GB/T 32150-2025", "GB/T 32150-2025 第 7 章", date(2026, 7, 1), Confidence.CONFIRMED)
GB32151_34 = Document("GB/T 32151.34-2024", "GB/T 32151.34-2024", date(2025, 3, 1), Confidence.CONFIRMED)
PARK_910 = Document("发改环资〔2025〕910号 附件 4", "发改环资〔2025〕910号 附件 4", date(2025, 6, 30))
GHGP_SCOPE2 = Document(
    "GHG Protocol Scope 2 Guidance (2015)", "GHG Protocol Scope 2 Guidance，市场法", date(2015, 1, 20)
)
IPCC_2006 = Document("IPCC 2006", "2006 年 IPCC 指南 第 3 卷第 4 章", date(2006, 1, 1))
