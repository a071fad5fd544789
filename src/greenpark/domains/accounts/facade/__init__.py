"""What other domains may import of accounts, with ``contracts``."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import (
    SYSTEM,
    Actor,
    AuditEntry,
    ChainReport,
    DataScope,
    MenuItem,
    MustChangePassword,
    NotAllowed,
    NotSignedIn,
    OrganisationView,
    OutOfScope,
)
from greenpark.domains.accounts.facade.guard import MARK, current_actor, public, require
from greenpark.domains.accounts.facade.paging import paged
from greenpark.domains.accounts.rules import ROLES, Role, ScopeKind
from greenpark.domains.accounts.selectors.actors import actor_of_token, known_permissions, subtree_ids
from greenpark.domains.accounts.selectors.audit import chain_has, history_of, verify
from greenpark.domains.accounts.selectors.audit import exported as exported_events
from greenpark.domains.accounts.selectors.people import organisation_ids, organisations
from greenpark.domains.accounts.services.audit import record
from greenpark.domains.accounts.services.organisations import (
    NotAnOrganisation,
    change_organisation,
    create_organisation,
    ensure_organisation,
)
from greenpark.domains.accounts.services.people import (
    AccountTaken,
    assign_role,
    create_person,
    create_token,
    ensure_demo_people,
    pinyin,
    token_used,
)

__all__ = [
    "MARK",
    "ROLES",
    "SYSTEM",
    "AccountTaken",
    "Actor",
    "AuditEntry",
    "ChainReport",
    "DataScope",
    "MenuItem",
    "MustChangePassword",
    "NotAllowed",
    "NotAnOrganisation",
    "NotSignedIn",
    "OrganisationView",
    "OutOfScope",
    "Role",
    "ScopeKind",
    "actor_of_token",
    "assign_role",
    "chain_has",
    "change_organisation",
    "create_organisation",
    "create_person",
    "create_token",
    "current_actor",
    "ensure_demo_people",
    "ensure_organisation",
    "exported_events",
    "history_of",
    "known_permissions",
    "organisation_ids",
    "organisations",
    "paged",
    "pinyin",
    "public",
    "record",
    "require",
    "subtree_ids",
    "token_used",
    "verify",
]
