"""Decisions of one page to three, with appendices on A4 and A3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from samples.generator import decree, offices, texts
from samples.generator.compose import Composer, Margins
from samples.generator.fonts import Face, Fonts
from samples.generator.results import Drawn, Office, Result, Signer, Value, holder, on_day, same

_KIND = "quyet-dinh"
_TITLE = "QUYẾT ĐỊNH"


def support(fonts: Fonts) -> Drawn:
    """A province's decision of two pages with a table appendix on the third; number and day by hand."""
    result = _decision(
        (offices.PROVINCE, offices.PROVINCE_VICE, date(2024, 3, 26), "684", "QĐ-UBND"),
        ("Về việc hỗ trợ kinh phí khôi phục sản xuất cho các hộ dân", "bị thiệt hại do rét đậm, rét hại đầu năm 2024"),
        pen=("number", "day"),
    )
    page = _begin(fonts, result)
    page.heading("ỦY BAN NHÂN DÂN TỈNH SƠN HÀ")
    page.skip(4)
    decree.grounds(page, texts.lines("support.grounds"))
    decree.orders(page)
    _articles(page, "support.articles")
    decree.signature(page, result, texts.lines("support.recipients"))
    page.new_page()
    _appendix_head(page, result, "DANH SÁCH HỘ DÂN ĐƯỢC HỖ TRỢ KINH PHÍ")
    page.table((12, 48, 42, 30, 30), texts.rows("support.table"), points=11.5)
    return Drawn(result, page.sheets())


def roads(fonts: Fonts) -> Drawn:
    """A district's decision of two pages with an appendix on one A3 page, landscape."""
    result = _decision(
        (offices.DISTRICT, offices.DISTRICT_VICE, date(2022, 11, 9), "1207", "QĐ-UBND"),
        ("Về việc phê duyệt danh mục công trình", "sửa chữa đường giao thông nông thôn năm 2023"),
    )
    page = _begin(fonts, result)
    decree.grounds(page, texts.lines("roads.grounds"))
    decree.orders(page)
    _articles(page, "roads.articles")
    decree.signature(page, result, texts.lines("support.recipients"))
    wide = Composer(fonts, 420, 297, Margins(28, 20, 20, 18), points=15)
    _appendix_head(wide, result, "DANH MỤC CÔNG TRÌNH SỬA CHỮA ĐƯỜNG GIAO THÔNG NÔNG THÔN NĂM 2023")
    wide.table((14, 92, 58, 34, 34, 44, 44, 50), _road_table(), points=14.5)
    return Drawn(result, (*page.sheets(), *wide.sheets()))


def land_use(fonts: Fonts) -> Drawn:
    """A decision to change the use of a plot, two pages, for a person."""
    name, number = "Kiều Thị Ước Hằng", "099181011906"
    address = "thôn Khuổi Nặm, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = _decision(
        (offices.DISTRICT, offices.DISTRICT_HEAD, date(2023, 1, 5), "18", "QĐ-UBND"),
        ("Về việc cho phép chuyển mục đích sử dụng đất",),
        more=holder(name, number) | same("address", address),
    )
    page = _begin(fonts, result)
    page.heading("CHỦ TỊCH ỦY BAN NHÂN DÂN HUYỆN VĨNH KHÊ")
    page.skip(4)
    decree.grounds(page, texts.lines("land_use.grounds"))
    decree.orders(page)
    decree.article(page, "Điều 1.", "Cho phép chuyển mục đích sử dụng đất đối với người sử dụng đất sau đây:")
    page.labelled("- Họ và tên", name, face=Face.BOLD, indent=10)
    page.labelled("- Số CCCD", number, indent=10)
    page.labelled("- Địa chỉ", address, indent=10)
    decree.clauses(page, texts.lines("land_use.clauses"))
    _articles(page, "land_use.articles")
    decree.signature(page, result, ("- Như Điều 3;", "- UBND xã Tân Khê Đông;", "- Lưu: VT, TNMT."))
    return Drawn(result, page.sheets())


