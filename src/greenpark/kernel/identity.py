"""Identity numbers of people and bodies, and how they are shown masked.

Citizen identity number: GB 11643-1999 (17 digits and a check character after ISO 7064 MOD 11-2).
Unified social credit code: GB 32100-2015 (17 characters and a check character, MOD 31).
The arithmetic is python-stdnum's; the words, the date checks and the masks are ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric, uscc

_MASK = "＊"


class NotAnIdentityNumber(ValueError):
    """The text is no citizen identity number; the message says what is wrong."""


class NotACreditCode(ValueError):
    """The text is no unified social credit code; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A citizen identity number that keeps the standard."""

    number: str
    """18 characters, X in upper case."""
    born: date
    region: str
    """First six digits: where the number was first issued. A hint only, never proof of residence or of registration."""
    male: bool

    def age_on(self, day: date) -> int:
        """Full years of age on a day; somebody born on 29 February has their birthday on 1 March otherwise."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


def identity_number(text: str, *, today: date) -> IdentityNumber:
    """Read a citizen identity number (GB 11643-1999).

    Full-width digits and blanks are tolerated, a small x becomes X. Numbers of 15 digits are no longer valid
    documents and are refused. The region is not looked up: codes are abolished while people keep their numbers.

    Args:
        today: nobody is born later.

    Raises:
        NotAnIdentityNumber: length, character, date or check character is wrong.
    """
    number = _folded(text)
    if len(number) != 18:
        raise NotAnIdentityNumber(f"身份证号应为 18 位，现为 {len(number)} 位")
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise NotAnIdentityNumber("身份证号前 17 位应为数字，末位为数字或 X")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise NotAnIdentityNumber(f"身份证号中的出生日期 {number[6:14]} 不存在") from None
    if not date(1900, 1, 1) <= born <= today:
        raise NotAnIdentityNumber(f"身份证号中的出生日期 {born.isoformat()} 不在 1900 年至今天之间")
    if ric.calc_check_digit(number) != number[-1]:
        raise NotAnIdentityNumber("身份证号校验位不符，请核对是否输错一位或颠倒两位")
    return IdentityNumber(number, born, number[:6], int(number[16]) % 2 == 1)


def credit_code(text: str) -> str:
    """Read a unified social credit code (GB 32100-2015): 18 characters, check character right.

    >>> credit_code("9111 0000 6000 3734 1L")
    '91110000600037341L'
    """
    code = _folded(text)
    if len(code) != 18:
        raise NotACreditCode(f"信用代码应为 18 位，现为 {len(code)} 位")
    if odd := sorted(set(code) & set("IOSVZ")):
        raise NotACreditCode(f"信用代码不使用字母 I、O、S、V、Z，现有 {'、'.join(odd)}（常为数字 1、0、5、2 之误）")
    # python-stdnum's own validate() wants two digits in front; GB 32100 gives out A, N and Y there too.
    if not re.fullmatch(r"[0-9ANY][0-9A-Z]\d{6}[0-9A-Z]{10}", code):
        raise NotACreditCode("信用代码格式不符：前 2 位为登记管理部门与机构类别，第 3—8 位为行政区划数字")
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        raise NotACreditCode("信用代码校验位不符，请核对是否输错一位或颠倒两位")
    return code


def _folded(text: str) -> str:
    """Full-width forms to ASCII, blanks and hyphens out, upper case."""
    ascii_ = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return re.sub(r"[\s\u3000-]", "", ascii_).upper()


def mask_name(name: str) -> str:
    """Surname and stars: 张＊, 欧＊＊. One character stays as it is a surname; blank stays blank."""
    name = name.strip()
    return name[:1] + _MASK * max(len(name) - 1, 1) if name else ""


def mask_phone(phone: str) -> str:
    """138＊＊＊＊1234; anything that is no 11-digit mobile number shows its last four at most."""
    phone = phone.strip()
    if re.fullmatch(r"1\d{10}", phone):
        return phone[:3] + _MASK * 4 + phone[-4:]
    return _MASK * (len(phone) - 4) + phone[-4:] if len(phone) > 4 else _MASK * len(phone)


def mask_identity_number(number: str) -> str:
    """尾号 021X: the last four characters, as public lists show it."""
    folded = _folded(number)
    return f"尾号 {folded[-4:]}" if len(folded) >= 15 else _MASK * len(folded)
