"""Organisations, people, roles, tokens, and the audit trail that nobody edits."""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Organisation(models.Model):
    """A node of the tree: city, district, park committee, bureau, enterprise.

    ``path`` is the chain of ids from the root, each ten digits and a slash, so that a subtree is one prefix query on
    SQLite and PostgreSQL alike, and sorting by it walks the tree.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, db_index=True, default="")
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "gp_organisation"
        ordering = ("path",)

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        return self.path.count("/") - 1

    def own_path(self) -> str:
        """The path this node must have below its parent."""
        return (self.parent.path if self.parent else "") + f"{self.pk:010d}/"


class People(BaseUserManager["Person"]):
    """Django's authentication asks the manager for a person by account name."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody who signs in."""

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    name_py = models.CharField(max_length=160, blank=True, db_index=True)
    phone = models.CharField(max_length=20, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    demo_role = models.CharField(max_length=30, blank=True)
    """Set for the people that the role chooser of a demonstration signs in; they have no usable password."""

    objects = People()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: tuple[str, ...] = ("name",)

    class Meta:
        db_table = "gp_person"
        ordering = ("username",)

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """A role of a person with its data scope."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=30)
    scope = models.CharField(max_length=12)
    organisations = models.ManyToManyField(Organisation, blank=True, db_table="gp_role_scope")

    class Meta:
        db_table = "gp_role_assignment"
        ordering = ("person_id", "role")
        constraints = (models.UniqueConstraint(fields=("person", "role"), name="gp_role_once"),)


class ApiToken(models.Model):
    """A key for machines: hashed, bound to one organisation and to a subset of its maker's permissions, expiring."""

    name = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    permissions = models.JSONField(default=list)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="tokens")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "gp_api_token"
        ordering = ("-id",)


class AppendOnly(Exception):
    """The audit trail is written once; correct a mistake by a further event."""


class AuditEvents(models.QuerySet["AuditEvent"]):
    """Reads, and inserts through ``create``. Everything that could change or remove a row is refused."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnly("审计日志只能追加，不能修改或删除")

    update = delete = bulk_update = bulk_create = update_or_create = _refuse
    _raw_delete = _refuse
    _update = _refuse


class AuditEvent(models.Model):
    """One thing somebody did. ``hash`` covers every other column and the hash of the event before it."""

    seq = models.BigIntegerField(primary_key=True)
    at_us = models.BigIntegerField(db_index=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=80)
    organisation_id = models.BigIntegerField(null=True, db_index=True)
    action = models.CharField(max_length=80, db_index=True)
    subject = models.CharField(max_length=160, db_index=True)
    detail = models.TextField()
    """Canonical JSON, kept as the text that was hashed."""
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEvents.as_manager()

    class Meta:
        db_table = "gp_audit_event"
        ordering = ("-seq",)
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("审计日志只能追加，不能修改")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("审计日志只能追加，不能删除")


class AuditHead(models.Model):
    """The end of the chain: one row, locked while an event is added, so that two writers cannot fork it."""

    id = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "gp_audit_head"
