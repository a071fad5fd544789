"""The recorded series of the demo as functions of the present time.

A recording is laid on today's calendar by a shift of whole weeks and repeated from its start when it ends, so weekdays
stay weekdays, and any moment, past or future, has a value. The shift is all that is invented; see packs/demo/README.md.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from greenpark.kernel.periods import PARK_ZONE, to_us

WEEK_US = 7 * 86_400 * 1_000_000
HOUR_US = 3_600 * 1_000_000
QUARTER_US = HOUR_US // 4


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Evenly spaced values of several columns; row i covers ``step_us`` from origin + i·step. Compared by identity."""

    origin_us: int
    """Start of the first row on the recording's own calendar, laid in the park's zone."""
    step_us: int
    columns: dict[str, npt.NDArray[np.float64]]
    """NaN is a missing value."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def row_of(self, moment_us: int) -> int:
        """Row that covers a moment of today's calendar: shifted by whole weeks, wrapped at the end of the recording."""
        whole_weeks = len(self) * self.step_us // WEEK_US
        rows_in_weeks = whole_weeks * WEEK_US // self.step_us
        return ((moment_us - self.origin_us) // self.step_us) % rows_in_weeks

    def value(self, column: str, moment_us: int) -> float:
        """Value of the row that covers the moment; NaN when the recording has none."""
        return float(self.columns[column][self.row_of(moment_us)])

    def starts(self, start_us: int, end_us: int) -> Iterator[int]:
        """Starts of the rows that lie wholly in the span [UTC µs]."""
        first = start_us + (-(start_us - self.origin_us)) % self.step_us
        yield from range(first, end_us - self.step_us + 1, self.step_us)

    def register(self, column: str, moment_us: int, since_us: int) -> float:
        """
        Reading of a register that counted the column's amounts since ``since_us`` [unit of the column].

        Amounts are taken as even within a row; a missing amount counts nothing.
        """
        return self._running(column, moment_us) - self._running(column, since_us)

    def _running(self, column: str, moment_us: int) -> float:
        totals = _totals(self, column)
        rows_in_weeks = len(totals) - 1
        position, within = divmod(moment_us - self.origin_us, self.step_us)
        rounds, row = divmod(position, rows_in_weeks)
        part = within / self.step_us
        return float(rounds * totals[-1] + totals[row] + part * (totals[row + 1] - totals[row]))


@cache
def _totals(recording: Recording, column: str) -> npt.NDArray[np.float64]:
    whole_weeks = len(recording) * recording.step_us // WEEK_US
    rows = whole_weeks * WEEK_US // recording.step_us
    amounts = np.nan_to_num(recording.columns[column][:rows])
    return np.concatenate([[0.0], np.cumsum(amounts)])


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path) as packed:
        return list(csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8-sig")))


def _columns(rows: list[dict[str, str]], names: dict[str, str]) -> dict[str, npt.NDArray[np.float64]]:
    def number(text: str) -> float:
        return float("nan") if text == "NA" else float(text)

    return {name: np.array([number(row[title]) for row in rows]) for name, title in names.items()}


def _local(year: int, month: int, day: int) -> int:
    return to_us(datetime(year, month, day, tzinfo=PARK_ZONE))


def steel(folder: Path) -> Recording:
    """Electricity of a steel plant in each 15 minutes: ``import_kwh``, ``lagging_kvarh``, ``leading_kvarh``."""
    rows = _rows(folder / "steel-industry-15min-2018.csv.gz")
    names = {
        "import_kwh": "Usage_kWh",
        "lagging_kvarh": "Lagging_Current_Reactive_Power_kVarh",
        "leading_kvarh": "Leading_Current_Reactive_Power_kVarh",
    }
    return Recording(_local(2018, 1, 1), QUARTER_US, _columns(rows, names))


def turbine(folder: Path) -> Recording:
    """
    Stack and operation of a gas turbine, hourly. Without stamps of its own; its first row is laid on 2011-01-01.

    Two headers of the published file are exchanged: "Turbine energy yield" holds 9.9–15.2, the compressor's discharge
    pressure, and "Compressor discharge pressure" holds 100–179.5, the energy of the hour [MWh] as its description says.
    """
    rows = _rows(folder / "gas-turbine-cems-hourly.csv.gz")
    names = {
        "ambient_c": "Ambient temperature",
        "ambient_mbar": "Ambient pressure",
        "ambient_humidity_pct": "Ambient humidity",
        "exhaust_mbar": "Gas turbine exhaust pressure",
        "inlet_c": "Turbine inlet temperature",
        "after_c": "Turbine after temperature",
        "yield_mwh": "Compressor discharge pressure",
        "co_mg_m3": "Carbon monoxide",
        "nox_mg_m3": "Nitrogen oxides",
    }
    return Recording(_local(2011, 1, 1), HOUR_US, _columns(rows, names))


def air(folder: Path) -> Recording:
    """Ambient air and weather, hourly, 2013-03-01 on; µg/m³, °C, hPa, mm, m/s."""
    rows = _rows(folder / "air-quality-gucheng-hourly.csv.gz")
    names = {
        "pm25_ug_m3": "PM2.5",
        "pm10_ug_m3": "PM10",
        "so2_ug_m3": "SO2",
        "no2_ug_m3": "NO2",
        "co_ug_m3": "CO",
        "o3_ug_m3": "O3",
        "temperature_c": "TEMP",
        "pressure_hpa": "PRES",
        "wind_m_s": "WSPM",
    }
    return Recording(_local(2013, 3, 1), HOUR_US, _columns(rows, names))


#: Name used in packs/demo/points.csv -> loader.
RECORDINGS = {"steel": steel, "turbine": turbine, "air": air}
