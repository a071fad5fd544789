"""Tables of the inbox. Times are UTC microseconds; ``arrival`` is the number of the append that wrote the row.

``arrival`` rises strictly over all processes and starts at the milliseconds of the clock, so it tells when the row
came and is the change counter at the same time.
"""

from __future__ import annotations

from greenpark.kernel.readings import Step

VERSION = 1

ROLLUP_TABLES: dict[Step, str] = {
    Step.QUARTER: "rollup_15min",
    Step.HOUR: "rollup_hour",
    Step.DAY: "rollup_day",
    Step.MONTH: "rollup_month",
}

_ROLLUP = """CREATE TABLE IF NOT EXISTS {table} (
  point INTEGER NOT NULL, start BIGINT NOT NULL,
  amount DOUBLE PRECISION, mean DOUBLE PRECISION, low DOUBLE PRECISION, high DOUBLE PRECISION,
  count INTEGER NOT NULL, valid INTEGER NOT NULL, coverage DOUBLE PRECISION, estimated DOUBLE PRECISION,
  quality INTEGER NOT NULL, arrival BIGINT NOT NULL,
  PRIMARY KEY (point, start)){without_rowid}"""

_TABLES = (
    # Key in order of arrival: a minute of 2,000 points is a handful of pages, not 2,000.
    """CREATE TABLE IF NOT EXISTS inbox (
  ts BIGINT NOT NULL, point INTEGER NOT NULL, value DOUBLE PRECISION NOT NULL, quality INTEGER NOT NULL,
  frame BIGINT NOT NULL, arrival BIGINT NOT NULL,
  PRIMARY KEY (ts, point)){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS latest (
  point INTEGER NOT NULL PRIMARY KEY, ts BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL, quality INTEGER NOT NULL,
  frame BIGINT NOT NULL, arrival BIGINT NOT NULL)""",
    # The key makes recording a replacement twice (seal, crash, seal) harmless.
    """CREATE TABLE IF NOT EXISTS replaced (
  point INTEGER NOT NULL, ts BIGINT NOT NULL, arrival BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL,
  quality INTEGER NOT NULL, frame BIGINT NOT NULL, by_frame BIGINT NOT NULL,
  PRIMARY KEY (point, ts, arrival, value, quality, frame)){without_rowid}""",
    """CREATE TABLE IF NOT EXISTS frames (
  id BIGINT NOT NULL PRIMARY KEY, received BIGINT NOT NULL, gateway TEXT NOT NULL, peer TEXT NOT NULL,
  device TEXT NOT NULL, raw {blob} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS not_taken (
  id {serial}, received BIGINT NOT NULL, gateway TEXT NOT NULL, peer TEXT NOT NULL, device TEXT NOT NULL,
  frame BIGINT NOT NULL, item TEXT NOT NULL, value TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
  cause TEXT NOT NULL, raw {blob} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS not_taken_received ON not_taken (received)",
    """CREATE TABLE IF NOT EXISTS late (
  id {serial}, point INTEGER NOT NULL, start BIGINT NOT NULL, stop BIGINT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS dirty (day BIGINT NOT NULL PRIMARY KEY, arrival BIGINT NOT NULL)",
    # Up to which append the sealed state of a day reaches.
    "CREATE TABLE IF NOT EXISTS sealed (day BIGINT NOT NULL PRIMARY KEY, arrival BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
    "INSERT INTO meta (name, value) VALUES ('arrival', 0), ('writer', 0), ('schema', {version}) ON CONFLICT DO NOTHING",
)

#: All tables, in the order in which a dump lists them.
NAMES = (
    "inbox",
    "latest",
    "replaced",
    "frames",
    "not_taken",
    "late",
    "dirty",
    "sealed",
    "meta",
    *ROLLUP_TABLES.values(),
)


def statements(*, serial: str, blob: str, without_rowid: str) -> list[str]:
    """What creates the tables, for one kind of database."""
    words = {"serial": serial, "blob": blob, "without_rowid": without_rowid, "version": VERSION}
    created = [text.format(**words) for text in _TABLES]
    return created + [_ROLLUP.format(table=table, **words) for table in ROLLUP_TABLES.values()]
