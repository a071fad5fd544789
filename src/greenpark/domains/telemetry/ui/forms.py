"""Forms of the telemetry screens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from greenpark.domains.telemetry.rules import NEEDS_REASON, OPTIONAL_FIELDS, ORDER_FIELDS, OrderField
from greenpark.protocols.hj212 import CrcVariant, Edition

CRCS = {
    CrcVariant.STANDARD: _("标准"),
    CrcVariant.STANDARD_SWAPPED: _("标准，高低字节颠倒"),
    CrcVariant.MODBUS: "MODBUS",
    CrcVariant.MODBUS_SWAPPED: _("MODBUS，高低字节颠倒"),
}


class UploadForm(forms.Form):
    """One file of readings."""

    file = forms.FileField(
        label=_("文件"),
        help_text=(
            _(".xlsx、.xls 或 .csv（UTF-8 或 GB 18030），不超过 50 MB。每行一条读数，或每行一个时间、每个监测点一列。")
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


class StationForm(forms.Form):
    """Settings of an HJ 212 station that differ from the standard's."""

    mn = forms.CharField(max_length=27, widget=forms.HiddenInput)
    crc = forms.ChoiceField(label=_("接受的校验"), choices=list(CRCS.items()), help_text=_("标准校验始终接受"))
    edition = forms.ChoiceField(
        label=_("版本"),
        required=False,
        choices=[("", _("按报文")), *((str(e), f"HJ 212-{e}") for e in Edition)],
    )
    password = forms.CharField(
        label=_("新口令 PW"), max_length=20, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("只写不读；留空则不改。未设口令的现场机不校验口令"),
    )  # fmt: skip
    forget_password = forms.BooleanField(label=_("清除口令，不再校验"), required=False)
    sm4_key = forms.CharField(
        label=_("新 SM4 密钥"), max_length=32, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("16 个字符或 32 位十六进制数字；只写不读，留空则不改。换钥期间旧密钥仍可解密"),
    )  # fmt: skip
    forget_keys = forms.BooleanField(label=_("清除已有的 SM4 密钥"), required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, help_text=_("为什么与标准不同"))


class DecisionForm(forms.Form):
    """What a person decides about one reading."""

    what = forms.ChoiceField(
        label=_("处理"),
        choices=[
            ("confirm", _("确认有效")),
            ("discard", _("剔除，不参与计算")),
            ("undo", _("撤销先前的人工处理")),
        ],
    )
    reason = forms.CharField(label=_("理由"), max_length=300)


class OrderForm(forms.Form):
    """Parameters of one downward command, made from the table of its parameters."""

    def __init__(self, cn: str, names: tuple[str, ...], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.names = names
        for name in names:
            self.fields[name] = _order_field(ORDER_FIELDS[name], name not in OPTIONAL_FIELDS.get(cn, ()))
        self.fields["reason"] = forms.CharField(label=_("理由"), max_length=300, required=cn in NEEDS_REASON)

    def values(self) -> dict[str, str]:
        """The parameters as text, as the order keeps them."""
        return {name: str(self.cleaned_data[name]) for name in self.names if self.cleaned_data[name] not in ("", None)}


def _order_field(shape: OrderField, required: bool) -> forms.Field:
    common: dict[str, Any] = {
        "label": gettext(shape.label),
        "required": required,
        "help_text": shape.hint and gettext(shape.hint),
    }
    if shape.kind == "whole":
        return forms.IntegerField(min_value=shape.low, max_value=shape.high, **common)
    if shape.kind == "moment":
        return forms.CharField(max_length=25, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), **common)
    if shape.kind == "secret":
        return forms.CharField(max_length=20, widget=forms.PasswordInput(attrs={"autocomplete": "off"}), **common)
    return forms.CharField(max_length=60, **common)
