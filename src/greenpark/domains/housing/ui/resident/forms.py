"""Forms of the application. An identity number that was typed before is never printed into a page again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django import forms

from greenpark.domains.housing.rules.eligibility import COUNTING_DISTRICTS
from greenpark.kernel.identity import (
    IdentityNumber,
    NotAnIdentityNumber,
    identity_number,
    mask_identity_number,
)

YES_NO = (("yes", "是"), ("no", "否"))
DISTRICTS = (*((d, d) for d in ("海南区", "海勃湾区", "乌达区") if d in COUNTING_DISTRICTS), ("其他", "其他地区"))
ADULT_AGE = 18
MOST_CHILDREN, MOST_HOMES = 6, 6
_ID_HELP = "18 位。末位是校验码，由前 17 位算出（GB 11643）；只用于资格核查，加密保存"


def _text(label: str, *, required: bool = True, most: int = 60, help: str = "", **attrs: str) -> forms.CharField:
    said = {"required": f"请填写{label}", "max_length": f"{label}最多 {most} 个字"}
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=help, widget=widget, error_messages=said
    )


def _choice(label: str, choices: Any, *, help: str = "", required: bool = True) -> forms.ChoiceField:
    said = {"required": f"请选择：{label}"}
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, help_text=help, required=required, error_messages=said
    )


class PersonForm(forms.Form):
    """Name and identity number. ``kept``: what was typed before."""

    name = _text("姓名", most=50, help="与身份证一致")
    identity_number = _text("身份证号", most=40, help=_ID_HELP, inputmode="text", autocapitalize="characters")
    oldest: int | None = None

    def __init__(self, *args: Any, kept: Mapping[str, Any] | None = None, today: date, **kwargs: Any) -> None:
        self.kept, self.today = dict(kept or {}), today
        super().__init__(*args, initial={k: v for k, v in self.kept.items() if k != "identity_number"}, **kwargs)
        if self.kept.get("identity_number"):
            field = self.fields["identity_number"]
            field.required = False
            field.help_text = f"已填：{mask_identity_number(self.kept['identity_number'])}。不改就留空"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if len(name) < 2:
            raise forms.ValidationError("姓名至少 2 个字，请与身份证一致")
        return name

    def clean_identity_number(self) -> str:
        typed: str = self.cleaned_data["identity_number"] or self.kept.get("identity_number", "")
        try:
            found = identity_number(typed, today=self.today)
        except NotAnIdentityNumber as fault:
            raise forms.ValidationError(str(fault)) from fault
        self.check_age(found)
        return found.number

    def check_age(self, found: IdentityNumber) -> None:
        """Nothing to check for adults: capacity is judged by people (第十七条)."""

    def values(self) -> dict[str, Any]:
        return {**self.kept, **self.cleaned_data}


class ApplicantForm(PersonForm):
    phone = _text("手机号", most=20, help="用于补录和选房通知", inputmode="tel")
    married = _choice("婚姻状况", (("yes", "已婚"), ("no", "未婚、离异或丧偶")))

    def clean_phone(self) -> str:
        phone = re.sub(r"[\s-]", "", self.cleaned_data["phone"])
        if not re.fullmatch(r"1\d{10}|0\d{9,11}", phone):
            raise forms.ValidationError(f"手机号应为 11 位数字，现为 {len(phone)} 位；座机请连区号填写")
        return phone


class SpouseForm(PersonForm):
    phone = _text("手机号", most=20, required=False, inputmode="tel", help="可不填")


class ChildForm(PersonForm):
    def check_age(self, found: IdentityNumber) -> None:
        if found.age_on(self.today) >= ADULT_AGE:
            raise forms.ValidationError("该子女已满 18 岁；申请家庭成员只含配偶和未成年子女（第十七条），请移除")


class SituationForm(forms.Form):
    """Hukou, residence, present rental, and whether there are own homes."""

    hukou_district = _choice("户籍所在区", DISTRICTS, help="申请须具有海南区户籍（第十八条(一)）")
    lives_locally = _choice("是否在海南区实际居住", YES_NO)
    address = _text("现住址", most=200, help="用于核实居住情况，加密保存，不公开")
    rents_public = _choice(
        "是否正在享受公共租赁住房或保障性租赁住房", YES_NO, help="可以申请，但进户前须先退出（第二十条）"
    )
    owns = _choice(
        "家庭在海勃湾区、乌达区、海南区是否有自有住房", YES_NO,
        help="含已登记的住房，以及已网签备案、尚未登记的住房（第十九条）",
    )  # fmt: skip


class HomeForm(forms.Form):
    """An own home."""

    district = forms.ChoiceField(
        label="所在区", choices=[("", "请选择"), *DISTRICTS], error_messages={"required": "请选择所在区"}
    )
    area_m2 = _text("建筑面积（m²）", most=10, inputmode="decimal", help="按房产证或合同填写，如 45.50")
    share = _text("家庭所占份额", most=10, required=False, help="全部为自家所有不用填；共有的写分数，如 1/2")
    filed_contract_only = forms.BooleanField(label="只有网签备案合同，还没有办理登记", required=False)

    def clean_area_m2(self) -> str:
        typed = self.cleaned_data["area_m2"].strip()
        try:
            area = Decimal(typed)
        except InvalidOperation:
            raise forms.ValidationError(f"面积应为数字，如 45.50，现为「{typed}」") from None
        if not area.is_finite() or not 0 < area < 10000:
            raise forms.ValidationError(f"面积应大于 0、小于 10000 m²，现为「{typed}」")
        return str(area)

    def clean_share(self) -> str:
        typed = self.cleaned_data["share"].strip() or "1"
        try:
            share = Fraction(typed)
        except (ValueError, ZeroDivisionError):
            raise forms.ValidationError(f"份额应写为分数或小数，如 1/2 或 0.5，现为「{typed}」") from None
        if not 0 < share <= 1:
            raise forms.ValidationError(f"份额应大于 0 且不超过 1，现为「{typed}」")
        return str(Decimal(share.numerator) / Decimal(share.denominator))


class EnterForm(forms.Form):
    number = _text("申请编号", most=40, help="如 HS2026-001-00001，写在受理通知书上", autocapitalize="characters")
    code = _text("查询码", most=40, help="16 位字母和数字，开始申请时给出；不分大小写，空格不影响")


class WithdrawForm(forms.Form):
    reason = _text("退出原因", most=300, required=False, help="可不填")
    sure = forms.BooleanField(label="我确认自愿退出，知道退出后本次申请终止", error_messages={"required": "请勾选确认"})


class ProxyForm(forms.Form):
    """The proxy at the selection of homes."""

    proxy_name = _text("受托人姓名", most=50)
    proxy_identity = _text("受托人身份证号", most=40, help="只印在委托书上，系统不保存")
    relation = _text("与申请人的关系", most=20, help="如：儿子、配偶、邻居")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_proxy_identity(self) -> str:
        try:
            return identity_number(self.cleaned_data["proxy_identity"], today=self.today).number
        except NotAnIdentityNumber as fault:
            raise forms.ValidationError(str(fault)) from fault


def flag(text: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(text or "")


def word(value: bool | None) -> str:
    return {True: "yes", False: "no"}.get(value, "") if value is not None else ""
