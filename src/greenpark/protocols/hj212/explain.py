"""Rejected stretches in words: what is wrong, and what most likely caused it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from greenpark.protocols.hj212.crc import TABLE, crc, modbus_crc, swapped
from greenpark.protocols.hj212.profile import DeviceProfile
from greenpark.protocols.hj212.rejects import FrameRefused, Reject, RejectCode

_MN = re.compile(rb"MN=([0-9A-Za-z_.:\-]{1,64})")
_QN = re.compile(rb"QN=([0-9]{17})")
_LOW_BYTES: Final = frozenset(value & 0xFF for value in TABLE)

#: Check values that field devices send instead, and what to say of them; computed from (head and length, segment).
_FOREIGN: Final[tuple[tuple[Callable[[bytes, bytes], int], str], ...]] = (
    (
        lambda head, segment: swapped(modbus_crc(segment)),
        "设备按 CRC-16/MODBUS 计算并交换了高低字节（现场常见）。确认设备无误后，可在设备档案中选择接收 modbus-swapped",
    ),
    (
        lambda head, segment: modbus_crc(segment),
        "设备按 CRC-16/MODBUS 计算，与附录 A 的算法不同。确认设备无误后，可在设备档案中选择接收 modbus",
    ),
    (
        lambda head, segment: swapped(crc(segment)),
        "算法正确，但高低字节写反。确认设备无误后，可在设备档案中选择接收 standard-swapped",
    ),
    (lambda head, segment: crc(head + segment), "校验把包头和长度也算了进去，标准只算数据段"),
    (lambda head, segment: crc(segment + b"\r\n"), "校验把包尾回车换行也算了进去，标准只算数据段"),
)


def _text(raw: bytes, pattern: re.Pattern[bytes]) -> str:
    match = pattern.search(raw)
    return match[1].decode("ascii") if match else ""


def _reject(raw: bytes, code: RejectCode, reason: str, cause: str) -> Reject:
    return Reject(raw, code, reason, cause, _text(raw, _MN), _text(raw, _QN))


def garbage(raw: bytes) -> Reject:
    """Bytes between frames."""
    if raw.startswith(b"##"):
        cause = "包头 ## 之后不是四位数字的数据段长度"
    elif b"CP=&&" in raw or b"QN=" in raw:
        cause = "看起来是一帧的后半截：前面的字节丢失，或发送方没有加包头"
    elif raw[:4] in (b"GET ", b"POST", b"HEAD") or raw[:3] == b"\x16\x03\x01" or raw[:4] == b"SSH-":
        cause = "不是 HJ 212 设备：像网页、TLS 或 SSH 客户端的连接（端口扫描）"
    else:
        cause = "线路干扰，或接入的不是 HJ 212 设备"
    return _reject(raw, RejectCode.GARBAGE, f"{len(raw)} 字节不属于任何一帧（找不到包头 ## 加四位长度）", cause)


def bad_crc(raw: bytes) -> Reject:
    """Length and ending fit, the check value does not."""
    segment, sent = raw[6:-4], raw[-4:].decode("ascii")
    return _reject(
        raw,
        RejectCode.BAD_CRC,
        f"CRC 校验错误：帧内为 {sent}，按附录 A 应为 {crc(segment):04X}",
        crc_cause(raw[:6], segment, int(sent, 16)),
    )


def crc_cause(head: bytes, segment: bytes, sent: int) -> str:
    """What most likely produced a wrong check value."""
    for compute, words in _FOREIGN:
        if compute(head, segment) == sent:
            return words
    if sent & 0xFF not in _LOW_BYTES:
        return "该值不是附录 A 的算法能得出的：设备用了别的 CRC 算法，或校验字段在传输中损坏"
    return "数据段在传输中改变，或校验值是从别的帧抄来的"


def bad_length(raw: bytes, announced: int, *, is_whole: bool) -> Reject:
    """The announced length leads somewhere else than to the end of the frame."""
    if not is_whole:
        return _reject(
            raw,
            RejectCode.TRUNCATED,
            f"帧不完整：长度字段为 {announced}，收到数据 {max(len(raw) - 6, 0)} 字节后又遇到包头或找不到结尾",
            "发送中断后重连、字节丢失，或长度字段写错",
        )
    segment = raw[6:-4]
    sent, right = raw[-4:].decode("ascii"), crc(segment)
    if int(sent, 16) == right:
        cause = "校验按实际内容正确：设备算错了长度"
        if any(byte > 0x7F for byte in segment):
            cause += "（常见于按字符而不是按字节计算汉字）"
    else:
        cause = f"校验按实际内容也不符（应为 {right:04X}）：帧在生成或传输中被改动"
    reason = f"数据段长度错误：长度字段为 {announced}，实际 {len(segment)} 字节"
    return _reject(raw, RejectCode.BAD_LENGTH, reason, cause)


def truncated(raw: bytes, announced: int) -> Reject:
    """The stream ended inside a frame."""
    reason = f"帧不完整：长度字段为 {announced}，连接结束时只收到数据 {max(len(raw) - 6, 0)} 字节"
    return _reject(raw, RejectCode.TRUNCATED, reason, "连接在发送途中断开，或长度字段写大了")


def refused(raw: bytes, segment: bytes, error: FrameRefused) -> Reject:
    """Length and check value fit, the contents do not."""
    return _reject(raw, error.code, error.reason, error.likely_cause)


def cannot_decrypt(profile: DeviceProfile | None) -> FrameRefused:
    """The body is not text and no key opens it."""
    if profile is None or not profile.sm4_keys:
        return FrameRefused(
            RejectCode.NO_KEY,
            "数据区已加密（SM4），但没有该设备的密钥，无法解密和校验",
            "在设备档案中填写 16 字节密钥；若设备并未加密，则是传输出错",
        )
    return FrameRefused(
        RejectCode.BAD_CRC,
        "用设备档案中的密钥解密后，CRC 校验仍不符",
        "设备已更换密钥（CN=1014，最长 90 天），或密文在传输中改变",
    )
