"""The world: two enterprises in two organisations, one person, and whatever the domains add."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from greenpark.domains.accounts.testing import make_organisation, make_person
from greenpark.domains.registry.testing import make_enterprise, make_point
from tests.access.framework import Row, modules


@pytest.fixture
def world(db: None, row: Row) -> SimpleNamespace:
    """Made for one row: only its own domain adds to it, because making all of them for every row takes minutes."""
    city = make_organisation("city")
    a = make_enterprise("A01", parent_organisation_id=city)
    b = make_enterprise("B01", parent_organisation_id=city)
    made = SimpleNamespace(
        city=city,
        a=a,
        b=b,
        org_a=a.organisation_id,
        org_b=b.organisation_id,
        point_a=make_point(a.id),
        point_b=make_point(b.id),
        person=make_person("visitor", organisation_id=a.organisation_id),
    )
    for module in modules():
        prepare = getattr(module, "prepare", None)
        if prepare is not None and any(row is mine for mine in module.ROWS):
            prepare(made)
    return made