def revocation(fonts: Fonts) -> Drawn:
    """A decision that takes a food safety certificate back, one page."""
    result = _decision(
        (offices.HEALTH, offices.HEALTH_HEAD, date(2024, 7, 12), "951", "QĐ-SYT"),
        ("Về việc thu hồi Giấy chứng nhận cơ sở đủ điều kiện", "an toàn thực phẩm số 318/GCN-SYT"),
        more=on_day("effective_date", date(2024, 7, 15), "ngày 15 tháng 7 năm 2024"),
    )
    page = _begin(fonts, result)
    page.heading("GIÁM ĐỐC SỞ Y TẾ TỈNH SƠN HÀ")
    page.skip(4)
    decree.grounds(page, texts.lines("revocation.grounds"))
    decree.orders(page)
    _articles(page, "revocation.articles")
    decree.signature(page, result, ("- Như Điều 3;", "- UBND huyện Vĩnh Khê;", "- Lưu: VT, ATTP."))
    return Drawn(result, page.sheets())


def allowance(fonts: Fonts, *, name: str, identity: str, number: str, seedling: int) -> Drawn:
    """A commune's decision of one page on a monthly allowance; several in a row fill one scan."""
    signer = Signer(offices.COMMUNE_HEAD.titles, offices.COMMUNE_HEAD.name, offices.COMMUNE_HEAD.seed + seedling)
    result = _decision(
        (offices.COMMUNE, signer, date(2023, 10, 6), number, "QĐ-UBND"),
        ("Về việc trợ cấp xã hội hàng tháng",),
        more=holder(name, identity) | same("address", "Thôn Vàng, xã Tân Khê Đông"),
    )
    page = _begin(fonts, result)
    decree.grounds(page, texts.lines("allowance.grounds"))
    decree.orders(page)
    decree.article(page, "Điều 1.", "Trợ cấp xã hội hàng tháng đối với:")
    page.labelled("Ông (bà)", name, face=Face.BOLD, indent=10)
    page.labelled("Số CCCD", identity, indent=10)
    page.labelled("Địa chỉ", "Thôn Vàng, xã Tân Khê Đông", indent=10)
    page.labelled("Mức trợ cấp", "720.000 đồng/tháng (Bảy trăm hai mươi nghìn đồng)", indent=10)
    _articles(page, "allowance.articles")
    decree.signature(page, result, ("- Như Điều 3;", "- Phòng LĐTBXH;", "- Lưu: VT."))
    return Drawn(result, page.sheets())


def rules(fonts: Fonts) -> Drawn:
    """A commune's decision of one page with three pages of rules, which speak of secrecy in running text."""
    result = _decision(
        (offices.COMMUNE_NEW, offices.COMMUNE_NEW_HEAD, date(2025, 12, 19), "88", "QĐ-UBND"),
        ("Về việc ban hành Quy chế công tác văn thư, lưu trữ", "của Ủy ban nhân dân xã Phú Lạc Thượng"),
        more=on_day("effective_date", date(2026, 1, 1), "ngày 01 tháng 01 năm 2026"),
    )
    page = _begin(fonts, result)
    decree.grounds(page, texts.lines("rules.grounds"))
    decree.orders(page)
    _articles(page, "rules.articles")
    decree.signature(page, result, ("- Như Điều 3;", "- TT Đảng ủy, HĐND xã;", "- Lưu: VT."))
    page.new_page(numbered=False)
    page.leading = 1.5
    page.heading("QUY CHẾ")
    page.heading("Công tác văn thư, lưu trữ của Ủy ban nhân dân xã Phú Lạc Thượng")
    page.heading(f"(Ban hành kèm theo Quyết định số {result.official} {result.printed_date})", Face.ITALIC, 12.5)
    for chapter, name, key in (
        ("Chương I", "QUY ĐỊNH CHUNG", "rules.general"),
        ("Chương II", "QUẢN LÝ VĂN BẢN ĐẾN", "rules.incoming"),
        ("Chương III", "HỒ SƠ KẾT QUẢ VÀ KHAI THÁC", "rules.records"),
    ):
        page.need(30)
        page.skip(4)
        page.heading(chapter)
        page.heading(name)
        page.skip(3)
        _rules(page, key)
    return Drawn(result, page.sheets())


