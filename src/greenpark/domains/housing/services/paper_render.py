"""Filling a template: sandboxed Jinja, QR code, faults that name their place, PDF where LibreOffice is present."""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from greenpark.domains.housing.contracts import Refused

log = logging.getLogger("greenpark.housing.papers")
MAX_TEMPLATE = 5 * 1024 * 1024
_PDF_SECONDS = 120


class TemplateFault(Refused):
    """A template cannot be filled; the message names the paragraph and what is wrong there."""


def qr_png(text: str) -> bytes:
    """A QR code, error correction M, as PNG."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=6, border=2)
    return out.getvalue()


def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def render(template: bytes, fields: Mapping[str, Any], *, qr: str = "") -> bytes:
    """The filled .docx. ``fields`` are texts, numbers and lists of them. Raises TemplateFault."""
    try:
        doc = DocxTemplate(io.BytesIO(template))
        doc.init_docx()
    except (KeyError, ValueError, zipfile.BadZipFile) as fault:
        raise TemplateFault("这不是可用的 Word 文档（.docx），请用 WPS 或 Word 另存为 .docx 后再传") from fault
    context = dict(fields)
    if qr:
        context["qr"] = InlineImage(doc, io.BytesIO(qr_png(qr)), width=Mm(26))
    try:
        doc.render(context, _environment())
    except (TemplateError, SecurityError, TypeError, ValueError, AttributeError) as fault:
        raise TemplateFault(_explained(template, fault)) from fault
    out = io.BytesIO()
    doc.save(out)
    return out.getvalue()


def paragraphs(template: bytes) -> list[str]:
    """Texts of all paragraphs of the body in their order, those in tables included."""
    body = Document(io.BytesIO(template)).element.body
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]


def _explained(template: bytes, fault: Exception) -> str:
    """Which paragraph holds the tag that failed, and why."""
    texts = paragraphs(template)
    message = str(fault)
    name = re.search(
        r"'([^']+)'(?: is undefined|$)| has no attribute '([^']+)'|access to attribute '([^']+)'|tag '([^']+)'", message
    )
    wanted = next((g for g in name.groups() if g), "") if name else ""
    for n, text in enumerate(texts, 1):
        for tag in re.findall(r"\{[{%].*?[%}]\}|\{[{%].*$", text):
            if (wanted and re.search(rf"\b{re.escape(wanted)}\b", tag)) or not re.search(r"[%}]\}$", tag):
                return f"模板第 {n} 段「{text[:60]}」中的 {tag} 有误：{_words(message, wanted)}"
    lines = [line.strip() for line in getattr(fault, "docx_context", ()) if line.strip()]
    for n, text in enumerate(texts, 1):
        if lines and "{" in text and any(text.strip() and text.strip() in line for line in lines):
            return f"模板第 {n} 段「{text[:60]}」附近有误：{_words(message, wanted)}"
    return f"模板有误：{_words(message, wanted)}"


def _words(message: str, wanted: str) -> str:
    if "is undefined" in message or "no attribute" in message:
        return f"没有名为 {wanted} 的字段，请对照模板说明改正"
    if "unsafe" in message:
        return f"不允许使用 {wanted}，模板里只能用列出的字段"
    return f"标记写法不对（{message}），请检查大括号和百分号是否成对"


#: Official fonts are named in the documents and not shipped; what stands in for them where they are missing.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{aliases}</fontconfig>"""
_STAND_IN = {"仿宋_GB2312": ("FandolFang", "Noto Serif CJK SC"), "楷体_GB2312": ("FandolKai", "Noto Serif CJK SC"),
             "方正小标宋简体": ("FandolSong", "Noto Serif CJK SC"), "宋体": ("FandolSong", "Noto Serif CJK SC"),
             "黑体": ("FandolHei", "Noto Sans CJK SC")}  # fmt: skip


def _font_file() -> str:
    aliases = ""
    for name, stand in _STAND_IN.items():
        accept = "".join(f"<family>{font}</family>" for font in stand)
        aliases += f'<alias binding="same"><family>{name}</family><accept>{accept}</accept></alias>'
    return _FONTS.format(aliases=aliases)


def soffice() -> str | None:
    """Where LibreOffice is, or None: then there is no PDF."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def pdf(docx: bytes) -> bytes:
    """The document as PDF by LibreOffice; empty without it or when it fails (then only .docx is offered)."""
    program = soffice()
    if program is None:
        return b""
    with tempfile.TemporaryDirectory(prefix="gp-paper-") as folder:
        source = Path(folder) / "paper.docx"
        source.write_bytes(docx)
        command = [program, "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile",
                   "--convert-to", "pdf", "--outdir", folder, str(source)]  # fmt: skip
        try:
            fonts = Path(folder) / "fonts.conf"
            fonts.write_text(_font_file(), encoding="utf-8")
            environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
            subprocess.run(command, check=True, capture_output=True, timeout=_PDF_SECONDS, env=environment)
            return (Path(folder) / "paper.pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as fault:
            log.warning("no PDF: %s", fault)
            return b""
