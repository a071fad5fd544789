"""Code tables of HJ 212-2017 (tables 5 to 9) with the additions of HJ 212-2025 that are confirmed."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple


class Edition(StrEnum):
    """Edition of the standard a station speaks; the version bits V of the Flag are 0, 1, 2."""

    E2005 = "2005"
    E2017 = "2017"
    E2025 = "2025"

    @property
    def version_bits(self) -> int:
        """The Flag of a frame of this edition without the A and D bits: 0, 4 or 8."""
        return {"2005": 0, "2017": 4, "2025": 8}[self.value]


BY_VERSION: Final[dict[int, Edition]] = {0: Edition.E2005, 1: Edition.E2017, 2: Edition.E2025}

FLAG_ANSWER: Final = 1  # bit A: the receiver must answer
FLAG_PACKETS: Final = 2  # bit D: PNUM and PNO are present

ST_INTERACTION: Final = "91"

#: Table 5 系统编码; 44 and 45 are HJ 212-2025.
SYSTEMS: Final[dict[str, str]] = {
    "21": "地表水质量监测",
    "22": "空气质量监测",
    "23": "声环境质量监测",
    "24": "地下水质量监测",
    "25": "土壤质量监测",
    "26": "海水质量监测",
    "27": "挥发性有机物监测",
    "31": "大气环境污染源",
    "32": "地表水体环境污染源",
    "33": "地下水体污染源",
    "34": "海洋环境污染源",
    "35": "土壤环境污染源",
    "36": "声环境污染源",
    "37": "振动环境污染源",
    "38": "放射性环境污染源",
    "39": "工地扬尘污染源",
    "41": "电磁环境污染源",
    "44": "用电监控",
    "45": "关键生产工况",
    "51": "烟气排放过程监控",
    "52": "污水排放过程监控",
    "91": "系统交互",
}


class QnRtn(IntEnum):
    """Table 7 请求命令返回."""

    READY = 1
    REFUSED = 2
    BAD_PW = 3
    BAD_MN = 4
    BAD_ST = 5
    BAD_FLAG = 6
    BAD_QN = 7
    BAD_CN = 8
    BAD_CRC = 9
    UNKNOWN = 100


class ExeRtn(IntEnum):
    """Table 6 执行结果."""

    DONE = 1
    FAILED = 2
    WRONG_CONDITION = 3
    TIMEOUT = 4
    BUSY = 5
    SYSTEM_FAULT = 6
    NO_DATA = 100


QN_RTN_ZH: Final[dict[int, str]] = {
    1: "准备执行请求",
    2: "请求被拒绝",
    3: "PW 错误",
    4: "MN 错误",
    5: "ST 错误",
    6: "Flag 错误",
    7: "QN 错误",
    8: "CN 错误",
    9: "CRC 校验错误",
    100: "未知错误",
}
EXE_RTN_ZH: Final[dict[int, str]] = {
    1: "执行成功",
    2: "执行失败，但不知道原因",
    3: "命令请求条件错误",
    4: "通讯超时",
    5: "系统繁忙不能执行",
    6: "系统故障",
    100: "没有数据",
}


class Kind(StrEnum):
    """What a command code stands for when the station sends it."""

    REALTIME = "realtime"
    EQUIPMENT_STATUS = "equipment_status"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    EQUIPMENT_RUNTIME = "equipment_runtime"
    RESTART = "restart"
    PARAMETER = "parameter"
    OTHER_DATA = "other_data"
    NOTIFICATION = "notification"
    ANSWER = "answer"
    REQUEST = "request"


class Command(NamedTuple):
    """A row of table 9."""

    name: str
    kind: Kind
    """Of the frame when a station sends it; ``REQUEST`` when only the centre does."""
    edition: Edition = Edition.E2005


#: Table 9 命令编码, and the codes HJ 212-2025 adds. The text of the 2025 edition was not at hand in full: the data
#: commands it adds are kept as frames; 2111 and 2052 use the suffixes of the others and are read like them.
COMMANDS: Final[dict[str, Command]] = {
    "1000": Command("设置超时时间及重发次数", Kind.REQUEST),
    "1001": Command("上传硬件序列号", Kind.PARAMETER, Edition.E2025),
    "1002": Command("设置入网编码", Kind.REQUEST, Edition.E2025),
    "1011": Command("提取/上传现场机时间", Kind.PARAMETER),
    "1012": Command("设置现场机时间", Kind.REQUEST),
    "1013": Command("现场机时间校准请求", Kind.NOTIFICATION),
    "1014": Command("获取/设置新密钥", Kind.PARAMETER, Edition.E2025),
    "1061": Command("提取/上传实时数据间隔", Kind.PARAMETER),
    "1062": Command("设置实时数据间隔", Kind.REQUEST),
    "1063": Command("提取/上传分钟数据间隔", Kind.PARAMETER),
    "1064": Command("设置分钟数据间隔", Kind.REQUEST),
    "1072": Command("设置现场机密码", Kind.REQUEST),
    "2011": Command("污染物实时数据", Kind.REALTIME),
    "2012": Command("停止察看污染物实时数据", Kind.REQUEST),
    "2013": Command("原始周期数据", Kind.OTHER_DATA, Edition.E2025),
    "2021": Command("设备运行状态数据", Kind.EQUIPMENT_STATUS),
    "2022": Command("停止察看设备运行状态", Kind.REQUEST),
    "2031": Command("污染物日历史数据", Kind.DAY),
    "2041": Command("设备运行时间日历史数据", Kind.EQUIPMENT_RUNTIME),
    "2051": Command("污染物分钟数据", Kind.MINUTE),
    "2052": Command("噪声单次监测数据", Kind.MINUTE, Edition.E2025),
    "2061": Command("污染物小时数据", Kind.HOUR),
    "2062": Command("自动标样核查数据", Kind.OTHER_DATA, Edition.E2025),
    "2081": Command("数采仪开机时间", Kind.RESTART),
    "2111": Command("炉膛温度 5 分钟均值", Kind.MINUTE, Edition.E2025),
    "3011": Command("零点校准量程校准", Kind.REQUEST),
    "3012": Command("即时采样", Kind.REQUEST),
    "3013": Command("启动清洗/反吹", Kind.REQUEST),
    "3014": Command("比对采样", Kind.REQUEST),
    "3015": Command("超标留样", Kind.PARAMETER),
    "3016": Command("设置采样时间周期", Kind.REQUEST),
    "3017": Command("提取/上传采样时间周期", Kind.PARAMETER),
    "3018": Command("提取/上传出样时间", Kind.PARAMETER),
    "3019": Command("提取/上传设备唯一标识", Kind.PARAMETER),
    "3020": Command("提取/上传现场机信息", Kind.PARAMETER),
    "3021": Command("设置现场机参数", Kind.REQUEST),
    "3022": Command("留样任务", Kind.PARAMETER, Edition.E2025),
    "3024": Command("启动标样核查", Kind.REQUEST, Edition.E2025),
    "9011": Command("请求应答", Kind.ANSWER),
    "9012": Command("执行结果", Kind.ANSWER),
    "9013": Command("通知应答", Kind.ANSWER),
    "9014": Command("数据应答", Kind.ANSWER),
    "9015": Command("心跳", Kind.NOTIFICATION, Edition.E2025),
}

#: Command codes whose frames carry readings.
MEASURING: Final = frozenset(
    {Kind.REALTIME, Kind.MINUTE, Kind.HOUR, Kind.DAY, Kind.EQUIPMENT_STATUS, Kind.EQUIPMENT_RUNTIME}
)
MEASURING_CN: Final = frozenset(cn for cn, command in COMMANDS.items() if command.kind in MEASURING)

#: Table 4: sub-fields after the factor code that hold a number worth storing.
VALUE_SUFFIXES: Final = frozenset(
    {"Rtd", "Min", "Avg", "Max", "ZsRtd", "ZsMin", "ZsAvg", "ZsMax", "Cou", "Data", "DayData", "NightData", "RS", "RT"}
)
FLAG_SUFFIX: Final = "Flag"
EFLAG_SUFFIX: Final = "EFlag"
SAMPLE_TIME_SUFFIX: Final = "SampleTime"
TEXT_SUFFIXES: Final = frozenset({FLAG_SUFFIX, EFLAG_SUFFIX, SAMPLE_TIME_SUFFIX, "Info", "SN"})

#: Table 8 数据标记.
FLAG_ZH: Final[dict[str, str]] = {
    "N": "正常",
    "F": "仪器仪表停运",
    "M": "维护期间",
    "S": "手工输入的设定值",
    "D": "仪器仪表故障",
    "C": "校准状态",
    "T": "超过测量上限",
    "B": "仪器与数采仪通讯异常",
}

#: Minutes allowed by table 4 for MinInterval.
MINUTE_INTERVALS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)


def must_encrypt(cn: str) -> bool:
    """Whether HJ 212-2025 asks for SM4 on this command over the internet (CN 2000–2999, 1014, 3020)."""
    return cn.startswith("2") or cn in ("1014", "3020")
