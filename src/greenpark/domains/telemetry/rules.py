"""Words and limits of the telemetry domain: quality in Chinese, steps, spans, a bucket for request rates."""

from __future__ import annotations

from dataclasses import dataclass, field

from greenpark.kernel.points import BindingKey, PointKind
from greenpark.kernel.quality import Quality, counts
from greenpark.kernel.readings import Step

#: What each bit says to people.
QUALITY_WORDS: dict[Quality, str] = {
    Quality.DEVICE_STOPPED: "停运（F）",
    Quality.DEVICE_MAINTENANCE: "维护（M）",
    Quality.DEVICE_MANUAL: "手工设定（S）",
    Quality.DEVICE_FAULT: "故障（D）",
    Quality.DEVICE_CALIBRATING: "校准（C）",
    Quality.DEVICE_OVER_RANGE: "超上限（T）",
    Quality.DEVICE_NO_LINK: "通讯异常（B）",
    Quality.DEVICE_OTHER: "其他设备标记",
    Quality.RANGE: "超出合理范围",
    Quality.SPIKE: "尖峰",
    Quality.FLAT_LINE: "长时间不变",
    Quality.GAP: "缺数",
    Quality.CLOCK_SKEW: "时钟偏差",
    Quality.ROLLOVER: "示数翻转",
    Quality.RESET: "换表或清零",
    Quality.DUPLICATE: "重复",
    Quality.LATE: "迟到",
    Quality.MULTIPLIER_CHANGE: "倍率疑变",
    Quality.ESTIMATED: "估算",
    Quality.SUBSTITUTED: "已替代",
    Quality.MANUAL_ENTRY: "人工录入",
    Quality.CONFIRMED: "人工确认有效",
    Quality.DISCARDED: "人工剔除",
}


def quality_words(mask: int) -> str:
    """``停运（F）、超出合理范围``; empty for a good value."""
    return "、".join(words for bit, words in QUALITY_WORDS.items() if mask & bit)


def quality_level(mask: int) -> str:
    """Level of the status tag: ok, info (late, nothing else), warn (marked, counts) or bad (does not count)."""
    if not mask:
        return "ok"
    if mask == Quality.LATE:
        return "info"
    return "warn" if counts(mask) else "bad"


#: Steps a person may choose; the empty one is raw.
STEPS: dict[str, tuple[Step | None, str]] = {
    "raw": (None, "原始"),
    "15min": (Step.QUARTER, "15 分钟"),
    "hour": (Step.HOUR, "小时"),
    "day": (Step.DAY, "日"),
    "month": (Step.MONTH, "月"),
}

DAY_US = 86_400_000_000
#: Longest span of one page [days] by step: keeps every answer small.
LONGEST_DAYS: dict[str, int] = {"raw": 92, "15min": 92, "hour": 400, "day": 4_000, "month": 12_000}


def usual_step(days: int, interval_s: int) -> str:
    """The step that draws a span with a few hundred to a few thousand positions."""
    for step, per_day in (("raw", 86_400 / max(interval_s, 1)), ("15min", 96), ("hour", 24), ("day", 1)):
        if days * per_day <= 3_000 and days <= LONGEST_DAYS[step]:
            return step
    return "month"


def has_amount(kind: PointKind) -> bool:
    """Whether rollups of the kind carry an amount; the others are shown by their mean."""
    return kind in (PointKind.COUNTER, PointKind.INTERVAL, PointKind.RATE)


def amount_unit(kind: PointKind, unit: str) -> str:
    """Unit of a rollup's amount: a rate's integral is in unit·h, and kW·h is kWh."""
    if kind != PointKind.RATE:
        return unit
    if unit in ("kW", "MW", "W", "GW"):
        return unit + "h"
    return unit.removesuffix("/h") if unit.endswith("/h") else f"{unit}·h"


