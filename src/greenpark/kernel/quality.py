"""Quality of a reading: what the device said, what our checks found, what a person or a rule decided.

One 32-bit mask per reading, kept beside the value for ever. Nothing is deleted: a reading that must not count
carries the bit that says why, and a substituted value points to the rule that made it.
"""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """Reasons that can stand beside a value. ``GOOD`` is the absence of all of them."""

    GOOD = 0

    # What the device said (HJ 212-2017 table of data flags; N is GOOD).
    DEVICE_STOPPED = 1 << 0  # F 在线监控（监测）仪器仪表停运
    DEVICE_MAINTENANCE = 1 << 1  # M 维护
    DEVICE_MANUAL = 1 << 2  # S 手工输入的设定值
    DEVICE_FAULT = 1 << 3  # D 故障
    DEVICE_CALIBRATING = 1 << 4  # C 校准
    DEVICE_OVER_RANGE = 1 << 5  # T 超测定上限
    DEVICE_NO_LINK = 1 << 6  # B 仪器与数采仪通讯异常
    DEVICE_OTHER = 1 << 7  # a flag outside the table, or the device's own (-EFlag)

    # What our checks found.
    RANGE = 1 << 8  # outside the point's plausible range
    SPIKE = 1 << 9  # a single value its neighbours contradict
    FLAT_LINE = 1 << 10  # unchanged for longer than the point can be
    GAP = 1 << 11  # readings missing before this one; amounts were spread over the gap
    CLOCK_SKEW = 1 << 12  # the device's clock disagrees with the time of receipt
    ROLLOVER = 1 << 13  # the register wrapped
    RESET = 1 << 14  # the register restarted (meter exchanged)
    DUPLICATE = 1 << 15  # sent again with the same value
    LATE = 1 << 16  # arrived long after its time, when its period had been rolled up already
    MULTIPLIER_CHANGE = 1 << 17  # the step scale changed by a constant ratio
    ESTIMATED = 1 << 18  # interpolated or spread, not measured

    # What a rule or a person decided.
    SUBSTITUTED = 1 << 20  # another value counts instead; the original is kept
    MANUAL_ENTRY = 1 << 21  # typed or imported by a person
    CONFIRMED = 1 << 22  # a person confirmed a suspicious value
    DISCARDED = 1 << 23  # a person decided that the value must not count


#: A reading with any of these bits and without ``CONFIRMED`` does not count in sums, means or differences.
INVALID = (
    Quality.DEVICE_STOPPED
    | Quality.DEVICE_MAINTENANCE
    | Quality.DEVICE_FAULT
    | Quality.DEVICE_CALIBRATING
    | Quality.DEVICE_OVER_RANGE
    | Quality.DEVICE_NO_LINK
    | Quality.RANGE
    | Quality.SPIKE
    | Quality.DISCARDED
)

#: Marks that tell how a reading came, not what it says. The same reading sent again may carry them or not; that alone
#: does not make it another reading, and the one that came first keeps its marks.
OF_RECEIPT = Quality.CLOCK_SKEW | Quality.LATE
#: The bits of a mask that tell what a reading says (a plain positive number: also used in SQL).
CONTENT_BITS: int = 0x7FFF_FFFF & ~int(OF_RECEIPT)

#: HJ 212 data flag -> quality. Codes outside the table become ``DEVICE_OTHER``.
FROM_HJ212_FLAG: dict[str, Quality] = {
    "N": Quality.GOOD,
    "F": Quality.DEVICE_STOPPED,
    "M": Quality.DEVICE_MAINTENANCE,
    "S": Quality.DEVICE_MANUAL,
    "D": Quality.DEVICE_FAULT,
    "C": Quality.DEVICE_CALIBRATING,
    "T": Quality.DEVICE_OVER_RANGE,
    "B": Quality.DEVICE_NO_LINK,
}


def counts(quality: int) -> bool:
    """Whether a reading with this mask counts in sums and means."""
    return bool(quality & Quality.CONFIRMED) or not quality & INVALID
