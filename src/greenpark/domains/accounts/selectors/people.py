"""Reading people, organisations and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.db.models import Count, Q, QuerySet

from greenpark.domains.accounts import models, rules
from greenpark.domains.accounts.contracts import Actor, OrganisationView, OutOfScope


@dataclass(frozen=True, slots=True)
class PersonRole:
    """A role somebody holds, in words."""

    role: str
    name: str
    scope: str
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as the pages of the system show them. The phone number is masked."""

    id: int
    username: str
    name: str
    phone: str
    organisation_id: int
    organisation: str
    active: bool
    must_change_password: bool
    last_login: datetime | None
    roles: tuple[PersonRole, ...]


@dataclass(frozen=True, slots=True)
class TokenView:
    """An API token without its secret."""

    id: int
    name: str
    hint: str
    organisation: str
    permissions: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def demo_person(role: str) -> models.Person | None:
    """The person whom the role chooser signs in."""
    return models.Person.objects.filter(demo_role=role, is_active=True).order_by("id").first()


def root_organisation() -> int | None:
    """Id of the first organisation without a parent."""
    return models.Organisation.objects.filter(parent=None).order_by("id").values_list("id", flat=True).first()


def locked_until(username: str, cool_off: timedelta) -> datetime | None:
    """When the newest lock of an account name ends; None when there are no failures."""
    attempt = AccessAttempt.objects.filter(username=username).order_by("-attempt_time").first()
    return attempt.attempt_time + cool_off if attempt else None


def _visible(actor: Actor) -> QuerySet[models.Person]:
    people = models.Person.objects.select_related("organisation").prefetch_related("roles__organisations")
    return people if actor.scope.everything else people.filter(organisation_id__in=actor.scope.organisations)


def _view(person: models.Person) -> PersonView:
    from greenpark.kernel.identity import mask_phone

    held = tuple(
        PersonRole(
            role=a.role,
            name=rules.ROLE[a.role].name if a.role in rules.ROLE else a.role,
            scope=rules.SCOPE_NAMES.get(a.scope, a.scope),
            organisations=tuple(o.name for o in a.organisations.all()),
        )
        for a in person.roles.all()
    )
    return PersonView(
        id=person.pk,
        username=person.username,
        name=person.name,
        phone=mask_phone(person.phone),
        organisation_id=person.organisation_id,
        organisation=person.organisation.name,
        active=person.is_active,
        must_change_password=person.must_change_password,
        last_login=person.last_login,
        roles=held,
    )


def people(
    actor: Actor, *, query: str = "", role: str = "", active: bool | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[PersonView], int]:
    """People in the actor's scope, by account name. ``query`` matches account, name and pinyin."""
    found = _visible(actor)
    if query:
        word = query.strip().lower()
        found = found.filter(Q(username__icontains=word) | Q(name__contains=word) | Q(name_py__contains=word))
    if role:
        found = found.filter(roles__role=role)
    if active is not None:
        found = found.filter(is_active=active)
    return [_view(person) for person in found.order_by("username")[offset : offset + limit]], found.count()


def people_counts(actor: Actor) -> dict[str, int]:
    """How many people are active and how many are not."""
    counts = _visible(actor).aggregate(
        active=Count("id", filter=Q(is_active=True)), inactive=Count("id", filter=Q(is_active=False))
    )
    return {"active": counts["active"], "inactive": counts["inactive"]}


def person(actor: Actor, person_id: int) -> PersonView:
    """One person. Raises OutOfScope when there is none in the actor's scope."""
    row = _visible(actor).filter(pk=person_id).first()
    if row is None:
        raise OutOfScope(f"person {person_id}")
    return _view(row)


def person_phone(person_id: int) -> str:
    """The phone number in clear, for the form that changes it."""
    return str(models.Person.objects.values_list("phone", flat=True).get(pk=person_id))


def holders() -> dict[str, int]:
    """Role code -> number of active people who hold it."""
    rows = models.RoleAssignment.objects.filter(person__is_active=True).values_list("role").annotate(n=Count("id"))
    return dict(rows.order_by("role"))


def organisations(actor: Actor | None = None, *, active_only: bool = False) -> list[OrganisationView]:
    """The tree in walking order, as far as the actor may see it (None: all), with the number of people."""
    rows = models.Organisation.objects.annotate(n=Count("people", filter=Q(people__is_active=True)))
    if actor is not None and not actor.scope.everything:
        rows = rows.filter(pk__in=actor.scope.organisations)
    if active_only:
        rows = rows.filter(active=True)
    return [
        OrganisationView(o.pk, o.code, o.name, o.kind, o.parent_id, o.depth, o.active, o.n)
        for o in rows.order_by("path")
    ]


def organisation(actor: Actor, organisation_id: int) -> OrganisationView:
    """One organisation. Raises OutOfScope."""
    row = models.Organisation.objects.filter(pk=organisation_id).first()
    if row is None:
        raise OutOfScope(f"organisation {organisation_id}")
    actor.need_organisation(row.pk)
    return OrganisationView(row.pk, row.code, row.name, row.kind, row.parent_id, row.depth, row.active)


def tokens(actor: Actor, *, offset: int = 0, limit: int = 50) -> tuple[list[TokenView], int]:
    """API tokens of the organisations in scope, newest first."""
    rows = models.ApiToken.objects.select_related("organisation", "created_by")
    if not actor.scope.everything:
        rows = rows.filter(organisation_id__in=actor.scope.organisations)
    views = [
        TokenView(
            t.pk,
            t.name,
            t.hint,
            t.organisation.name,
            tuple(t.permissions),
            t.created_by.name,
            t.created_at,
            t.expires_at,
            t.revoked_at,
            t.last_used_at,
        )
        for t in rows.order_by("-id")[offset : offset + limit]
    ]
    return views, rows.count()


def organisation_ids() -> dict[str, int]:
    """Code -> id of every organisation."""
    return dict(models.Organisation.objects.values_list("code", "id"))
