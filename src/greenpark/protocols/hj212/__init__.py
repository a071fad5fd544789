"""HJ 212: environment monitoring data between stations (现场机) and a monitoring centre (上位机).

Bytes to typed contents and back for the editions of 2005, 2017 and, as far as its text is confirmed, 2025. No sockets,
no clock. Where to start reading: :mod:`.decoder` (stream to frames), :mod:`.records` (frame to typed contents),
:mod:`.columns` (the fast path to readings), :mod:`.encoder`, :mod:`.commands`, :mod:`.exchange`.
"""

from greenpark.protocols.hj212.codes import Edition, ExeRtn, Kind, QnRtn
from greenpark.protocols.hj212.columns import Columns, ItemProblem, MeasurementReader, columns_of
from greenpark.protocols.hj212.commands import BadCommand, Command, Flow
from greenpark.protocols.hj212.decoder import Decoder, Event
from greenpark.protocols.hj212.describe import decode_stream, describe
from greenpark.protocols.hj212.encoder import CannotEncode, Message, answer, encode, qn_of, split
from greenpark.protocols.hj212.exchange import Exchange, State
from greenpark.protocols.hj212.factors import FactorTable, load_factors
from greenpark.protocols.hj212.message import Frame, Header
from greenpark.protocols.hj212.packets import Assembler
from greenpark.protocols.hj212.profile import CipherStyle, CrcVariant, DeviceProfile, key_from_text
from greenpark.protocols.hj212.records import MeasurementRecord, ParameterRecord, Record, read
from greenpark.protocols.hj212.rejects import FrameRefused, Reject, RejectCode

__all__ = [
    "Assembler",
    "BadCommand",
    "CannotEncode",
    "CipherStyle",
    "Columns",
    "Command",
    "CrcVariant",
    "Decoder",
    "DeviceProfile",
    "Edition",
    "Event",
    "Exchange",
    "ExeRtn",
    "FactorTable",
    "Flow",
    "Frame",
    "FrameRefused",
    "Header",
    "ItemProblem",
    "Kind",
    "MeasurementReader",
    "MeasurementRecord",
    "Message",
    "ParameterRecord",
    "QnRtn",
    "Record",
    "Reject",
    "RejectCode",
    "State",
    "answer",
    "columns_of",
    "decode_stream",
    "describe",
    "encode",
    "key_from_text",
    "load_factors",
    "qn_of",
    "read",
    "split",
]