#: Why an item was refused, for filters and headings.
CODES: dict[str, str] = {
    "unknown_point": "未知测点",
    "wrong_unit": "单位不符",
    "not_finite": "数值无效",
    "bad_value": "数值无法识别",
    "bad_time": "时间无法识别",
    "in_future": "时间在将来",
    "before_commissioning": "早于启用",
    "after_decommissioning": "晚于停用",
    "out_of_scope": "超出数据范围",
    "bad_crc": "校验错误",
    "bad_length": "长度错误",
    "garbage": "不是报文",
    "truncated": "报文不完整",
    "bad_structure": "结构错误",
    "bad_item": "数据项错误",
    "bad_qn": "请求编码错误",
    "bad_st": "系统编码错误",
    "bad_cn": "命令编码错误",
    "bad_pw": "密码错误",
    "bad_mn": "站点未登记",
    "bad_flag": "标志位错误",
    "bad_packet_number": "包号错误",
    "packet_missing": "分包缺失",
    "bad_data_time": "数据时间错误",
    "too_big": "报文过大",
    "no_key": "缺少密钥",
    "too_many_items": "数据项过多",
    "bad_json": "不是 JSON",
    "bad_payload": "报文损坏",
    "no_values": "没有数值",
}

GATEWAYS: dict[str, str] = {
    "hj212": "HJ 212",
    "mqtt": "MQTT",
    "sparkplug": "Sparkplug B",
    "modbus": "Modbus",
    "http": "HTTP 接口",
    "file": "文件导入",
    "person": "人工处理",
}


@dataclass(slots=True)
class Buckets:
    """How often somebody may call: ``burst`` at once, refilled with ``per_s`` a second. Time is handed in [s]."""

    per_s: float
    burst: float
    most: int = 10_000
    _level: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, who: str, cost: float, now_s: float) -> float:
        """0 when the call may go on (and is counted), else the seconds to wait."""
        level, since = self._level.get(who, (self.burst, now_s))
        level = min(self.burst, level + (now_s - since) * self.per_s)
        cost = min(cost, self.burst)
        if level < cost:
            return (cost - level) / self.per_s
        if len(self._level) >= self.most:
            self._level.pop(next(iter(self._level)))
        self._level[who] = (level - cost, now_s)
        return 0.0


# ---- downward commands of HJ 212

#: An order that no gateway fetched within so many seconds is not sent any more: a calibration ordered in the morning
#: must not start when somebody restarts the gateway in the evening.
ORDER_WAITS_S = 600
#: Orders of one station that may wait at the same time.
ORDERS_WAITING = 20

#: Outcome of an exchange (or of the gateway) -> state of the order; everything else is ``failed``.
ORDER_OUTCOMES: dict[str, str] = {
    "done": "done",
    "no_answer": "timeout",
    "timed_out": "timeout",
    "offline": "timeout",
    "expired": "timeout",
}


@dataclass(frozen=True, slots=True)
class OrderField:
    """A parameter of a downward command as a form shows it."""

    label: str
    kind: str = "text"
    """text, whole, moment or secret."""
    hint: str = ""
    low: int | None = None
    high: int | None = None


#: Parameters by the names of ``protocols.hj212.commands.parameters``; limits after HJ 212-2017 table 4.
ORDER_FIELDS: dict[str, OrderField] = {
    "over_time_s": OrderField("超时时间（秒）", "whole", "1—99", 1, 99),
    "re_count": OrderField("重发次数", "whole", "1—99", 1, 99),
    "pol_id": OrderField("污染因子编码", hint="如 a21026"),
    "seconds": OrderField("实时数据间隔（秒）", "whole", "30—3600", 30, 3600),
    "minutes": OrderField("分钟数据间隔（分钟）", "whole", "1、2、3、4、5、6、10、12、15、20 或 30", 1, 30),
    "new": OrderField("新口令", "secret", "6 位字母或数字；成功后本系统随之改用新口令"),
    "begin": OrderField("起始时间", "moment"),
    "end": OrderField("截止时间", "moment"),
    "start": OrderField("首次采样时间", hint="时分秒，如 000000"),
    "hours": OrderField("采样周期（小时）", "whole", "1—24", 1, 24),
    "info_id": OrderField("信息编码", hint="HJ 212-2017 表 B.10，如 i12001"),
    "value": OrderField("参数值"),
}
#: Parameters that may stay empty, by command.
OPTIONAL_FIELDS: dict[str, frozenset[str]] = {
    "1011": frozenset({"pol_id"}),
    "1012": frozenset({"pol_id"}),
    "3020": frozenset({"pol_id", "begin", "end"}),
    "3021": frozenset({"pol_id"}),
}
HIDDEN = "••••••"

