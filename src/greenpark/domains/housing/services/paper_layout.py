"""Layout of the documents after GB/T 9704-2012: A4, 28 characters × 22 lines, official fonts by name (none is shipped).

The built-in templates are made here once and handed to staff as .docx; what staff upload replaces them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

#: top, left, right, bottom [mm]; the type area is 156 × 225 mm.
MARGINS = (37, 28, 26, 35)
LINE_PT, BODY_PT, TITLE_PT = 28.95, 16.0, 22.0
BODY, TITLE, HEAD, KAI, CODE = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "Courier New"


def _font(run: Any, name: str, size: float) -> None:
    run.font.size = Pt(size)
    run.font.name = name if name == CODE else "Times New Roman"
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), name if name != CODE else BODY)
    if size == BODY_PT:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), "-5")  # −0.25 pt: 28 characters fit on 156 mm
        run._element.get_or_add_rPr().append(spacing)


def _exact(paragraph: Any, points: float = LINE_PT) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
    form.space_before = form.space_after = Pt(0)
    form.widow_control = False
    if points < LINE_PT:
        free = OxmlElement("w:snapToGrid")  # small lines keep their own height, off the 22-line grid
        free.set(qn("w:val"), "0")
        paragraph._element.get_or_add_pPr().append(free)


class Sheet:
    """A document being written; texts may hold docxtpl tags."""

    def __init__(self) -> None:
        self.doc = Document()
        self._page()
        style = self.doc.styles["Normal"]
        style.font.size = Pt(BODY_PT)
        style.font.name = "Times New Roman"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)

    def _page(self) -> None:
        section = self.doc.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.left_margin, section.right_margin, section.bottom_margin = map(Mm, MARGINS)
        section.header_distance, section.footer_distance = Mm(15), Mm(28)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), "579")
        self.doc.settings.odd_and_even_pages_header_footer = True
        _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
        _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)

    def line(
        self, text: str = "", *, font: str = BODY, size: float = BODY_PT, align: str = "", indent: bool = False,
        right: int = 0, spacing: float = LINE_PT,
    ) -> Any:  # fmt: skip
        """A paragraph. ``indent``: two characters; ``right``: characters kept free at the right."""
        paragraph = self.doc.add_paragraph()
        _exact(paragraph, spacing)
        if align:
            paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align)
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * (size - 0.25))
        if right:
            paragraph.paragraph_format.right_indent = Pt(right * size)
        _font(paragraph.add_run(text), font, size)
        mark = OxmlElement("w:rPr")  # the paragraph mark has the size of its line, so blank lines do not grow
        height = OxmlElement("w:sz")
        height.set(qn("w:val"), str(round(size * 2)))
        mark.append(height)
        paragraph._element.get_or_add_pPr().append(mark)
        return paragraph

    def title(self, text: str) -> None:
        self.line(text, font=TITLE, size=TITLE_PT, align="CENTER", spacing=LINE_PT + 4)
        self.line()

    def body(self, *texts: str) -> None:
        for text in texts:
            self.line(text, indent=True)

    def tags(self, *texts: str) -> None:
        """Paragraphs that hold only a control tag and vanish."""
        for text in texts:
            self.line(text)

    def table(self, heads: Sequence[str], cells: Sequence[str], rows: str, widths: Sequence[float]) -> None:
        """A table whose middle row repeats for ``rows``; ``widths`` [mm]."""
        table = self.doc.add_table(rows=4, cols=len(heads))
        table.style = "Table Grid"
        table.autofit = False
        for n, (head, cell) in enumerate(zip(heads, cells, strict=True)):
            _cell(table.cell(0, n), head, HEAD)
            _cell(table.cell(2, n), cell, BODY)
        _cell(table.cell(1, 0), "{%tr for r in " + rows + " %}", BODY)
        _cell(table.cell(3, 0), "{%tr endfor %}", BODY)
        repeat = OxmlElement("w:tblHeader")
        repeat.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)
        _widths(table, widths)

    def facts(self, pairs: Sequence[tuple[str, str]], widths: tuple[float, float] = (46, 110)) -> None:
        table = self.doc.add_table(rows=len(pairs), cols=2)
        table.style = "Table Grid"
        table.autofit = False
        for n, (name, value) in enumerate(pairs):
            _cell(table.cell(n, 0), name, HEAD)
            _cell(table.cell(n, 1), value, BODY)
        _widths(table, widths)

    def sign(self) -> None:
        """Issuer and date, four characters from the right."""
        self.line()
        self.line("{{ issuer }}", align="RIGHT", right=4)
        self.line("{{ date }}", align="RIGHT", right=4)

    def seal(self) -> None:
        """QR code, verification code and digest."""
        self.line("", spacing=14)
        table = self.doc.add_table(rows=1, cols=2)
        table.autofit = False
        left, right = table.rows[0].cells
        _widths(table, (30, 126))
        _cell(left, "{{ qr }}", BODY, exact=False)
        _cell(right, "扫码或在验证页输入验证码 {{ code }} 核对本文书", BODY, size=10.5)
        for text in ("{{ url }}", "内容摘要（SM3）{{ content_sm3 }}"):
            paragraph = right.add_paragraph()
            _exact(paragraph, 15)
            _font(paragraph.add_run(text), BODY, 9)

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.doc.save(out)
        return out.getvalue()


def _widths(table: Any, widths: Sequence[float]) -> None:
    """Column widths [mm], for Word (cells) and LibreOffice and WPS (grid)."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _cell(cell: Any, text: str, font: str, *, size: float = 12, exact: bool = True) -> None:
    paragraph = cell.paragraphs[0]
    if exact:
        _exact(paragraph, size * 1.5)
    _font(paragraph.add_run(text), font, size)


