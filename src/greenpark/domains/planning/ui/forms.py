"""Forms of planning."""

from __future__ import annotations

from typing import Any

from django import forms

from greenpark.domains.planning.contracts import BadReport, ProgressDraft, ValueDraft

_AREA = {"rows": 3}


class ValueForm(forms.Form):
    """A value of an indicator."""

    period = forms.CharField(label="期间", max_length=7, help_text="年 2026 或月 2026-10")
    value = forms.CharField(label="数值", max_length=30, required=False)
    text = forms.CharField(label="文字结果", max_length=1000, required=False, widget=forms.Textarea(_AREA))
    accepted = forms.ChoiceField(
        label="是否达到（文字目标）", required=False, choices=[("", "不适用"), ("yes", "达到"), ("no", "未达到")]
    )
    provisional = forms.BooleanField(label="暂报（尚可变动，不送核验）", required=False)
    source = forms.CharField(label="数据来源与口径", max_length=200, help_text="报表名称、分母、边界")
    evidence = forms.CharField(label="佐证", max_length=1000, required=False, help_text="文号、链接或文件存放处")

    def __init__(self, *args: Any, unit: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unit:
            self.fields["value"].label = f"数值（{unit}）"

    def draft(self) -> ValueDraft:
        data = self.cleaned_data
        return ValueDraft(
            period=data["period"],
            value=data["value"],
            text=data["text"],
            accepted={"yes": True, "no": False}.get(data["accepted"]),
            provisional=data["provisional"],
            evidence=data["evidence"],
            source=data["source"],
        )


class ProgressForm(forms.Form):
    """A month's progress."""

    month = forms.CharField(label="月份", max_length=7, help_text="2026-10")
    progress = forms.CharField(label="本月进展", max_length=4000, widget=forms.Textarea(_AREA))
    evidence = forms.CharField(label="佐证", max_length=1000, required=False, help_text="文号、链接或文件存放处")
    difficulties = forms.CharField(label="困难", max_length=2000, required=False, widget=forms.Textarea(_AREA))
    coordination = forms.CharField(label="需协调事项", max_length=2000, required=False, widget=forms.Textarea(_AREA))

    def draft(self) -> ProgressDraft:
        return ProgressDraft(**self.cleaned_data)


class DecisionForm(forms.Form):
    """Who reports, and what an unstated parameter is."""

    organisation = forms.ChoiceField(label="负责单位", required=False)
    value = forms.CharField(label="确定的内容", max_length=500, required=False)
    basis = forms.CharField(label="依据", max_length=500, required=False, help_text="文件、会议纪要或批示")

    def __init__(self, *args: Any, organisations: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "不变"), *((str(key), name) for key, name in organisations)]
        self.fields["organisation"].choices = choices  # type: ignore[attr-defined]


def show_errors(form: forms.Form, wrong: BadReport) -> None:
    """Errors of a service beside the fields of the form."""
    for name, why in wrong.errors.items():
        form.add_error(name if name in form.fields else None, why)
