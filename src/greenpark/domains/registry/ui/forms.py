"""Forms of the registry. They check shapes; services decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from greenpark.domains.registry.contracts import (
    BALANCES,
    MEDIA,
    POINT_KINDS,
    EnterpriseDraft,
    FacilityView,
    PlaceView,
    PointDraft,
)
from greenpark.domains.registry.rules import BINDINGS, UNITS
from greenpark.kernel.periods import PARK_ZONE
from greenpark.kernel.points import BindingKey


def show_errors(form: forms.Form, errors: Mapping[str, str]) -> None:
    """Put the service's errors beside their fields; unknown fields go to the top."""
    for name, why in errors.items():
        field = name.removesuffix("_id")
        form.add_error(field if field in form.fields else None, why)


class EnterpriseForm(forms.Form):
    """What people may say about an enterprise."""

    code = forms.CharField(label=_("代码"), max_length=20, help_text=_("名录内唯一，建好后不能改"))
    name = forms.CharField(label=_("名称"), max_length=120)
    short_name = forms.CharField(label=_("简称"), max_length=60, required=False)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), max_length=40, required=False, help_text="18 位；未提供时留空，不要填假代码"
    )
    district = forms.TypedChoiceField(label=_("所在区"), required=False, coerce=int, empty_value=None)
    park = forms.TypedChoiceField(label=_("所在园区"), required=False, coerce=int, empty_value=None)
    industry = forms.CharField(label=_("行业"), max_length=80, required=False)
    note = forms.CharField(label=_("备注"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    active = forms.BooleanField(label=_("在用"), required=False, initial=True)

    def __init__(self, *args: Any, places: list[PlaceView], new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = [(p.id, p.name) for p in places if p.kind == "区"]
        parks = [(p.id, p.name) for p in places if p.kind not in ("市", "区", "结构说法", "区外地点", "地点")]
        self.fields["district"].choices = [("", "未写明"), *districts]
        self.fields["park"].choices = [("", "未写明"), *parks]
        if not new:
            del self.fields["code"]

    def draft(self, code: str = "", **more: Any) -> EnterpriseDraft:
        """The draft of valid input."""
        data = self.cleaned_data
        return EnterpriseDraft(
            code=data.get("code", code),
            name=data["name"],
            short_name=data["short_name"],
            credit_code=data["credit_code"],
            district_id=data["district"],
            park_id=data["park"],
            industry=data["industry"],
            note=data["note"],
            active=data["active"],
            **more,
        )


class FacilityForm(forms.Form):
    """A plant, workshop, line or device."""

    code = forms.CharField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=120)
    kind = forms.CharField(label=_("类型"), max_length=40, required=False, help_text=_("厂区、车间、产线、设备等"))
    parent = forms.TypedChoiceField(label=_("上级设施"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, facilities: list[FacilityView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", "（无）"), *((f.id, "　" * f.depth + f.name) for f in facilities)]


_LOCAL = "%Y-%m-%dT%H:%M"


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)
    return forms.DateTimeField(label=label, required=False, widget=widget, input_formats=[_LOCAL, "%Y-%m-%d %H:%M"])


class PointForm(forms.Form):
    """Everything about a point."""

    code = forms.CharField(label=_("代码"), max_length=60, help_text=_("本企业内唯一"))
    name = forms.CharField(label=_("名称"), max_length=120)
    facility = forms.TypedChoiceField(label=_("所属设施"), required=False, coerce=int, empty_value=None)
    medium = forms.ChoiceField(label=_("介质"), choices=list(MEDIA.items()))
    kind = forms.ChoiceField(label=_("数据类型"), choices=list(POINT_KINDS.items()))
    unit = forms.CharField(
        label=_("单位"), max_length=20, help_text="与设备上送的单位逐字相同，例：" + "、".join(UNITS[:8])
    )
    expected_interval_s = forms.IntegerField(label=_("上报间隔（秒）"), min_value=1, initial=900)
    balance = forms.ChoiceField(label=_("平衡中的位置"), choices=list(BALANCES.items()), initial="none")
    sub_meter_of = forms.TypedChoiceField(label=_("上级监测点"), required=False, coerce=int, empty_value=None)
    multiplier = forms.FloatField(label=_("倍率"), initial=1.0, help_text=_("电表为 CT×PT；示数 × 倍率 = 单位量"))
    register_max = forms.FloatField(
        label=_("示数满量程"), required=False, help_text="累计量归零前的最大示数，例 999999.99"
    )
    min_value = forms.FloatField(label=_("合理下限"), required=False)
    max_value = forms.FloatField(label=_("合理上限"), required=False)
    max_rate = forms.FloatField(label=_("最大增速（单位/小时）"), required=False)
    commissioned_at = _moment("启用时间")
    decommissioned_at = _moment("停用时间")
    meter_class = forms.CharField(label=_("准确度等级"), max_length=20, required=False)
    calibration_due = forms.DateField(
        label=_("检定到期日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    gateway = forms.ChoiceField(
        label=_("接入方式"), required=False, choices=[("", "（不接入）"), *((b, b) for b in BINDINGS)]
    )
    address = forms.CharField(
        label=_("绑定"),
        required=False,
        max_length=255,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行一项，依次为：" + "；".join(f"{name}＝{'、'.join(parts)}" for name, parts in BINDINGS.items()),
    )
    active = forms.BooleanField(label=_("在用"), required=False, initial=True)
    note = forms.CharField(label=_("备注"), max_length=300, required=False)

    #: Fields whose names differ from the draft's.
    RENAMED = ("facility", "gateway", "address")

    def __init__(
        self, *args: Any, facilities: list[FacilityView], siblings: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].choices = [("", "（无）"), *((f.id, "　" * f.depth + f.name) for f in facilities)]
        self.fields["sub_meter_of"].choices = [("", "（无）"), *siblings]

    def binding(self) -> BindingKey | None:
        """The binding key of the two fields; parts may be blank."""
        gateway = self.cleaned_data["gateway"]
        if not gateway:
            return None
        parts = [part.strip() for part in self.cleaned_data["address"].split("\n")]
        missing = len(BINDINGS[gateway]) - len(parts)
        return (gateway, *parts, *[""] * max(missing, 0))

    def draft(self, enterprise_id: int, *, demo: bool = False) -> PointDraft:
        """The draft of valid input."""
        data = {k: v for k, v in self.cleaned_data.items() if k not in self.RENAMED}
        return PointDraft(
            enterprise_id=enterprise_id,
            facility_id=self.cleaned_data["facility"],
            binding=self.binding(),
            demo=demo,
            **data,
        )

    @classmethod
    def initial_of(cls, draft: PointDraft) -> dict[str, Any]:
        """The form's values for a point that exists."""
        values = {n: getattr(draft, n) for n in draft.__slots__ if n in cls.base_fields}
        for name in ("commissioned_at", "decommissioned_at"):
            moment: datetime | None = values[name]
            values[name] = moment.astimezone(PARK_ZONE) if moment else None
        key = draft.binding or ("",)
        return {**values, "facility": draft.facility_id, "gateway": key[0], "address": "\n".join(key[1:])}
