"""The database: foreign keys between domains, names every database accepts, migrations in step."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

#: Models that other domains may point to, and why. Everything else is asked for by the facade.
SHARED: dict[str, str] = {
    "accounts.organisation": "the owner of data; scope filters need it in the query",
    "accounts.person": "the user model of the sessions",
    "registry.enterprise": "the subject of ledgers and cases; a name table would drift",
    "registry.point": "readings, activities and rules belong to a point",
    "registry.facility": "processes of a ledger belong to a facility",
}
LONGEST_NAME = 30


def _models() -> list[Any]:
    return [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("greenpark.")]


def test_foreign_keys_between_domains_go_to_shared_models() -> None:
    wrong = [
        f"{model._meta.label} .{field.name} -> {field.related_model._meta.label}"
        for model in _models()
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and not field.auto_created
        and field.related_model._meta.app_label != model._meta.app_label
        and field.related_model.__module__.startswith("greenpark.")
        and field.related_model._meta.label_lower not in SHARED
    ]
    assert not wrong


def _names(model: Any) -> list[str]:
    options = model._meta
    names = [options.db_table, *(field.column for field in options.local_fields)]
    names += [index.name for index in options.indexes]
    return names + [constraint.name for constraint in options.constraints]


@pytest.mark.parametrize("model", _models(), ids=lambda m: m._meta.label)
def test_names_fit_every_database(model: Any) -> None:
    wrong = [name for name in _names(model) if len(name) > LONGEST_NAME or name != name.lower()]
    assert not wrong, f"longer than {LONGEST_NAME} or not lower case: {wrong}"


def test_only_portable_fields() -> None:
    wrong = [
        f"{m._meta.label}.{f.name}"
        for m in _models()
        for f in m._meta.local_fields
        if type(f).__module__.startswith("django.contrib.postgres")
    ]
    assert not wrong


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out, verbosity=1)
    except SystemExit:
        pytest.fail(f"models changed without a migration:\n{out.getvalue()}")
