"""Why a stretch of bytes was not taken, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from greenpark.protocols.hj212.codes import QnRtn


class RejectCode(StrEnum):
    """Reasons; counted per code by the gateway."""

    GARBAGE = "garbage"
    BAD_LENGTH = "bad_length"
    BAD_CRC = "bad_crc"
    TRUNCATED = "truncated"
    NO_KEY = "no_key"
    BAD_STRUCTURE = "bad_structure"
    BAD_ITEM = "bad_item"
    BAD_QN = "bad_qn"
    BAD_ST = "bad_st"
    BAD_CN = "bad_cn"
    BAD_PW = "bad_pw"
    BAD_MN = "bad_mn"
    BAD_FLAG = "bad_flag"
    BAD_PACKET_NUMBER = "bad_packet_number"
    PACKET_MISSING = "packet_missing"
    BAD_DATA_TIME = "bad_data_time"
    TOO_BIG = "too_big"


#: Table 7: what a station answers to a request it cannot take. The text of 6.3.1 (table 2) goes before the table for
#: the check value: "CRC 错误，执行结束", so a frame with a wrong CRC is dropped in silence.
QN_RTN: dict[RejectCode, QnRtn] = {
    RejectCode.BAD_PW: QnRtn.BAD_PW,
    RejectCode.BAD_MN: QnRtn.BAD_MN,
    RejectCode.BAD_ST: QnRtn.BAD_ST,
    RejectCode.BAD_FLAG: QnRtn.BAD_FLAG,
    RejectCode.BAD_QN: QnRtn.BAD_QN,
    RejectCode.BAD_CN: QnRtn.BAD_CN,
}


@dataclass(frozen=True, slots=True)
class Reject:
    """A stretch of the stream from which nothing was taken."""

    raw: bytes
    code: RejectCode
    reason: str
    likely_cause: str = ""
    mn: str = ""
    """As far as it could be read; for people only."""
    qn: str = ""


class FrameRefused(ValueError):
    """A frame is whole but its contents cannot be taken; nothing of it is used."""

    def __init__(self, code: RejectCode, reason: str, likely_cause: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.likely_cause = likely_cause
