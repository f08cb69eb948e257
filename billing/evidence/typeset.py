"""The parts of which a PDF is set: DejaVu Sans embedded, every text escaped, the same input to the same bytes.

No script, no attachment, no link, no encryption: reportlab writes none unless it is asked to.
"""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
SMALL = 7.5
"""Points of a table's text: legible on paper."""
ROW = 11.5
WIDTH = A4[0] - 36 * mm - 12  # the frame has six points on each side
INK, MUTED, RULE, GROUND = (colors.HexColor(code) for code in ("#1a1d21", "#5b6470", "#c9ced6", "#f1f3f6"))


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


@cache
def fonts() -> None:
    """Register DejaVu Sans, which comes with matplotlib, without importing that."""
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("matplotlib, whose fonts are used, is not installed.")
    folder = Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
    for name in (PLAIN, BOLD):
        registerFont(TTFont(name, folder / f"{name}.ttf"))


def printable(text: str) -> str:
    """Return a text in characters that the font has: others, and those that hide or reorder text, by their number."""
    fonts()
    known = getFont(PLAIN).face.charToGlyph
    return "".join(
        char
        if char == "\n" or (ord(char) in known and unicodedata.category(char) not in {"Cc", "Cf"})
        else f"\\u{{{ord(char):X}}}"
        for char in text
    )


def heading(text: str) -> Flowable:
    return Paragraph(escape(printable(text)), _style(BOLD, 11, before=9, after=4))


def title(text: str) -> Flowable:
    return Paragraph(escape(printable(text)), _style(BOLD, 16, after=3))


def paragraph(text: str, muted: bool = False) -> Flowable:
    return Paragraph(escape(printable(text)).replace("\n", "<br/>"), _style(PLAIN, 9, after=5, muted=muted))


def facts_table(rows: Iterable[tuple[str, str]]) -> Flowable:
    """Return names and values beside each other; a long value is set in several lines."""
    cells = [[paragraph(name, muted=True), paragraph(value)] for name, value in rows]
    table = Table(cells, colWidths=[42 * mm, WIDTH - 42 * mm], hAlign="LEFT")
    style = [
        ("FONT", (0, 0), (-1, -1), PLAIN, SMALL),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
    table.setStyle(TableStyle(style))
    return table


def data_table(head: Sequence[str], shares: Sequence[int], rows: Iterable[Sequence[str]], right: int = 0) -> Flowable:
    """Return a table of single lines, its head on every page. `shares` are widths, the last `right` columns numbers."""
    total = sum(shares)
    widths = [WIDTH * share / total for share in shares]
    cells = [[_shortened(cell, width) for cell, width in zip(row, widths, strict=True)] for row in (head, *rows)]
    table = Table(cells, colWidths=widths, rowHeights=[ROW] * len(cells), repeatRows=1, hAlign="LEFT")
    style = [
        ("FONT", (0, 0), (-1, -1), PLAIN, SMALL),
        ("FONT", (0, 0), (-1, 0), BOLD, SMALL),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("BACKGROUND", (0, 0), (-1, 0), GROUND),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    if right:
        style.append(("ALIGN", (-right, 0), (-1, -1), "RIGHT"))
    table.setStyle(TableStyle(style))
    return table


def typeset(name: str, footer: str, parts: Sequence[Flowable]) -> Document:
    """Return the PDF of `parts`; `footer` stands on each page beside its number."""
    fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=printable(name),
        author="Tidegate",
        invariant=1,
        initialFontName=PLAIN,
    )

    def foot(canvas: Canvas, _document: SimpleDocTemplate) -> None:
        canvas.setFont(PLAIN, SMALL)
        canvas.setFillColor(MUTED)
        canvas.drawString(18 * mm, 10 * mm, printable(footer))
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"Page {canvas.getPageNumber()}")

    document.build([*parts, Spacer(0, 0)], onFirstPage=foot, onLaterPages=foot)
    return Document(out.getvalue(), document.page)


def _style(font: str, size: float, before: float = 0, after: float = 0, muted: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        "",
        fontName=font,
        fontSize=size,
        leading=size * 1.35,
        spaceBefore=before,
        spaceAfter=after,
        textColor=MUTED if muted else INK,
    )


def _shortened(text: str, width: float) -> str:
    """Return one line that fits into a cell of `width` points; what was cut is in the pack's rows."""
    line = printable(" ".join(text.split()))
    room = width - 6
    if stringWidth(line, PLAIN, SMALL) <= room:
        return line
    while line and stringWidth(f"{line}…", PLAIN, SMALL) > room:
        line = line[: max(0, len(line) - 1 - len(line) // 16)]
    return f"{line}…"
