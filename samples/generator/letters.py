"""Official letters (công văn): no title; the abstract stands under the number."""

from __future__ import annotations

from datetime import date

from samples.generator import decree, offices, texts
from samples.generator.compose import Composer
from samples.generator.fonts import Face, Fonts
from samples.generator.results import Drawn, Result


def reply(fonts: Fonts) -> Drawn:
    """A district's letter of one page; it names the citizen in running text only, so truth has no holder."""
    result = Result(
        "cong-van",
        "",
        offices.DISTRICT,
        offices.DISTRICT_VICE,
        date(2023, 6, 19),
        "742",
        "UBND-TNMT",
        ("V/v trả lời đơn đề nghị gia hạn", "sử dụng đất của hộ ông Quách Văn Lực"),
    )
    page = Composer(fonts, points=13.8)
    _head(page, result)
    page.heading("Kính gửi: Ông Quách Văn Lực, thôn Bến Đá, xã Phú Lạc", Face.REGULAR, 14)
    page.skip(4)
    decree.clauses(page, texts.lines("reply.clauses"))
    decree.signature(
        page, result, ("- Như trên;", "- Chủ tịch UBND huyện (để b/c);", "- UBND xã Phú Lạc;", "- Lưu: VT, TNMT.")
    )
    return Drawn(result, page.sheets())


def notice(fonts: Fonts) -> Drawn:
    """A department's letter made on a computer and never scanned; two pages."""
    result = Result(
        "cong-van",
        "",
        offices.BUILDING,
        offices.BUILDING_VICE,
        date(2025, 10, 10),
        "2291",
        "SXD-QLXD",
        ("V/v thông báo kết quả thẩm định thiết kế", "xây dựng Trạm y tế xã Bản Phung"),
    )
    page = Composer(fonts, points=13.8, leading=1.3)
    _head(page, result)
    page.heading("Kính gửi: Ban Quản lý dự án đầu tư xây dựng xã Bản Phung", Face.REGULAR, 14)
    page.skip(4)
    decree.clauses(page, texts.lines("notice.clauses"))
    decree.signature(page, result, ("- Như trên;", "- Giám đốc Sở (để b/c);", "- Lưu: VT, QLXD."))
    return Drawn(result, page.sheets())


def survey(fonts: Fonts) -> Drawn:
    """A letter whose second page alone was printed, signed and scanned."""
    result = Result(
        "cong-van",
        "",
        offices.LAND,
        offices.LAND_HEAD,
        date(2026, 1, 22),
        "145",
        "SNNMT-QLĐĐ",
        ("V/v xác nhận hoàn thành đo đạc,", "chỉnh lý bản đồ địa chính xã Phú Lạc Thượng"),
    )
    page = Composer(fonts, points=14, leading=1.32)
    _head(page, result)
    page.heading("Kính gửi: Ủy ban nhân dân xã Phú Lạc Thượng", Face.REGULAR, 14)
    page.skip(4)
    decree.clauses(page, texts.lines("survey.clauses"))
    decree.signature(page, result, ("- Như trên;", "- Văn phòng đăng ký đất đai;", "- Lưu: VT, QLĐĐ."))
    return Drawn(result, page.sheets())


def _head(page: Composer, result: Result) -> None:
    decree.header(page, result)
    left = page.left + 29
    y = page.y + 1.6
    for line in result.subject:
        page.centred(line, left, y, Face.REGULAR, 12)
        y += 5
    page.y = y + 6