#: What can be ordered, grouped as people look for it.
ORDER_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "补传历史数据",
        (
            ("2061", "取小时历史数据"),
            ("2051", "取分钟历史数据"),
            ("2031", "取日历史数据"),
            ("2041", "取设备运行时间日历史数据"),
        ),
    ),
    (
        "时间与间隔",
        (
            ("1011", "提取现场机时间"),
            ("1012", "设置现场机时间为现在"),
            ("1061", "提取实时数据间隔"),
            ("1062", "设置实时数据间隔"),
            ("1063", "提取分钟数据间隔"),
            ("1064", "设置分钟数据间隔"),
            ("1000", "设置超时时间及重发次数"),
        ),
    ),
    (
        "上传开关",
        (
            ("2011", "开始上传实时数据"),
            ("2012", "停止上传实时数据"),
            ("2021", "开始上传设备运行状态"),
            ("2022", "停止上传设备运行状态"),
        ),
    ),
    (
        "反控",
        (
            ("3011", "零点校准、量程校准"),
            ("3012", "即时采样"),
            ("3013", "启动清洗或反吹"),
            ("3014", "比对采样"),
            ("3015", "超标留样"),
            ("3016", "设置采样时间周期"),
            ("3017", "提取采样时间周期"),
            ("3018", "提取出样时间"),
        ),
    ),
    (
        "信息与安全",
        (
            ("3019", "提取设备唯一标识"),
            ("3020", "提取现场机信息"),
            ("3021", "设置现场机参数"),
            ("1072", "设置现场机口令"),
        ),
    ),
)
ORDER_NAMES: dict[str, str] = {cn: name for _, commands in ORDER_GROUPS for cn, name in commands}
#: Commands that change what the station measures or sends, or how it is reached: they need a reason.
NEEDS_REASON = frozenset({"1012", "1062", "1064", "1000", "1072", "2012", "2022", "3011", "3012", "3013", "3014",
                          "3015", "3016", "3021"})  # fmt: skip


def order_state(outcome: str) -> str:
    """State of an order that ended with ``outcome``."""
    return ORDER_OUTCOMES.get(outcome, "failed")


#: Command that brought a value -> how often it comes [s]; what comes at an interval of its own is left to the person.
_INTERVALS = {"2051": 600, "2061": 3600, "2031": 86400}


#: First letter of a factor code (HJ 524, HJ 525): a air and waste gas, w water.
_MEDIA = {"a": "flue_gas", "w": "wastewater"}


def suggestion(key: BindingKey) -> dict[str, str]:
    """What a binding key tells about a new point: code, name, kind, interval. Never the unit: the person must look.

    >>> suggestion(("hj212", "010000A8900016F000169DC0", "2061", "a21026-Avg"))["expected_interval_s"]
    '3600'
    """
    last = key[-1].rpartition("/")[2]
    found = {"code": "".join(c if c.isalnum() or c in "._:/-" else "-" for c in last)[:60], "name": last[:120]}
    if key[0] == "hj212" and len(key) == 4:
        if key[2] in _INTERVALS:
            found["expected_interval_s"] = str(_INTERVALS[key[2]])
        found["kind"] = "interval" if key[3].endswith("-Cou") else "concentration"
        found["medium"] = _MEDIA.get(key[3][:1], "")
    return {name: text for name, text in found.items() if text}
