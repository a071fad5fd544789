"""Builders and hypothesis strategies for frames."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from greenpark.protocols.hj212 import Edition, Message
from greenpark.protocols.hj212.crc import crc

MN = "010000A8900016F000169DC0"


def framed(segment: str | bytes, *, tail: bytes = b"\r\n") -> bytes:
    """A data segment with head, length and check value."""
    data = segment.encode() if isinstance(segment, str) else segment
    return b"##%04d%b%04X%b" % (len(data), data, crc(data), tail)


def upload(cp: str, cn: str = "2011", head: str = "") -> bytes:
    """A 2017 upload that wants an answer."""
    return framed(f"QN=20160801085857223;ST=32;CN={cn};PW=123456;MN={MN};Flag=5;{head}CP=&&{cp}&&")


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    """``data`` cut at positions (modulo its length)."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


cuts = st.lists(st.integers(0, 5000), max_size=30)
names = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,11}", fullmatch=True)
texts = st.one_of(
    st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True),
    st.sampled_from(["N", "", "正常", "20160801085857", "//清洗;管路,a=1//", "-0.0"]),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp", "Cf"], exclude_characters=";,=&#/\\"),
        max_size=8,
    ),
)
groups = st.lists(st.lists(st.tuples(names, texts), min_size=1, max_size=4).map(tuple), max_size=6).map(tuple)
stamps = (
    st.datetimes()
    .filter(lambda d: d.year >= 1990)
    .map(lambda d: d.strftime("%Y%m%d%H%M%S") + f"{d.microsecond // 1000:03d}")
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    edition = draw(st.sampled_from(list(Edition)))
    split = draw(st.booleans()) and edition is not Edition.E2005
    pnum = draw(st.integers(1, 9999)) if split else None
    return Message(
        qn="" if edition is Edition.E2005 else draw(stamps),
        st=draw(st.from_regex(r"[0-9A-Z]{2}", fullmatch=True)),
        cn=draw(st.from_regex(r"[0-9]{4}", fullmatch=True)),
        pw=draw(st.from_regex(r"[0-9A-Za-z]{1,6}", fullmatch=True)),
        mn=draw(st.from_regex(r"[0-9A-F]{24}", fullmatch=True)),
        groups=draw(groups),
        edition=edition,
        answer=draw(st.booleans()) if edition is not Edition.E2005 else False,
        pnum=pnum,
        pno=draw(st.integers(1, pnum)) if pnum else None,
        rf=draw(st.booleans()) if edition is Edition.E2025 else False,
    )
