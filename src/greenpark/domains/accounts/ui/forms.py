"""Forms of the system pages. They check shapes; services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from greenpark.domains.accounts.contracts import ORGANISATION_KINDS, OrganisationView
from greenpark.domains.accounts.rules import ROLES, SCOPE_NAMES


def tree_choices(organisations: list[OrganisationView], *, blank: str = "") -> list[tuple[Any, str]]:
    """Organisations as choices, indented by their depth."""
    rows: list[tuple[Any, str]] = [("", blank)] if blank else []
    return rows + [(o.id, "　" * max(o.depth, 0) + o.name) for o in organisations]


class PersonForm(forms.Form):
    """Account, name, organisation, phone."""

    username = forms.RegexField(
        r"^[A-Za-z0-9._-]{3,60}$",
        label=_("账号"),
        help_text=_("3—60 位字母、数字、点、横线，建好后不能改"),
        error_messages={"invalid": "账号只能用字母、数字、点、横线，3—60 位"},
    )
    name = forms.CharField(label=_("姓名"), max_length=60)
    organisation = forms.TypedChoiceField(label=_("所在组织"), coerce=int)
    phone = forms.RegexField(
        r"^1\d{10}$", label=_("手机号"), required=False, error_messages={"invalid": "手机号应为 11 位数字，以 1 开头"}
    )
    is_active = forms.BooleanField(
        label=_("启用"), required=False, initial=True, help_text=_("停用后不能登录，其令牌失效")
    )
    password = forms.CharField(
        label=_("初始密码"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 10 位，四类字符中的三类；首次登录须修改"),
    )

    def __init__(self, *args: Any, organisations: list[OrganisationView], new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = tree_choices(organisations)
        if new:
            del self.fields["is_active"]
        else:
            del self.fields["username"], self.fields["password"]


class ResetForm(forms.Form):
    """A password set by an administrator."""

    password = forms.CharField(
        label=_("新的初始密码"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 10 位，四类字符中的三类；本人下次登录须修改"),
    )


class RoleForm(forms.Form):
    """A role with its data scope."""

    role = forms.ChoiceField(label=_("角色"), choices=[(r.code, r.name) for r in ROLES])
    scope = forms.ChoiceField(
        label=_("数据范围"), required=False, choices=[("", "按角色默认"), *((k, v) for k, v in SCOPE_NAMES.items())]
    )
    organisations = forms.TypedMultipleChoiceField(
        label=_("自定的组织"), coerce=int, required=False, help_text="只在数据范围选「自定」时填写，按住 Ctrl 可多选"
    )

    def __init__(self, *args: Any, organisations: list[OrganisationView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"].choices = tree_choices(organisations)
        self.fields["organisations"].widget.attrs["size"] = 6


class OrganisationForm(forms.Form):
    """A node of the tree."""

    code = forms.RegexField(
        r"^[A-Za-z0-9._:-]{2,40}$", label=_("代码"), error_messages={"invalid": "代码为 2—40 位字母、数字、点、横线"}
    )
    name = forms.CharField(label=_("名称"), max_length=120)
    kind = forms.ChoiceField(label=_("类型"), choices=list(ORGANISATION_KINDS.items()))
    parent = forms.TypedChoiceField(label=_("上级"), required=False, coerce=int, empty_value=None)
    active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, organisations: list[OrganisationView], new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = tree_choices(organisations, blank="（无上级）")
        if new:
            del self.fields["active"]
        else:
            del self.fields["code"], self.fields["kind"]


class TokenForm(forms.Form):
    """An API token."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("写明给哪个系统用，例：煤焦化 DCS 推送"))
    organisation = forms.TypedChoiceField(
        label=_("限定组织"), coerce=int, help_text=_("令牌只能读写此组织及其下级的数据")
    )
    permissions = forms.MultipleChoiceField(label=_("权限"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=365, initial=90)

    def __init__(
        self, *args: Any, organisations: list[OrganisationView], permissions: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = tree_choices(organisations)
        self.fields["permissions"].choices = [(name, f"{text}（{name}）") for name, text in permissions.items()]


class AuditFilter(forms.Form):
    """Filters of the audit trail, kept in the URL."""

    action = forms.CharField(label=_("动作"), required=False, max_length=80)
    subject = forms.CharField(label=_("对象"), required=False, max_length=160)
    actor = forms.CharField(label=_("操作人"), required=False, max_length=60)
    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
