"""Forms of the telemetry screens."""

from __future__ import annotations

from django import forms

from greenpark.protocols.hj212 import CrcVariant, Edition

CRCS: dict[str, str] = {
    CrcVariant.STANDARD: "标准",
    CrcVariant.STANDARD_SWAPPED: "标准，高低字节颠倒",
    CrcVariant.MODBUS: "MODBUS",
    CrcVariant.MODBUS_SWAPPED: "MODBUS，高低字节颠倒",
}


class UploadForm(forms.Form):
    """One file of readings."""

    file = forms.FileField(
        label="文件",
        help_text=(
            ".xlsx、.xls 或 .csv（UTF-8 或 GB 18030），不超过 50 MB。每行一条读数，或每行一个时间、每个监测点一列。"
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


class StationForm(forms.Form):
    """Settings of an HJ 212 station that differ from the standard's."""

    mn = forms.CharField(label="设备 MN", max_length=27)
    crc = forms.ChoiceField(label="接受的校验", choices=list(CRCS.items()), help_text="标准校验始终接受")
    edition = forms.ChoiceField(
        label="版本", required=False, choices=[("", "按报文"), *((str(e), f"HJ 212-{e}") for e in Edition)]
    )
    password = forms.CharField(label="口令 PW", max_length=20, required=False, help_text="留空则不校验口令")
    note = forms.CharField(label="说明", max_length=300, required=False, help_text="为什么与标准不同")


class DecisionForm(forms.Form):
    """What a person decides about one reading."""

    what = forms.ChoiceField(
        label="处理", choices=[("confirm", "确认有效"), ("discard", "剔除，不参与计算"), ("undo", "撤销先前的人工处理")]
    )
    reason = forms.CharField(label="理由", max_length=300)