def _page_number(footer: Any, align: Any) -> None:
    """«— 1 —» in 14 pt."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    indent = paragraph.paragraph_format
    if align == WD_ALIGN_PARAGRAPH.RIGHT:
        indent.right_indent = Pt(14)
    else:
        indent.left_indent = Pt(14)
    _font(paragraph.add_run("— "), "宋体", 14)
    run = paragraph.add_run()
    _font(run, "宋体", 14)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        node = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            node.set(qn("w:fldCharType"), kind)
        else:
            node.text = text
        run._element.append(node)
    _font(paragraph.add_run(" —"), "宋体", 14)


def _acceptance(s: Sheet) -> None:
    s.title("配售型保障性住房申请受理通知书")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.line("{{ name }}：")
    s.body(
        "你户于{{ submitted }}提出的“{{ announcement }}”申请（申请编号 {{ application }}），经核对，申请资料齐全且符合"
        "规定。依据《海南区配售型保障性住房管理办法（试行）》第二十三条，予以受理。",
        "收到材料如下：",
    )
    s.tags("{%p for item in materials %}")
    s.body("{{ loop.index }}. {{ item }}")
    s.tags("{%p endfor %}")
    s.body("受理后由有关部门联合审核。审核期间自愿退出申请的，终止审核（第二十四条）。凭申请编号和查询码可以查询进度。")
    s.sign()
    s.seal()


def _supplement(s: Sheet) -> None:
    s.title("申请材料补录通知书")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.line("{{ name }}：")
    s.body(
        "你户的“{{ announcement }}”申请（申请编号 {{ application }}）材料不齐全。依据《海南区配售型保障性住房管理办法"
        "（试行）》第二十三条，请补录下列材料：",
    )
    s.tags("{%p for item in items %}")
    s.body("{{ loop.index }}. {{ item }}")
    s.tags("{%p endfor %}")
    s.body("补录期限：{{ due }}。{{ rule }}", "补录可以凭申请编号和查询码在网上办理，也可以到{{ place }}办理。")
    s.sign()
    s.seal()


def _refusal(s: Sheet) -> None:
    s.title("{{ title }}")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.line("{{ name }}：")
    s.body(
        "你户的“{{ announcement }}”申请（申请编号 {{ application }}），经审查，{{ outcome }}。",
        "依据：《海南区配售型保障性住房管理办法（试行）》{{ article }}。",
        "理由：{{ reason }}",
        "对本告知有异议的，可以到{{ place }}说明情况、补充证据。符合条件后可以再次申请。",
    )
    s.sign()
    s.seal()


def _publicity(s: Sheet) -> None:
    s.title("配售型保障性住房轮候家庭公示")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.body(
        "“{{ announcement }}”经有关部门联合审核，下列 {{ count }} 户符合配售资格，已纳入轮候库。依据《海南区配售型"
        "保障性住房管理办法（试行）》第二十六条（四），现予公示。",
        "公示时间：{{ start }}至{{ end }}，共 {{ days }} 个工作日。{{ convention }}{{ calendar }}",
        "公示期内有异议的，请书面向 {{ place }} 提出，写明事实和联系方式。",
    )
    s.line()
    s.table(("登记号", "申请人", "申请编号", "人口"),
            ("{{ r.no }}", "{{ r.who }}", "{{ r.number }}", "{{ r.persons }}"),
            "rows", (20, 56, 60, 20))  # fmt: skip
    s.line("名单摘要（SM3）{{ digest }}", size=10.5, spacing=18)
    s.sign()
    s.seal()


def _bulletin(s: Sheet) -> None:
    s.title("配售型保障性住房摇号结果公告")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.body(
        "“{{ announcement }}”于{{ drawn }}公开摇号（{{ draw }}）。名册在产生随机数之前冻结，共 {{ count }} 户。"
        "任何人都可以用公布的文件重新计算每一户的顺位。",
    )
    s.line("一、公布的摘要与种子", font=HEAD, indent=True)
    s.tags("{%p for d in digests %}")
    s.line("{{ d }}", size=9, spacing=15)
    s.tags("{%p endfor %}")
    s.line("二、随机数由谁产生", font=HEAD, indent=True)
    s.tags("{%p for p in parts %}")
    s.body("{{ p }}")
    s.tags("{%p endfor %}")
    s.line("三、选房顺序", font=HEAD, indent=True)
    s.body("{{ note }}")
    s.table(("轮次", "顺位", "申请编号", "依据"), ("{{ r.round }}", "{{ r.place }}", "{{ r.number }}", "{{ r.track }}"),
            "rows", (30, 20, 66, 40))  # fmt: skip
    s.line("四、自己验证", font=HEAD, indent=True)
    s.body(
        "下载验证包，在装有 Python 3 的电脑上运行附件脚本：python3 verify_draw.py 验证包 申请编号。"
        "显示 OK，表示每一户的顺位都能从公布的文件算出。"
    )
    s.sign()
    s.seal()
    s.doc.add_page_break()
    s.line("附件  verify_draw.py（SHA-256 {{ script_sha256 }}）", font=HEAD, size=10.5, spacing=18)
    s.tags("{%p for text in script %}")
    s.line("{{ text }} ", font=CODE, size=6, spacing=7.6)
    s.tags("{%p endfor %}")


def _contract(s: Sheet) -> None:
    s.title("海南区配售型保障性住房买卖合同")
    s.line("（草案，示范文本；以双方签署的正式合同为准）", align="CENTER", font=KAI)
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.body(
        "出卖人（项目管理单位）：{{ issuer }}",
        "买受人：{{ buyers }}",
        "身份证号：签约时由买受人填写并核对（{{ tails }}）",
    )
    articles = (
        ("标的", "买受人购买“{{ project }}”{{ home }}，建筑面积 {{ area }} m²，为配售型保障性住房，实行封闭管理。"),
        ("价款", "按政府核定价格 {{ per_m2 }} 元/m² 计算，总价 {{ price }} 元（{{ price_words }}）。"
                 "已缴认购定金 {{ deposit }} 元"
                 "直接冲抵房款（第二十六条（四）），应缴余额 {{ due }} 元。"),
        ("付款与贷款", "付款方式和期限由双方在签约时填写：＿＿＿＿＿＿。可按规定申请公积金或商业贷款（第九条）。"),
        ("维修资金", "住宅专项维修资金按本市商品住宅规定缴纳（第十条）。"),
        ("交房", "房款结清后交房。买受人享受公共租赁住房或保障性租赁住房的，进户前须先退出（第二十条）。"),
        ("封闭管理", "禁止以任何方式将本住房变更为商品住房流入市场（第二十七条）。确需退出的，向出卖人申请回购，"
                     "回购价格按原购买价格结合住房折旧确定，自行装修部分不予补偿。"),
        ("继承与离异", "本住房可以依法继承（第二十九条）；离异的，按离婚协议或判决书办理变更"
                       "登记（第三十条）；封闭管理不变。"),
        ("视为退出", "出现办法第三十一条所列情形的，视为退出，按规定办理。"),
        ("其他", "本草案未尽事项由双方依法约定：＿＿＿＿＿＿。"),
    )  # fmt: skip
    for n, (name, text) in enumerate(articles):
        s.body(f"第{'一二三四五六七八九'[n]}条  {name}  {text}")
    s.line()
    s.line("出卖人（盖章）：            买受人（签名）：", indent=True)
    s.line("        年    月    日                年    月    日", indent=True)
    s.seal()


def _settlement(s: Sheet) -> None:
    s.title("配售型保障性住房房款结算单")
    s.line("{{ number }}{{ demo }}", align="CENTER")
    s.facts(
        (
            ("买受人", "{{ buyers }}"), ("申请编号", "{{ application }}"), ("合同编号", "{{ contract }}"),
            ("住房", "{{ project }} {{ home }}"), ("建筑面积", "{{ area }} m²"), ("核定价格", "{{ per_m2 }} 元/m²"),
            ("合同总价", "{{ price }} 元（{{ price_words }}）"),
        )
    )  # fmt: skip
    s.line()
    s.table(("日期", "项目", "金额（元）", "凭证"),
            ("{{ r.on }}", "{{ r.kind }}", "{{ r.amount }}", "{{ r.document }}"),
            "rows", (34, 32, 42, 48))  # fmt: skip
    s.line()
    s.body("已缴合计 {{ paid }} 元，其中认购定金 {{ deposit }} 元冲抵房款；尚欠 {{ due }} 元。",
           "计算：{{ area }} m² × {{ per_m2 }} 元/m² ＝ {{ price }} 元。")  # fmt: skip
    s.sign()
    s.seal()


def _attorney(s: Sheet) -> None:
    s.title("授权委托书")
    s.body(
        "委托人：{{ name }}（{{ tail }}），申请编号 {{ application }}。",
        "受托人：{{ proxy_name }}，身份证号 {{ proxy_identity }}，与委托人关系：{{ relation }}。",
        "委托人因故不能到场，委托受托人代为参加“{{ announcement }}”选房，在本户顺位轮到时选定住房，并签署选房确认"
        "文件。受托人在上述范围内的行为，由委托人承担法律后果。",
        "委托期限：自签署之日起至本次选房结束。受托人不得转委托。",
    )
    s.line()
    s.line("委托人（签名、手印）：", indent=True)
    s.line("受托人（签名、手印）：", indent=True)
    s.line("        年    月    日", align="RIGHT", right=4)


_WRITERS = {
    "acceptance": _acceptance,
    "supplement": _supplement,
    "refusal": _refusal,
    "publicity": _publicity,
    "bulletin": _bulletin,
    "contract": _contract,
    "settlement": _settlement,
    "attorney": _attorney,
}


@cache
def built_in(kind: str) -> bytes:
    """The built-in template of a kind, as .docx with docxtpl tags."""
    sheet = Sheet()
    _WRITERS[kind](sheet)
    return sheet.bytes()
