"""The application, step by step. Every step is a page of its own, works without scripts and keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from greenpark.domains.accounts.contracts import Actor
from greenpark.domains.housing.contracts import ApplicationView, HousingError, Refused
from greenpark.domains.housing.rules import forms as words
from greenpark.domains.housing.selectors import cases, public
from greenpark.domains.housing.services import applications, residents
from greenpark.domains.housing.ui.resident import forms
from greenpark.domains.housing.ui.resident.common import now, own_case, page, today
from greenpark.kernel.identity import mask_identity_number, mask_name, mask_phone

STEPS = {
    "applicant": "申请人",
    "family": "家庭成员",
    "homes": "户籍与住房",
    "documents": "上传材料",
    "pledge": "承诺与同意",
    "review": "核对提交",
}
_ORDER = list(STEPS)
_EDITABLE = ("draft", "supplement")
RELATIONS = words.RELATIONS


@dataclass
class Shown:
    """A step as it is shown: forms by block, and further values."""

    forms: list[tuple[str, django_forms.Form]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def errors(self) -> list[tuple[str, str]]:
        """(id of the field, message), to sum up at the top."""
        return [
            (form[name].id_for_label or form[name].auto_id, f"{form[name].label}：{message}")
            for _, form in self.forms
            for name, found in form.errors.items()
            for message in found
        ]


def _next(step: str) -> str:
    return _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]


def _applicant(request: HttpRequest, typed: dict[str, Any]) -> Shown:
    kept = {**typed.get("applicant", {}), "married": forms.word(typed.get("married"))}
    form = forms.ApplicantForm(request.POST or None, kept=kept, today=today())
    return Shown([("", form)])


def _applicant_values(shown: Shown, typed: dict[str, Any]) -> dict[str, Any]:
    found = shown.forms[0][1].values()
    married = forms.flag(found.pop("married"))
    return {"applicant": found, "married": married}


def _count(request: HttpRequest, name: str, kept: int, most: int) -> int:
    """How many rows a page has: as posted, one more for «add», at most ``most``."""
    if request.method != "POST":
        return kept
    posted = request.POST.get(f"{name}_count", "0")
    n = int(posted) if posted.isdigit() and len(posted) < 3 else 0
    return min(n + ("add" in request.POST), most)


def _family(request: HttpRequest, typed: dict[str, Any]) -> Shown:
    data, day = request.POST or None, today()
    shown = Shown()
    if typed.get("married"):
        shown.forms.append(("配偶", forms.SpouseForm(data, prefix="spouse", kept=typed.get("spouse"), today=day)))
    children = typed.get("children", [])
    count = _count(request, "child", len(children), forms.MOST_CHILDREN)
    for n in range(count):
        if request.POST.get("remove") == str(n):
            continue
        kept = children[n] if n < len(children) else None
        # A row that was just added has nothing to complain about.
        fresh = n >= len(children) and f"child-{n}-name" not in request.POST
        form = forms.ChildForm(None if fresh else data, prefix=f"child-{n}", kept=kept, today=day)
        shown.forms.append((f"未成年子女 {n + 1}", form))
    shown.extra = {"child_count": count, "can_add": count < forms.MOST_CHILDREN}
    return shown


def _family_values(shown: Shown, typed: dict[str, Any]) -> dict[str, Any]:
    people: list[Any] = [form for _, form in shown.forms]
    return {
        "spouse": next((p.values() for p in people if isinstance(p, forms.SpouseForm)), {}),
        "children": [p.values() for p in people if isinstance(p, forms.ChildForm)],
    }


def _homes(request: HttpRequest, typed: dict[str, Any]) -> Shown:
    kept_homes = typed.get("homes", [])
    said = {
        "hukou_district": typed.get("hukou_district"),
        "address": typed.get("address"),
        "lives_locally": forms.word(typed.get("lives_locally")),
        "rents_public": forms.word(typed.get("rents_public")),
        "owns": forms.word(bool(kept_homes)) if "homes" in typed else "",
    }
    data = request.POST or None
    shown = Shown([("", forms.SituationForm(data, initial=said))])
    count = _count(request, "home", len(kept_homes), forms.MOST_HOMES)
    if request.POST.get("owns") == "no" and "add" not in request.POST:
        count = 0
    for n in range(count):
        if request.POST.get("remove") == str(n):
            continue
        fresh = n >= len(kept_homes) and f"home-{n}-district" not in request.POST
        initial = kept_homes[n] if n < len(kept_homes) else None
        form = forms.HomeForm(None if fresh else data, prefix=f"home-{n}", initial=initial)
        shown.forms.append((f"自有住房 {n + 1}", form))
    shown.extra = {"home_count": count, "can_add": count < forms.MOST_HOMES}
    return shown


def _homes_values(shown: Shown, typed: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = dict(shown.forms[0][1].cleaned_data)
    owns = forms.flag(said.pop("owns"))
    homes = [form.cleaned_data for _, form in shown.forms[1:]]
    if owns and not homes:
        shown.forms[0][1].add_error("owns", "选择了「是」，请点「添加一处住房」填写")
    return {
        **said,
        "lives_locally": forms.flag(said["lives_locally"]),
        "rents_public": forms.flag(said["rents_public"]),
        "homes": homes,
    }


def _people(typed: dict[str, Any]) -> list[dict[str, Any]]:
    """Everybody of the family, masked."""
    return [
        {
            "n": n,
            "relation": RELATIONS[p["relation"]],
            "name": mask_name(p.get("name", "")),
            "tail": mask_identity_number(p.get("identity_number", "")),
            "phone": mask_phone(p.get("phone", "")),
            "consent": bool(p.get("consent")),
        }
        for n, p in enumerate(residents.people_of(typed))
    ]


def _pledge(request: HttpRequest, typed: dict[str, Any]) -> Shown:
    people = _people(typed)
    form = django_forms.Form(request.POST or None)
    for p in people:
        form.fields[f"consent-{p['n']}"] = django_forms.BooleanField(
            label=f"{p['name']}（{p['relation']}）同意接受核查", initial=p["consent"],
            error_messages={"required": f"{p['name']}还没有同意；没有同意不能核查，也就不能受理（第二十二条(二)）"},
        )  # fmt: skip
    form.fields["pledge"] = django_forms.BooleanField(
        label="我承诺所填信息和上传材料真实、完整、有效，并承担相应责任", initial=bool(typed.get("pledge")),
        error_messages={"required": "请勾选真实性承诺（第二十六条(二)）"},
    )  # fmt: skip
    return Shown([("", form)])


def _pledge_values(shown: Shown, typed: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = shown.forms[0][1].cleaned_data
    people = residents.people_of(typed)
    for n, p in enumerate(people):
        p["consent"] = bool(given.get(f"consent-{n}"))
        p.pop("relation")
    spouse = people[1] if typed.get("married") else {}
    children = people[2:] if typed.get("married") else people[1:]
    return {"applicant": people[0], "spouse": spouse, "children": children, "pledge": bool(given.get("pledge"))}


Build = Callable[[HttpRequest, dict[str, Any]], Shown]
Take = Callable[[Shown, dict[str, Any]], dict[str, Any]]
FORM_STEPS: dict[str, tuple[Build, Take]] = {
    "applicant": (_applicant, _applicant_values),
    "family": (_family, _family_values),
    "homes": (_homes, _homes_values),
    "pledge": (_pledge, _pledge_values),
}


def _done(typed: dict[str, Any], kinds: set[str]) -> dict[str, bool]:
    """Which steps are filled in."""
    people = residents.people_of(typed)
    named = all(p.get("identity_number") for p in people)
    return {
        "applicant": bool(typed.get("applicant", {}).get("identity_number")),
        "family": "children" in typed and named,
        "homes": bool(typed.get("hukou_district")) and "homes" in typed,
        "documents": all(k in kinds for k, (_, _, needed) in words.DOCUMENTS.items() if needed),
        "pledge": bool(typed.get("pledge")) and all(p.get("consent") for p in people),
        "review": False,
    }


def _frame(by: Actor, step: str, case: ApplicationView, typed: dict[str, Any]) -> dict[str, Any]:
    uploads = cases.documents(by, case.number)
    done = _done(typed, {d.kind for d in uploads})
    position = _ORDER.index(step)
    return {
        "case": case,
        "step": step,
        "step_title": STEPS[step],
        "position": position + 1,
        "steps": [{"name": s, "title": t, "done": done[s], "on": s == step} for s, t in STEPS.items()],
        "before": _ORDER[position - 1] if position else "",
        "done": done,
        "uploads": uploads,
    }


@require_http_methods(["GET", "POST"])
@own_case
def form(request: HttpRequest, by: Actor, step: str) -> HttpResponse:
    """One step: GET shows it, POST checks, keeps and goes on."""
    if step not in STEPS:
        raise Http404("没有这一步")
    case = cases.own(by)
    if case.state not in _EDITABLE:
        return redirect("housing:my")
    typed = residents.draft(by)
    if step in FORM_STEPS:
        return _form_step(request, by, step, case, typed)
    if step == "documents":
        return _documents_step(request, by, case, typed)
    return _review_step(request, by, case, typed)


def _form_step(
    request: HttpRequest, by: Actor, step: str, case: ApplicationView, typed: dict[str, Any]
) -> HttpResponse:
    build, take = FORM_STEPS[step]
    shown = build(request, typed)
    checked = [f.is_valid() for _, f in shown.forms]  # every form, so that all errors are told at once
    editing_rows = "add" in request.POST or "remove" in request.POST
    if request.method == "POST" and not editing_rows and all(checked):
        values = take(shown, typed)
        if not shown.errors():
            residents.keep(values, by=by, at=now())
            return redirect("housing:my" if "later" in request.POST else "housing:my-form", **_to(request, step))
    if "remove" in request.POST:
        return _removed(by, step, shown, typed)
    errors = shown.errors() if request.method == "POST" and not editing_rows else []
    context = {**_frame(by, step, case, typed), "blocks": shown.forms, "errors": errors, **shown.extra}
    context["hide_errors"] = editing_rows
    return page(request, "form.html", context, 422 if errors else 200)


def _to(request: HttpRequest, step: str) -> dict[str, str]:
    return {} if "later" in request.POST else {"step": _next(step)}


def _removed(by: Actor, step: str, shown: Shown, typed: dict[str, Any]) -> HttpResponse:
    """A row was taken out: keep those that remain and are right, and show the page anew."""
    if step == "family":
        rows: list[Any] = [f for _, f in shown.forms if isinstance(f, forms.ChildForm)]
        kept = [f.values() if f.is_valid() else f.kept for f in rows]
        values = {"children": [k for k in kept if k.get("identity_number")]}
    else:
        rows = [f for _, f in shown.forms[1:]]
        values = {"homes": [f.cleaned_data for f in rows if f.is_valid()]}
        situation = shown.forms[0][1]
        situation.is_valid()
        said = {k: v for k, v in situation.cleaned_data.items() if k != "owns"}
        values |= {k: forms.flag(v) if k in ("lives_locally", "rents_public") else v for k, v in said.items()}
    residents.keep(values, by=by, at=now())
    return redirect("housing:my-form", step=step)


def _documents_step(request: HttpRequest, by: Actor, case: ApplicationView, typed: dict[str, Any]) -> HttpResponse:
    """Uploads by kind; each is stored at once. Going on is a link."""
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        try:
            _take_upload(request, by, case.number, kind)
        except HousingError as fault:
            name = words.DOCUMENTS.get(kind, ("材料", "", False))[0]
            errors = [(f"file-{kind}", f"{name}：{fault}")]
        else:
            if request.headers.get("X-Requested-With") != "fetch":
                return redirect("housing:my-form", step="documents")
    frame = _frame(by, "documents", case, typed)
    kinds = [
        {
            "code": code, "name": name, "article": article, "needed": needed,
            "files": [d for d in frame["uploads"] if d.kind == code],
            "error": errors[0][1] if errors and errors[0][0] == f"file-{code}" else "",
        }
        for code, (name, article, needed) in words.DOCUMENTS.items()
    ]  # fmt: skip
    context = {**frame, "kinds": kinds, "errors": errors, "most_mb": words.MAX_BYTES // 1024 // 1024}
    return page(request, "documents.html", context, 422 if errors else 200)


def _take_upload(request: HttpRequest, by: Actor, number: str, kind: str) -> None:
    given = request.FILES.get("file")
    if given is None:
        raise Refused("还没有选择文件，请先选择照片或 PDF")
    if given.size > words.MAX_BYTES:
        raise Refused(f"文件 {given.size / 1048576:.1f} MB，超过 {words.MAX_BYTES // 1048576} MB；请压缩后再传")
    applications.attach(
        number, kind=kind, name=given.name or "材料", content=given.read(), content_type=given.content_type or "",
        by=by, at=now(),
    )  # fmt: skip


@require_POST
@own_case
def remove_document(request: HttpRequest, by: Actor, document_id: int) -> HttpResponse:
    """Take an upload back before submitting."""
    try:
        residents.remove_document(document_id, by=by, at=now())
    except Refused:
        return redirect("housing:my")
    return redirect("housing:my-form", step="documents")


#: Where the errors of the service belong.
_STEP_OF = {"people": "family", "homes": "homes", "married": "applicant", "consent": "pledge", "pledge": "pledge",
            "documents": "documents", "kind": "documents"}  # fmt: skip


def _review_step(request: HttpRequest, by: Actor, case: ApplicationView, typed: dict[str, Any]) -> HttpResponse:
    errors: list[tuple[str, str]] = []
    frame = _frame(by, "review", case, typed)
    if request.method == "POST":
        try:
            residents.submit(pledge=bool(typed.get("pledge")), by=by, at=now())
        except HousingError as fault:
            detail = [(_STEP_OF.get(k.split(".")[0], "applicant"), v) for k, v in fault.errors.items()]
            errors = detail or [("", str(fault))]
        else:
            return redirect("housing:my-sent")
    open_steps = [(s, t) for s, t in STEPS.items() if s != "review" and not frame["done"][s]]
    context = {
        **frame, "typed": typed, "people": _people(typed), "errors": errors, "open_steps": open_steps,
        "batch": public.batch(case.announcement_id), "kinds": words.DOCUMENTS,
    }  # fmt: skip
    return page(request, "review.html", context, 422 if errors else 200)