def quarry(fonts: Fonts) -> Drawn:
    """A department's decision of three pages without a table: rules for a quarry."""
    firm = "HỢP TÁC XÃ ĐÁ XẺ NÀ SIM"
    result = _decision(
        (offices.LAND, offices.LAND_HEAD, date(2025, 8, 15), "233", "QĐ-SNNMT"),
        ("Về việc phê duyệt phương án cải tạo, phục hồi môi trường", "mỏ đá Nà Sim, xã Bản Phung"),
        more={"holder_name": Value(firm, firm)},
    )
    page = _begin(fonts, result, 1.5)
    page.heading("GIÁM ĐỐC SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG")
    page.skip(4)
    decree.grounds(page, texts.lines("quarry.grounds"))
    decree.orders(page)
    decree.article(page, "Điều 1.", f"Phê duyệt phương án cải tạo, phục hồi môi trường mỏ đá Nà Sim của {firm}, gồm:")
    decree.clauses(page, texts.lines("quarry.clauses"))
    _articles(page, "quarry.articles")
    decree.signature(page, result, ("- Như Điều 4;", "- UBND tỉnh (để b/c);", "- UBND xã Bản Phung;", "- Lưu: VT, MT."))
    return Drawn(result, page.sheets())


def _articles(page: Composer, key: str) -> None:
    for label, text in texts.pairs(key):
        decree.article(page, label, text)


def _rules(page: Composer, key: str) -> None:
    for label, text in texts.pairs(key):
        page.paragraph([(f"{label} {text}", Face.BOLD)] if label else text)


def _decision(
    head: tuple[Office, Signer, date, str, str],
    subject: Sequence[str],
    *,
    pen: Sequence[str] = (),
    more: dict[str, Value] | None = None,
) -> Result:
    office, signer, day, number, symbol = head
    return Result(
        _KIND, _TITLE, office, signer, day, number, symbol, tuple(subject), pen=frozenset(pen), more=more or {}
    )


def _begin(fonts: Fonts, result: Result, leading: float = 1.26) -> Composer:
    page = Composer(fonts, points=14, leading=leading)
    decree.header(page, result)
    decree.title(page, result)
    return page


def _appendix_head(page: Composer, result: Result, text: str) -> None:
    page.heading("PHỤ LỤC")
    page.heading(text)
    note = f"(Kèm theo Quyết định số {result.official} {result.printed_date}"
    page.heading(note, Face.ITALIC, 12.5)
    page.heading(f"của {_agency_in_text(result.office)})", Face.ITALIC, 12.5)
    page.skip(5)


def _agency_in_text(office: Office) -> str:
    return {"Sơn Hà": "Ủy ban nhân dân tỉnh Sơn Hà", "Vĩnh Khê": "Ủy ban nhân dân huyện Vĩnh Khê"}[office.place]


def _road_table() -> tuple[tuple[str, ...], ...]:
    head = (
        "STT",
        "Tên công trình",
        "Địa điểm",
        "Chiều dài (m)",
        "Rộng (m)",
        "Kết cấu mặt đường",
        "Kinh phí (đồng)",
        "Ghi chú",
    )
    hamlets = (
        "Đồng Mít", "Nà Sim", "Khuổi Nặm", "Vàng Ngoài", "Vàng Trong", "Lũng Cải", "Bến Đá",
        "Pù Luông", "Chợ Đông Mã", "Suối Mơ", "Hoa Gạo", "Bản Mường", "Ngã Ba Quế", "Trại Ổi",
    )  # fmt: skip
    communes = ("xã Tân Khê Đông", "xã Phú Lạc", "xã Bản Phung", "thị trấn Vĩnh Khê")
    rows = [head]
    for count, hamlet in enumerate(hamlets, start=1):
        length = 240 + count * 137 % 900
        width = ("3,0", "3,5", "2,5")[count % 3]
        surface = ("Bê tông xi măng M250", "Đá dăm láng nhựa", "Cấp phối đá dăm")[count % 3]
        cost = f"{length * 1_150_000:,}".replace(",", ".")
        note = ("Chuyển tiếp", "", "Dân hiến đất")[count % 3]
        rows.append(
            (
                str(count),
                f"Sửa chữa đường trục thôn {hamlet}",
                communes[count % 4],
                str(length),
                width,
                surface,
                cost,
                note,
            )
        )
    return tuple(rows)
