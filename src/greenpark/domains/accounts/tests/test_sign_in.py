"""Signing in: first password, lock, demonstration, API errors."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.test import Client

from greenpark.domains.accounts import models
from greenpark.domains.accounts.testing import PASSWORD, make_organisation, make_person, make_token, signed_in

pytestmark = pytest.mark.django_db
WHO = {"username": "wang", "password": PASSWORD}


def test_signing_in_leads_to_where_one_wanted_to_go() -> None:
    make_person("wang", "auditor")
    answer = Client().post("/sign-in/", {**WHO, "next": "/enterprises/"})
    assert (answer.status_code, answer["Location"]) == (302, "/enterprises/")
    assert models.AuditEvent.objects.filter(action="accounts.person.signed-in").exists()


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(where: str) -> None:
    make_person("wang", "auditor")
    assert Client().post("/sign-in/", {**WHO, "next": where})["Location"] == "/"


def test_five_failures_lock_with_the_remaining_time() -> None:
    make_person("wang", "auditor")
    client = Client()
    for _ in range(4):
        assert client.post("/sign-in/", {**WHO, "password": "wrong"}).status_code == 422
    locked = client.post("/sign-in/", {**WHO, "password": "wrong"})
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert client.post("/sign-in/", WHO).status_code == 429
    AccessAttempt.objects.all().delete()
    assert client.post("/sign-in/", WHO).status_code == 302


def test_inactive_people_cannot_sign_in() -> None:
    person = make_person("wang", "auditor")
    models.Person.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().post("/sign-in/", WHO).status_code == 422


def test_nothing_works_before_the_first_change_of_password() -> None:
    person = make_person("wang", "auditor")
    models.Person.objects.filter(pk=person.pk).update(must_change_password=True)
    client = signed_in(person)
    assert client.get("/enterprises/")["Location"] == "/password/"
    api = client.get("/api/v1/registry/enterprises")
    assert (api.status_code, api.json()["type"]) == (403, "/docs/problems#must-change-password")
    wrong = client.post("/password/", {"old": PASSWORD, "new": "short", "again": "short"})
    assert wrong.status_code == 422
    good = client.post("/password/", {"old": PASSWORD, "new": "Brand-new-2026", "again": "Brand-new-2026"})
    assert good.status_code == 302
    assert client.get("/enterprises/").status_code == 200


def test_old_passwords_must_be_changed_when_the_setting_says_so(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PASSWORD_DAYS = 90
    person = make_person("wang", "auditor")
    Client().post("/sign-in/", WHO)
    person.refresh_from_db()
    assert person.must_change_password


class TestDemo:
    def test_the_chooser_signs_in_a_person_of_the_role(self, settings) -> None:  # type: ignore[no-untyped-def]
        settings.DEMO = True
        make_organisation()
        client = Client()
        page = client.get("/", follow=True).content.decode()
        assert "园区值班员" in page
        assert "审计管理员" in page
        client.post("/sign-in/demo/", {"role": "auditor"})
        assert client.get("/api/v1/accounts/me").json()["name"] == "演示 审计员"

    def test_without_demo_mode_it_does_not_exist(self, settings) -> None:  # type: ignore[no-untyped-def]
        settings.DEMO = True
        make_organisation()
        Client().post("/sign-in/demo/", {"role": "auditor"})
        settings.DEMO = False
        client = Client()
        assert client.post("/sign-in/demo/", {"role": "auditor"}).status_code == 404
        assert "role-card" not in client.get("/sign-in/").content.decode()
        assert client.get("/api/v1/accounts/me").status_code == 401
        assert client.post("/sign-in/", {"username": "demo-auditor", "password": ""}).status_code == 422

    def test_unknown_roles_sign_nobody_in(self, settings) -> None:  # type: ignore[no-untyped-def]
        settings.DEMO = True
        assert Client().post("/sign-in/demo/", {"role": "root"}).status_code == 404


class TestApiErrors:
    def test_nobody(self) -> None:
        answer = Client().get("/api/v1/accounts/me")
        body = answer.json()
        assert answer.status_code == 401
        assert answer["Content-Type"].startswith("application/problem+json")
        assert {"type", "title", "status", "detail", "instance", "trace_id"} <= body.keys()
        assert body["title"] == "尚未登录"

    def test_bearer_token(self) -> None:
        from datetime import UTC, datetime

        maker = make_person("m", "operator")
        made = make_token(maker, maker.organisation_id, ["registry.view"], at=datetime.now(UTC))
        client = Client(headers={"authorization": f"Bearer {made.secret}"})
        me = client.get("/api/v1/accounts/me").json()
        assert (me["kind"], me["permissions"]) == ("token", ["registry.view"])
        assert client.get("/api/v1/registry/enterprises").status_code == 200
        assert client.get("/api/v1/accounts/audit").status_code == 403
        assert models.ApiToken.objects.get(pk=made.id).last_used_at is not None

    def test_the_description_of_the_interface_is_open(self) -> None:
        answer = Client().get("/api/v1/openapi.json")
        assert answer.status_code == 200
        assert "/api/v1/registry/enterprises" in answer.json()["paths"]
        assert Client().get("/api/v1/docs").status_code == 200

    @pytest.mark.parametrize(
        ("role", "permission"),
        [("operator", "telemetry.report"), ("enterprise-manager", "carbon.view"), ("system-admin", "accounts.view")],
    )
    def test_a_person_makes_a_token_of_what_they_may_do_by_the_form(self, role: str, permission: str) -> None:
        maker = make_person("m", role)
        form = {"name": "DCS", "organisation": maker.organisation_id, "permissions": [permission], "days": 30}
        answer = signed_in(maker).post("/tokens/new/", form)
        assert answer.status_code == 200, answer.content.decode()
        assert models.ApiToken.objects.get().permissions == [permission]

    def test_wrong_token_beside_a_session_is_refused_not_ignored(self) -> None:
        client = signed_in(make_person("wang", "auditor"))
        answer = client.get("/api/v1/accounts/me", headers={"authorization": "Bearer gp_wrong"})
        assert answer.status_code == 401

    def test_faults_are_pointed_to(self) -> None:
        client = signed_in(make_person("wang", "auditor"))
        answer = client.get("/api/v1/registry/enterprises?page_size=9999")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/page_size"

    def test_writes_by_session_need_the_csrf_token(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_person("wang", "operator"), backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post("/api/v1/registry/points", {}, content_type="application/json")
        assert answer.status_code == 403


def test_screens_fail_closed_without_a_mark(rf, django_user_model) -> None:  # type: ignore[no-untyped-def]
    from greenpark.domains.accounts.ui.middleware import AccessMiddleware

    request = rf.get("/x/")
    request.session, request.user = {}, None
    answer = AccessMiddleware(lambda r: None).process_view(request, lambda r: None, (), {})  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert answer.status_code == 403


def test_lists_do_not_ask_per_row(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    client = signed_in(make_person("boss", "system-admin"))
    for i in range(30):
        make_person(f"p{i}", "auditor")
    with django_assert_max_num_queries(16):
        assert client.get("/people/").status_code == 200
