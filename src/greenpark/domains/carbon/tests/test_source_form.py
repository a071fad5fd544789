"""The form of a source as a browser without scripts sends it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from greenpark.domains.accounts.testing import make_person, signed_in
from greenpark.domains.carbon import facade, testing

pytestmark = pytest.mark.usefixtures("store")
NEW = "/carbon-sources/new/"


@pytest.fixture
def made() -> testing.Made:
    testing.load_factors()
    return testing.make_carbon_enterprise()


@pytest.fixture
def client(made: testing.Made) -> Any:
    return signed_in(make_person("manager", "carbon-manager", scope="everything"))


def _plain(made: testing.Made, **more: str) -> dict[str, Any]:
    words = {"code": "kiln", "name": "石灰窑煤气", "category": "fuel", "valid_from": "2026-05"}
    return {"enterprise": str(made.enterprise.id), "method": "fuel-combustion.guides-2013", **words, **more}


def test_method_first_then_its_inputs(client: Any, made: testing.Made) -> None:
    first = client.get(NEW).content.decode()
    assert "第一步" in first
    page = client.get(f"{NEW}?enterprise={made.enterprise.id}&method=fuel-combustion.guides-2013").content.decode()
    assert 'name="fuels/0/amount:kind"' in page
    assert f'<option value="{made.gas}">' in page
    assert 'name="fuels/1/amount:kind"' not in page
    more = client.post(NEW, {**_plain(made), "count:fuels": "1", "fuels/0/fuel": "coke", "step": "add:fuels"})
    assert more.status_code == 200
    page = more.content.decode()
    assert 'name="fuels/1/amount:kind"' in page
    assert 'value="coke"' in page
    assert not [s for s in facade.source_list([made.enterprise.id]) if s.code == "kiln"]


def test_a_guided_source_is_saved_and_its_edit_begins_with_it(client: Any, made: testing.Made) -> None:
    typed = {
        **_plain(made), "count:fuels": "1", "fuels/0/fuel": "natural_gas", "fuels/0/set": "A",
        "fuels/0/amount:kind": "points", "fuels/0/amount:plus": [str(made.gas)], "fuels/0/amount:name": "窑气",
        "count:energy": "1", "energy/0/carrier": "natural_gas", "energy/0/input": "fuels/0/amount",
        "energy/0/lhv:value": "38931", "energy/0/lhv:unit": "kJ/Nm3", "energy/0/lhv:ref": "化验单 1",
    }  # fmt: skip
    answer = client.post(NEW, typed)
    assert answer.status_code == 302, re.findall(r'class="error">([^<]+)', answer.content.decode())
    [saved] = [s for s in facade.source_list([made.enterprise.id]) if s.code == "kiln"]
    assert saved.bindings[0]["points"] == [{"point": made.gas, "sign": 1}]
    assert saved.bindings[0]["unit"] == "Nm3"
    assert saved.energy[0]["lhv"]["ref"] == "化验单 1"
    page = client.get(f"/carbon-sources/{made.enterprise.id}/kiln/edit/").content.decode()
    assert f'<option value="{made.gas}" selected>' in page
    assert 'value="窑气"' in page
    assert 'value="化验单 1"' in page


def test_a_refused_form_keeps_what_was_typed_and_says_where(client: Any, made: testing.Made) -> None:
    typed = {**_plain(made), "count:fuels": "1", "fuels/0/fuel": "coke", "fuels/0/amount:kind": "constant",
             "fuels/0/amount:value": "12", "fuels/0/amount:unit": "t"}  # fmt: skip
    answer = client.post(NEW, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(r'<p class="error">[^<]*来源', page)
    assert 'value="coke"' in page
    wrong_unit = {**typed, "fuels/0/amount:unit": "MWh", "fuels/0/amount:source": "化验单"}
    assert "单位" in client.post(NEW, wrong_unit).content.decode()
    assert client.post(NEW, {**typed, "enterprise": "x"}).status_code == 422
    assert client.post(NEW, {**typed, "method": "nothing"}).status_code == 422


def test_green_power_by_an_extra_input(client: Any, made: testing.Made) -> None:
    where = f"/carbon-sources/{made.enterprise.id}/electricity/edit/"
    page = client.get(where).content.decode()
    assert 'name="extra/0:kind"' in page
    assert 'name="market/instruments/0/kind"' in page
    before = facade.source_versions(made.enterprise.id, "electricity")[0]
    values = facade.guided.write(before.method, {n: getattr(before, n) for n in ("options", "bindings", "energy",
                                                                                 "market")})  # fmt: skip
    plain = {"name": "外购电力", "category": "electricity", "medium": "electricity", "valid_from": "2025-10"}
    answer = client.post(where, {**values, **plain, "method": before.method, "reason": "核对"})
    assert answer.status_code == 302, re.findall(r'class="error">([^<]+)', answer.content.decode())
    after = facade.source_versions(made.enterprise.id, "electricity")[0]
    assert after.version == before.version + 1
    assert (after.options, after.market, after.energy) == (before.options, before.market, before.energy)


def test_integrators_may_still_send_json(client: Any, made: testing.Made) -> None:
    coal = testing.coal_source()
    typed = {**_plain(made), "advanced": "1", "options": json.dumps(coal["options"]), "energy": "[]", "market": "{}"}
    assert client.post(NEW, {**typed, "bindings": "[{"}).status_code == 422
    assert client.post(NEW, {**typed, "bindings": json.dumps(coal["bindings"])}).status_code == 302
