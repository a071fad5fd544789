"""Identity numbers against published examples; masks; every single-character slip is noticed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenpark.kernel import identity

TODAY = date(2026, 11, 22)
#: The worked examples printed in GB 11643-1999 (annex A) and quoted everywhere since.
PRINTED = ("11010519491231002X", "440524188001010014")
#: Of listed companies, as they print them: 中国石油天然气股份有限公司, 腾讯科技（深圳）有限公司.
CREDIT = ("91110000710925462X", "9144030071526726XG")


def test_the_standards_example() -> None:
    found = identity.identity_number(PRINTED[0], today=TODAY)
    assert (found.born, found.region, found.male) == (date(1949, 12, 31), "110105", False)


def test_the_standards_second_example_was_born_before_1900() -> None:
    with pytest.raises(identity.NotAnIdentityNumber, match="1900"):
        identity.identity_number(PRINTED[1], today=TODAY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("110105194912310021", "校验位"),
        ("11010519490231002X", "1949-?0231|19490231"),
        ("1101051949123100", "18 位，现为 16 位"),
        ("110105491231002", "现为 15 位"),
        ("1101051949123100XX", "前 17 位应为数字"),
        ("11010520991231002X", "1900 年至今天"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(identity.NotAnIdentityNumber, match=why):
        identity.identity_number(text, today=TODAY)


def test_full_width_and_blanks_are_read() -> None:
    assert identity.identity_number("１１０１０５ 19491231 002x", today=TODAY).number == PRINTED[0]


@given(st.integers(0, 16), st.integers(0, 9))
def test_any_single_wrong_digit_is_noticed(place: int, digit: int) -> None:
    original = PRINTED[0]
    if original[place] == str(digit):
        return
    with pytest.raises(identity.NotAnIdentityNumber):
        identity.identity_number(original[:place] + str(digit) + original[place + 1 :], today=TODAY)


def test_age_turns_on_the_birthday() -> None:
    person = identity.identity_number(PRINTED[0], today=TODAY)
    assert (person.age_on(date(2025, 12, 30)), person.age_on(date(2025, 12, 31))) == (75, 76)


@pytest.mark.parametrize("code", CREDIT)
def test_published_credit_codes(code: str) -> None:
    assert identity.credit_code(f" {code[:4].lower()} {code[4:]}") == code


@pytest.mark.parametrize("code", CREDIT)
def test_check_character_by_the_standards_formula(code: str) -> None:
    """GB 32100-2015: weights 3^i mod 31, computed here without the library."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    assert alphabet[(31 - total) % 31] == code[17]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("91110000710925462", "18 位，现为 17 位"),
        ("911100007109254621", "校验位"),
        ("9111000071O925462X", "不使用字母"),
        ("91AB0000710925462X", "格式"),
    ],
)
def test_wrong_credit_codes(text: str, why: str) -> None:
    with pytest.raises(identity.NotACreditCode, match=why):
        identity.credit_code(text)


def test_masks() -> None:
    assert identity.mask_name("张三") == "张＊"
    assert identity.mask_name("欧阳娜娜") == "欧＊＊＊"
    assert identity.mask_name(" ") == ""
    assert identity.mask_phone("13812341234") == "138＊＊＊＊1234"
    assert identity.mask_phone("0473-2021234") == "＊＊＊＊＊＊＊＊1234"
    assert identity.mask_identity_number(PRINTED[0]) == "尾号 002X"


@given(st.text(max_size=20))
def test_a_mask_never_shows_a_whole_name_or_number(text: str) -> None:
    stripped = text.strip()
    if stripped:
        assert identity.mask_name(text) != stripped or "＊" in stripped
        assert identity.mask_phone(text) != stripped or "＊" in stripped
