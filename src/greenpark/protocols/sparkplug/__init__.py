"""Sparkplug B: payloads of MQTT edge nodes, and the session that gives aliases their names. No sockets.

The payload is the public protobuf schema of Eclipse Sparkplug 3.0, section 6.4; the few message types that a host needs
are read and written by hand in :mod:`.wire` and :mod:`.payload`.
"""

from greenpark.protocols.sparkplug.payload import DataType, Metric, Payload, decode, encode
from greenpark.protocols.sparkplug.session import Host, Observation, Outcome
from greenpark.protocols.sparkplug.topic import Topic, parse_topic
from greenpark.protocols.sparkplug.wire import BadPayload

__all__ = [
    "BadPayload",
    "DataType",
    "Host",
    "Metric",
    "Observation",
    "Outcome",
    "Payload",
    "Topic",
    "decode",
    "encode",
    "parse_topic",
]
