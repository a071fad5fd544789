"""People, roles, data scope, tokens, organisations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import SYSTEM, NotAllowed, OutOfScope
from greenpark.domains.accounts.selectors.actors import actor_of
from greenpark.domains.accounts.services import organisations, people
from greenpark.domains.accounts.testing import AT, PASSWORD, make_organisation, make_person, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> dict[str, int]:
    """city > district > park > enterprise, and another district beside it."""
    ids = {"city": make_organisation("city")}
    for code, parent in (("d1", "city"), ("d2", "city"), ("p1", "d1"), ("e1", "p1")):
        ids[code] = make_organisation(code, kind="district", parent_id=ids[parent])
    return ids


def test_subtree(tree: dict[str, int]) -> None:
    assert accounts.subtree_ids(tree["d1"]) == {tree["d1"], tree["p1"], tree["e1"]}
    assert accounts.subtree_ids(tree["city"]) == set(tree.values())


def test_moving_takes_everything_below_along(tree: dict[str, int]) -> None:
    organisations.change_organisation(tree["p1"], name="园区", parent_id=tree["d2"], active=True, by=SYSTEM, at=AT)
    assert accounts.subtree_ids(tree["d2"]) == {tree["d2"], tree["p1"], tree["e1"]}
    assert accounts.subtree_ids(tree["d1"]) == {tree["d1"]}


def test_nothing_moves_below_itself(tree: dict[str, int]) -> None:
    with pytest.raises(organisations.NotAnOrganisation, match="下级"):
        organisations.change_organisation(tree["d1"], name="区", parent_id=tree["e1"], active=True, by=SYSTEM, at=AT)


def test_prefixes_of_ids_are_not_mistaken_for_parents() -> None:
    """Organisations 1 and 10 must not share a path prefix."""
    ids = [make_organisation(f"o{i}") for i in range(12)]
    assert accounts.subtree_ids(ids[0]) == {ids[0]}


@pytest.mark.parametrize(
    ("scope", "names"),
    [("own", {"d1"}), ("subtree", {"d1", "p1", "e1"}), ("self", set()), ("custom", {"d2"})],
)
def test_data_scopes(tree: dict[str, int], scope: str, names: set[str]) -> None:
    chosen = [tree["d2"]] if scope == "custom" else []
    person = make_person("p", "duty-officer", organisation_id=tree["d1"], scope=scope, organisations=chosen)
    actor = actor_of(person)
    assert actor.scope.organisations == {tree[name] for name in names}
    assert not actor.scope.everything


def test_scope_everything(tree: dict[str, int]) -> None:
    assert actor_of(make_person("p", "auditor", organisation_id=tree["e1"])).scope.everything


def test_an_actor_takes_few_queries(tree: dict[str, int], django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    person = make_person("p", "duty-officer", "enterprise-manager", organisation_id=tree["d1"])
    with django_assert_max_num_queries(5):
        actor_of(models.Person.objects.get(pk=person.pk))


def test_somebody_without_roles_may_do_nothing() -> None:
    actor = actor_of(make_person("p"))
    assert actor.permissions == frozenset()
    with pytest.raises(OutOfScope):
        actor.need_organisation(actor.organisation_id)


def test_three_administrators_on_one_person_are_refused() -> None:
    person = make_person("p", "system-admin")
    with pytest.raises(rules.RolesExclude):
        people.assign_role(person.pk, "audit-admin", by=SYSTEM, at=AT)


def test_nobody_gives_themselves_a_role() -> None:
    person = make_person("p", "security-admin")
    with pytest.raises(NotAllowed, match="自己"):
        people.assign_role(person.pk, "auditor", by=actor_of(person), at=AT)


def test_custom_scope_needs_organisations_and_others_none() -> None:
    person = make_person("p")
    for scope, chosen in (("custom", []), ("own", [person.organisation_id])):
        with pytest.raises(ValueError, match="自定"):
            people.assign_role(person.pk, "auditor", scope=scope, organisations=chosen, by=SYSTEM, at=AT)


def test_account_names_are_unique_and_passwords_checked() -> None:
    make_person("p")
    place = make_organisation()
    with pytest.raises(people.AccountTaken):
        people.create_person(username="p", name="x", organisation_id=place, password=PASSWORD, by=SYSTEM, at=AT)
    with pytest.raises(rules.WeakPassword):
        people.create_person(username="q", name="x", organisation_id=place, password="weak", by=SYSTEM, at=AT)


def test_every_write_leaves_an_event() -> None:
    person = make_person("p", "auditor")
    people.revoke_role(person.pk, "auditor", by=SYSTEM, at=AT)
    people.reset_password(person.pk, password="Another-2026", by=SYSTEM, at=AT)
    actions = [event.action for event in accounts.history_of(f"person:{person.pk}")]
    assert actions == [
        "accounts.person.password-reset",
        "accounts.person.role-revoked",
        "accounts.person.role-assigned",
        "accounts.person.created",
    ]
    assert "Another-2026" not in "".join(models.AuditEvent.objects.values_list("detail", flat=True))


class TestTokens:
    def test_a_token_is_its_makers_rights_cut_to_one_organisation(self, tree: dict[str, int]) -> None:
        maker = make_person("m", "operator", organisation_id=tree["city"])
        made = make_token(maker, tree["d1"], ["registry.view"], at=AT)
        actor = accounts.actor_of_token(made.secret, AT)
        assert actor is not None
        assert actor.permissions == {"registry.view"}
        assert actor.scope.organisations == {tree["d1"], tree["p1"], tree["e1"]}
        assert not actor.scope.everything

    def test_the_secret_is_not_stored(self, tree: dict[str, int]) -> None:
        maker = make_person("m", "operator", organisation_id=tree["city"])
        made = make_token(maker, tree["d1"], ["registry.view"], at=AT)
        row = models.ApiToken.objects.get(pk=made.id)
        assert made.secret not in repr(row.__dict__)

    def test_expired_revoked_and_unknown_ones_are_nobody(self, tree: dict[str, int]) -> None:
        maker = make_person("m", "operator", organisation_id=tree["city"])
        made = make_token(maker, tree["d1"], ["registry.view"], at=AT)
        assert accounts.actor_of_token(made.secret, AT + timedelta(days=31)) is None
        assert accounts.actor_of_token(made.secret[:-1], AT) is None
        people.revoke_token(made.id, by=SYSTEM, at=AT)
        assert accounts.actor_of_token(made.secret, AT) is None

    def test_it_never_outlives_the_rights_of_its_maker(self, tree: dict[str, int]) -> None:
        maker = make_person("m", "operator", organisation_id=tree["city"])
        made = make_token(maker, tree["d1"], ["registry.view"], at=AT)
        people.revoke_role(maker.pk, "operator", by=SYSTEM, at=AT)
        actor = accounts.actor_of_token(made.secret, AT)
        assert actor is not None
        assert actor.permissions == frozenset()
        models.Person.objects.filter(pk=maker.pk).update(is_active=False)
        assert accounts.actor_of_token(made.secret, AT) is None

    def test_nobody_gives_away_what_they_do_not_have(self, tree: dict[str, int]) -> None:
        maker = make_person("m", "enterprise-manager", organisation_id=tree["e1"])
        with pytest.raises(NotAllowed):
            make_token(maker, tree["e1"], ["registry.configure"], at=AT)
        with pytest.raises(OutOfScope):
            make_token(maker, tree["d1"], ["registry.view"], at=AT)

    def test_no_token_is_for_ever(self, tree: dict[str, int]) -> None:
        maker = actor_of(make_person("m", "operator", organisation_id=tree["city"]))
        for expires in (AT, AT + timedelta(days=400)):
            with pytest.raises(people.NotATokenRequest, match="有效期"):
                people.create_token(
                    name="t",
                    organisation_id=tree["city"],
                    permissions=["registry.view"],
                    expires_at=expires,
                    by=maker,
                    at=AT,
                )


def test_demo_people_have_roles_and_no_password() -> None:
    place = make_organisation()
    first = people.ensure_demo_people(at=AT, organisations={"": place})
    assert first == people.ensure_demo_people(at=AT, organisations={"": place})
    assert set(first) == set(rules.ROLE)
    person = models.Person.objects.get(demo_role="auditor")
    assert not person.has_usable_password()
