"""HJ 212 over TCP: the gateway of a monitoring centre, and a simulated station."""

from greenpark.ingest.hj212.contracts import (
    CommandResult,
    ConnectionSnapshot,
    Counters,
    DeviceDirectory,
    DeviceOffline,
    Gate,
    GatewaySnapshot,
    Settings,
    UnknownDevice,
)
from greenpark.ingest.hj212.queue import CommandBox, CommandOutcome, CommandRunner, OrderedCommand
from greenpark.ingest.hj212.server import Hj212Server
from greenpark.ingest.hj212.simulator import Faults, Station, StationSettings, UploadResult, record_items

__all__ = [
    "CommandBox",
    "CommandOutcome",
    "CommandResult",
    "CommandRunner",
    "ConnectionSnapshot",
    "Counters",
    "DeviceDirectory",
    "DeviceOffline",
    "Faults",
    "Gate",
    "GatewaySnapshot",
    "Hj212Server",
    "OrderedCommand",
    "Settings",
    "Station",
    "StationSettings",
    "UnknownDevice",
    "UploadResult",
    "record_items",
]
