"""The form of a source and the notices of entries read in English for an English reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from greenpark.domains.accounts.testing import make_person, signed_in
from greenpark.domains.carbon import testing
from greenpark.domains.carbon.rules import flags, shapes

pytestmark = pytest.mark.usefixtures("store")
_CHINESE = re.compile(r"[一-鿿]")


def _visible(html: str) -> str:
    """Text of the page's main part without what people or packs have named: options, datalists, hints of documents."""
    main = html[html.index("<main") : html.index("</main>")]
    for gone in (r"<(script|datalist|option|select)\b.*?</\1>", r'<span class="hint">.*?</span>', r"<[^>]+>"):
        main = re.sub(gone, " ", main, flags=re.S)
    return main


def test_the_guided_form_is_english_for_english_readers() -> None:
    testing.load_factors()
    made = testing.make_carbon_enterprise()
    client: Any = signed_in(make_person("manager", "carbon-manager", scope="everything"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for method in ("cement-clinker.guide-2013", "electricity-location.gb32150-2025", "coking.guide-2014"):
        page = client.get(f"/carbon-sources/new/?enterprise={made.enterprise.id}&method={method}").content.decode()
        assert re.findall(r"[^\s<>]*[一-鿿]+[^\s<>]*", _visible(page)) == []
        assert "Inputs of the method" in page


def test_labels_choices_and_notices_have_english() -> None:
    words = {*shapes.LABELS.values(), *shapes.CHOICES.values()}
    words |= {text for _level, word, explanation in flags.NOTICES.values() for text in (word, explanation)}
    with override("en"):
        assert {word for word in words if _CHINESE.search(gettext(word))} == set()
