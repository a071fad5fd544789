"""Every console page with a lived-in project behind it, opened by the roles that use it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenpark.domains.accounts import testing as accounts
from greenpark.domains.housing import models, testing
from greenpark.domains.housing.services import selection

pytestmark = pytest.mark.django_db
AT = testing.noon(date(2026, 8, 3))


@pytest.fixture
def world() -> testing.World:
    world = testing.make_world(at=AT)
    testing.decide_parameters(world, at=AT)
    testing.make_project(world, at=AT)
    testing.announce(world, at=AT, days=20000)
    for n in range(3):
        testing.qualify(world, testing.apply(world, testing.family(n), at=AT), at=AT)
    testing.clear_and_pay(world, at=AT)
    draw = testing.hold_draw(world, at=AT + timedelta(days=20))
    first = selection.call(draw, 2, by=world.manager, at=AT + timedelta(days=21))[0]
    selection.choose(first, world.homes[0], by=world.manager, at=AT + timedelta(days=21))
    testing.apply(world, testing.family(7), at=AT)
    from greenpark.domains.housing.services import review

    review.accept(testing.apply(world, testing.family(8), at=AT), by=world.officer, at=AT)
    return world


def client(role: str, organisation: int) -> Client:
    return accounts.signed_in(accounts.make_person(role, role, organisation_id=organisation))


def pages(world: testing.World) -> list[tuple[str, dict[str, Any]]]:
    draw = models.Draw.objects.get()
    return [
        ("projects", {}), ("project", {"project": world.project}), ("funds", {"project": world.project}),
        ("cases", {}), ("pool", {}), ("publicity", {}), ("draws", {}), ("draw", {"draw": draw.pk}),
        ("board", {"announcement": world.announcement}), ("homes", {}), ("home", {"home": world.homes[0]}),
        ("parameters", {}), ("open-points", {}),
        *(("case", {"number": n}) for n in models.Application.objects.values_list("number", flat=True)),
    ]  # fmt: skip


def test_pages_open_for_bureau_and_manager(world: testing.World) -> None:
    for role, place in (("housing-officer", world.bureau), ("housing-manager", world.manager_organisation)):
        browser = client(role, place)
        for name, args in pages(world):
            answer = browser.get(reverse(f"housing:{name}", kwargs=args))
            assert answer.status_code == 200, (role, name, answer.content[:300])
        for name in ("case-new",):
            assert browser.get(reverse(f"housing:{name}")).status_code == 200


def test_no_page_export_or_api_shows_a_full_identity_number(world: testing.World, caplog: Any) -> None:
    """Numbers of this world begin with 999999; none of them may leave but through unmask and a bureau's own sheet."""
    browser = client("housing-officer", world.bureau)
    addresses = [reverse(f"housing:{name}", kwargs=args) for name, args in pages(world)]
    addresses += ["/housing/cases/?export=xlsx", "/api/v1/housing/applications", "/api/v1/housing/pool"]
    addresses += [f"/api/v1/housing/homes/{world.homes[0]}/dossier"]
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert testing.NOWHERE.encode() not in answer.content, address
        assert testing.NOWHERE not in address
    package = browser.post(reverse("housing:dossier", kwargs={"home": world.homes[0]})).content
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert not any(testing.NOWHERE.encode() in archive.read(n) for n in archive.namelist())
    wrong = {"announcement": world.announcement, "name-0": "演试", "identity-0": "99999919900504001", "consent-0": "1"}
    page = browser.post(reverse("housing:case-new"), wrong)
    assert page.status_code == 422
    assert "身份证号应为 18 位，现为 17 位" in page.content.decode()
    assert testing.NOWHERE not in caplog.text


def test_database_and_trails_hold_no_clear_personal_data(world: testing.World) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(str(v) for v in row)
                assert testing.NOWHERE not in text, table
                assert testing.invented_name(1) not in text, table
                assert "13900000000" not in text, table


def test_unmasking_needs_a_purpose_and_is_audited(world: testing.World) -> None:
    browser = client("housing-officer", world.bureau)
    member = models.Member.objects.select_related("application").first()
    assert member is not None
    address = reverse("housing:unmask", kwargs={"number": member.application.number, "member": member.pk})
    assert browser.post(address, {"field": "identity_number", "purpose": ""}).status_code == 302
    shown = browser.post(address, {"field": "identity_number", "purpose": "电话核对身份"})
    assert testing.NOWHERE in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    from greenpark.domains.accounts import facade

    assert facade.history_of(f"housing/application:{member.application.number}")[0].action == "housing.person.unmasked"


def test_a_bureau_sees_its_own_fields_only(world: testing.World) -> None:
    browser = client("housing-reviewer", world.bodies["tax"])
    assert browser.get(reverse("housing:cases")).status_code == 403
    review = models.Review.objects.get(bureau="tax", verdict="pending")
    page = browser.get(reverse("housing:review", kwargs={"review": review.pk})).content.decode()
    assert "申报户籍" not in page
    assert "与申请人关系" not in page
    assert "上年申报收入" in page
    other = models.Review.objects.get(bureau="police", verdict="pending")
    assert browser.get(reverse("housing:review", kwargs={"review": other.pk})).status_code == 404


def test_dialogs_work_through_the_browser(world: testing.World) -> None:
    browser = client("housing-officer", world.bureau)
    case = models.Application.objects.get(state="submitted")
    address = reverse("housing:case-office", kwargs={"number": case.number, "act": "supplement"})
    browser.post(address, {"items": "婚姻状况材料\n", "until": "2099-01-01"})
    case.refresh_from_db()
    assert (case.state, case.supplement) == ("supplement", ["婚姻状况材料"])
    refused = browser.post(address, {"items": "又一项"}, follow=True)
    assert "不能进行该操作" in refused.content.decode()
