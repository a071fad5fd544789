"""A factor row that could mislead is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from greenpark.kernel.factors import Confidence, load_factors, unconfirmed
from greenpark.kernel.packs import BrokenPack

HEADER = (
    "id,kind,subject,name_zh,name_en,set,value,low,high,unit,edition,"
    "valid_from,valid_to,applies_to,source,confidence,notes"
)
GOOD = "ncv.coke,ncv,coke,焦炭,coke,A,28.447,,,GJ/t,指南,2013-10-15,,,S1,confirmed,"


def pack(root: Path, *rows: str, id: str = "demo") -> Path:
    folder = root / id
    folder.mkdir()
    manifest = {
        "id": id, "title": "演示", "edition": "1", "kind": "standard",
        "sources": {"S1": {"title": "演示来源", "kind": "secondary"}},
        "tables": {"emission-factors": "factors.csv"},
    }  # fmt: skip
    (folder / "pack.json").write_text(json.dumps(manifest))
    (folder / "factors.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    return root


def changed(**cells: str) -> str:
    row = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | cells
    return ",".join(row.values())


def test_a_sound_row(tmp_path: Path) -> None:
    (factor,) = load_factors(pack(tmp_path, GOOD))
    assert (factor.id, str(factor.value), factor.source, factor.pack) == ("ncv.coke", "28.447", ("S1",), "demo")
    assert factor.confidence is Confidence.CONFIRMED
    assert not unconfirmed([factor])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"source": ""}, "source"),
        ({"source": "S9"}, "source"),
        ({"unit": "MJ/kg"}, "unit"),
        ({"value": ""}, "confidence"),
        ({"confidence": "blank"}, "confidence"),
        ({"confidence": "sure"}, "confidence"),
        ({"kind": "magic"}, "kind"),
        ({"low": "1"}, "low"),
        ({"low": "2", "high": "1"}, "low"),
        ({"valid_to": "2013-10-14"}, "valid_to"),
        ({"kind": "grid", "unit": "tCO2/MWh"}, "region"),
        ({"edition": ""}, "edition"),
        ({"id": "焦炭"}, "id"),
    ],
)
def test_a_row_that_could_mislead_is_refused(tmp_path: Path, cells: dict[str, str], column: str) -> None:
    with pytest.raises(BrokenPack) as caught:
        load_factors(pack(tmp_path, changed(**cells)))
    assert (caught.value.row, caught.value.column) == (2, column)


def test_an_id_is_used_once_over_all_packs(tmp_path: Path) -> None:
    pack(tmp_path, GOOD)
    with pytest.raises(BrokenPack, match=r"ncv\.coke"):
        load_factors(pack(tmp_path, GOOD, id="other"))
