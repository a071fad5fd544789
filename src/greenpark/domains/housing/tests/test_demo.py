"""The demonstration is built once, shows every kind of case, and its draw can be recomputed."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from greenpark.domains.housing import demo, models, testing
from greenpark.domains.housing.selectors import cases
from greenpark.engines import drawing

pytestmark = pytest.mark.django_db


def test_the_demonstration() -> None:
    at = testing.noon(date(2026, 11, 22))
    assert demo.build(at=at, parent_id=None)
    assert not demo.build(at=at, parent_id=None)
    states = set(models.Application.objects.values_list("state", flat=True))
    assert len(states) >= 12
    assert models.Application.objects.filter(demo=False).count() == 0
    draw = models.Draw.objects.get()
    with zipfile.ZipFile(io.BytesIO(bytes(draw.package))) as archive:
        assert drawing.verify({n: archive.read(n) for n in archive.namelist()}) == []
    for pk in models.Application.objects.values_list("pk", flat=True):
        assert cases.verify(f"application:{pk}").intact
