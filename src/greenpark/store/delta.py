"""One Delta Lake table: partitions replaced as a whole, files always taken from the log, never from the folder."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from greenpark.store.ahead import Ahead
from greenpark.store.interface import DiskFull, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow.dataset import Dataset, Expression

#: Rows per parquet row group of readings and rollups: the least that a look-up of one point has to decode.
GROUP_ROWS = 65_536
_NO_ROOM = ("No space left", "File too large", "Disk quota", "StorageFull", "os error 28", "os error 27")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Errors of the Delta writer and the file system as errors of the store."""
    try:
        yield
    except (DeltaError, OSError, pa.ArrowException) as error:
        if any(words in str(error) for words in _NO_ROOM):
            message = f"{where}：没有写入空间（{error}）。历史数据未改动，腾出磁盘空间后重试即可"
            raise DiskFull(message) from error
        raise StoreError(f"{where}：{error}") from error


class Partitioned:
    """A Delta table with one partition column. Safe for threads; other processes' commits are seen at once."""

    def __init__(self, uri: str, schema: pa.Schema, partition: str, group_rows: int = GROUP_ROWS) -> None:
        self.uri = uri
        self.schema = schema
        self.partition = partition
        self._group_rows = group_rows
        self._lock = threading.Lock()
        self._table: DeltaTable | None = None

    def table(self) -> DeltaTable:
        """At its newest version; created when there is none."""
        with translated(self.uri), self._lock:
            return self._current()

    def _current(self) -> DeltaTable:
        if self._table is None:
            self._table = DeltaTable.create(
                self.uri,
                self.schema,
                mode="ignore",
                partition_by=[self.partition],
                configuration={"delta.checkpointInterval": "100"},
            )
        else:
            self._table.update_incremental()
        return self._table

    def version(self) -> int:
        return int(self.table().version())

    def dataset(self, partitions: Sequence[str] | tuple[str, str] | None = None) -> Dataset:
        """The files of the newest version; of the named partitions, or of a range (a pair, both ends included)."""
        filters: list[tuple[str, str, Any]] | None = None
        if isinstance(partitions, tuple):
            filters = [(self.partition, ">=", partitions[0]), (self.partition, "<=", partitions[1])]
        elif partitions is not None:
            filters = [(self.partition, "in", list(partitions))]
        with translated(self.uri), self._lock:
            return self._current().to_pyarrow_dataset(file_pruning_predicate=filters)

    def read(
        self, columns: list[str], partitions: Sequence[str] | tuple[str, str] | None, where: Expression | None
    ) -> pa.Table:
        with translated(self.uri):
            return self.dataset(partitions).to_table(columns=columns, filter=where)

    def rows(self, partition: str) -> int:
        """Rows of one partition, from the log."""
        with translated(self.uri), self._lock:
            adds = pa.table(self._current().get_add_actions(flatten=True))
        found = zip(adds[f"partition.{self.partition}"].to_pylist(), adds["num_records"].to_pylist(), strict=True)
        return sum(count for name, count in found if str(name) == partition)

    def partitions(self) -> list[str]:
        """Names of the partitions that have files."""
        with translated(self.uri), self._lock:
            return sorted({str(part[self.partition]) for part in self._current().partitions()})

    def forget(self) -> None:
        """The folder was exchanged: read the log anew."""
        with self._lock:
            self._table = None

    def replace(self, partitions: Sequence[str], batches: Iterable[pa.RecordBatch] | pa.Table) -> None:
        """Overwrite these partitions, and nothing else, with the rows, in one commit."""
        listed = ", ".join(f"'{name}'" for name in partitions)
        predicate = f"{self.partition} IN ({listed})" if len(partitions) > 1 else f"{self.partition} = {listed}"
        self._write(batches, mode="overwrite", predicate=predicate)

    def add(self, batches: Iterable[pa.RecordBatch] | pa.Table) -> None:
        self._write(batches, mode="append")

    def _write(self, batches: Iterable[pa.RecordBatch] | pa.Table, **how: Any) -> None:
        properties = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=self._group_rows)
        table = self.table()
        if isinstance(batches, pa.Table):
            with translated(self.uri):
                write_deltalake(table, batches, writer_properties=properties, **how)
            return
        ahead = Ahead(batches)
        try:
            with translated(self.uri):
                data = pa.RecordBatchReader.from_batches(self.schema, iter(ahead))
                write_deltalake(table, data, writer_properties=properties, **how)
        except StoreError:
            if ahead.error is not None:
                raise ahead.error from None
            raise
        finally:
            ahead.stop()

    def drop(self, before: str) -> None:
        """Delete the partitions before this one."""
        with translated(self.uri):
            self.table().delete(f"{self.partition} < '{before}'")

    def tidy(self, hours: int) -> int:
        """Remove files and log entries that no version of the last ``hours`` names. Returns the files removed."""
        with translated(self.uri):
            table = self.table()
            removed = table.vacuum(
                retention_hours=hours, dry_run=False, enforce_retention_duration=False
            )  # readers keep their version for ``hours``
            if table.version() > 0:
                table.create_checkpoint()
                table.cleanup_metadata()
        return len(removed)
