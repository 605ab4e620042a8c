"""Permits: printed forms of communes, departments and district offices."""

from __future__ import annotations

from datetime import date

from samples.generator import decree, offices, texts
from samples.generator.compose import Composer
from samples.generator.fonts import Face, Fonts
from samples.generator.marks import BoxStamp
from samples.generator.results import Drawn, Office, Result, Signer, Value, holder, on_day, same

_KIND = "giay-phep-xay-dung"


def house(fonts: Fonts) -> Drawn:
    """A permit for a house, two pages: conditions and signature on the second."""
    name, number = "Lương Văn Thạnh Khê", "099079004521"
    address = "Thôn Đồng Mít, xã Phú Lạc Thượng, tỉnh Sơn Hà"
    more = holder(name, number) | same("address", address) | same("dossier_code", "H99.31.07-250814-0012")
    more["holder_name"] = Value(name, name.upper())
    result = Result(
        _KIND,
        "GIẤY PHÉP XÂY DỰNG",
        offices.COMMUNE_NEW,
        offices.COMMUNE_NEW_HEAD,
        date(2025, 9, 4),
        "15",
        "GPXD-UBND",
        subtitle=("(Sử dụng cho nhà ở riêng lẻ)",),
        more=more,
    )
    page = Composer(fonts, points=13.5, leading=1.34)
    decree.header(page, result)
    decree.title(page, result)
    page.labelled("Mã hồ sơ", "H99.31.07-250814-0012")
    page.paragraph([("1. Cấp cho chủ đầu tư:", Face.BOLD)], indent=0)
    page.labelled("- Họ và tên", name.upper(), face=Face.BOLD, indent=4)
    page.labelled("- Số CCCD", f"{number}   Ngày cấp: 12/8/2021", indent=4)
    page.labelled("- Địa chỉ", address, indent=4)
    page.paragraph([("2. Được phép xây dựng công trình:", Face.BOLD)], indent=0)
    for label, value in texts.pairs("permit.house"):
        page.labelled(label, value, indent=4)
    page.paragraph(
        [("3. Giấy tờ về đất đai:", Face.BOLD), (texts.lines("permit.land_paper")[0], Face.REGULAR)], indent=0, hang=4
    )
    page.paragraph(
        [("4. Hiệu lực của giấy phép:", Face.BOLD), (texts.lines("permit.start")[0], Face.REGULAR)], indent=0, hang=4
    )
    page.new_page()
    page.heading("CHỦ ĐẦU TƯ PHẢI THỰC HIỆN CÁC NỘI DUNG SAU ĐÂY")
    page.skip(3)
    decree.clauses(page, texts.lines("permit.duties"))
    decree.signature(page, result, ("- Chủ đầu tư;", "- Phòng Kinh tế xã;", "- Lưu: VT, HS."))
    return Drawn(result, page.sheets())


def works(fonts: Fonts) -> Drawn:
    """A permit for a workshop, one page; number and day written by hand."""
    firm = "CÔNG TY TNHH CƠ KHÍ THẠCH KHÊ"
    address = "Lô B7, Cụm công nghiệp Đông Mã, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = _permit(offices.BUILDING, offices.BUILDING_VICE, date(2023, 5, 17), firm, address)
    page = Composer(fonts, points=13.5, leading=1.3)
    decree.header(page, result)
    decree.title(page, result)
    page.paragraph([("1. Cấp cho:", Face.BOLD), (firm, Face.BOLD)], indent=0)
    page.labelled("- Người đại diện", "Ông Phan Hữu Trọng Nghị     Chức vụ: Giám đốc", indent=4)
    page.labelled("- Địa chỉ", address, indent=4)
    page.paragraph(
        [("2. Được phép xây dựng công trình:", Face.BOLD), ("Nhà xưởng cơ khí số 2", Face.REGULAR)], indent=0
    )
    for label, value in texts.pairs("permit.workshop"):
        page.labelled(label, value, indent=4)
    page.paragraph([("3. Ghi nhận các công trình đã khởi công:", Face.BOLD), ("Không.", Face.REGULAR)], indent=0)
    page.paragraph(
        [("4. Hiệu lực của giấy phép:", Face.BOLD), (texts.lines("permit.start")[0], Face.REGULAR)], indent=0, hang=4
    )
    decree.signature(
        page, result, ("- Như mục 1;", "- Chi cục Giám định XD;", "- UBND huyện Vĩnh Khê;", "- Lưu: VT, QLXD.")
    )
    return Drawn(result, page.sheets())


def repair(fonts: Fonts) -> Drawn:
    """A permit to repair a house, one page, all printed."""
    name, number = "Đỗ Thị Mai Khuê", "099186010347"
    address = "Số 48, đường Bến Đá, phường Hà Châu Bắc, tỉnh Sơn Hà"
    result = Result(
        _KIND,
        "GIẤY PHÉP XÂY DỰNG",
        offices.WARD,
        offices.WARD_VICE,
        date(2025, 11, 21),
        "07",
        "GPSC-UBND",
        subtitle=("(Sử dụng cho trường hợp sửa chữa, cải tạo)",),
        more=holder(name, number) | same("address", address),
    )
    page = Composer(fonts, points=13.5, leading=1.34)
    decree.header(page, result)
    decree.title(page, result)
    page.paragraph([("1. Cấp cho chủ đầu tư:", Face.BOLD)], indent=0)
    page.labelled("- Họ và tên", name, face=Face.BOLD, indent=4)
    page.labelled("- Số CCCD", number, indent=4)
    page.labelled("- Địa chỉ", address, indent=4)
    page.paragraph([("2. Được phép sửa chữa, cải tạo công trình:", Face.BOLD)], indent=0)
    for label, value in texts.pairs("permit.repair"):
        page.labelled(label, value, indent=4)
    page.paragraph(
        [("3. Hiệu lực của giấy phép:", Face.BOLD), (texts.lines("permit.start")[0], Face.REGULAR)], indent=0, hang=4
    )
    decree.signature(page, result, ("- Chủ đầu tư;", "- Lưu: VT, KT."))
    return Drawn(result, page.sheets())


def liquor(fonts: Fonts) -> Drawn:
    """A permit to sell liquor, one page; the signer's name is a rubber stamp, the copy carries a stamp too."""
    name, number = "Phan Thị Mận Chi", "099177004408"
    address = "Số 3, chợ Đông Mã, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = Result(
        "giay-phep-kinh-doanh",
        "GIẤY PHÉP BÁN LẺ RƯỢU",
        offices.DISTRICT_ECONOMY,
        offices.ECONOMY_HEAD,
        date(2023, 11, 13),
        "09",
        "GP-KTHT",
        more=holder(name, number)
        | same("address", address)
        | on_day("valid_until", date(2028, 11, 13), "ngày 13 tháng 11 năm 2028"),
    )
    page = Composer(fonts, points=13.5, leading=1.3)
    page.put(BoxStamp(104, 15, ("BẢN SAO",), 15, 4, 0.75))
    decree.header(page, result)
    decree.title(page, result)
    page.heading("TRƯỞNG PHÒNG KINH TẾ VÀ HẠ TẦNG")
    page.skip(3)
    decree.grounds(page, texts.lines("liquor.grounds"))
    decree.orders(page, "CẤP GIẤY PHÉP:")
    decree.article(page, "Điều 1.", "Cho phép hộ kinh doanh Tạp hóa Bưởi Ngọt bán lẻ rượu, thông tin như sau:")
    page.labelled("- Họ và tên chủ hộ", name, face=Face.BOLD, indent=10)
    page.labelled("- Số CCCD", number, indent=10)
    page.labelled("- Địa chỉ", address, indent=10)
    page.labelled("- Loại rượu", "rượu vang, rượu trắng dưới 30 độ", indent=10)
    decree.article(page, "Điều 2.", texts.lines("liquor.duties")[0])
    decree.article(page, "Điều 3.", "Giấy phép này có giá trị đến ngày 13 tháng 11 năm 2028.")
    decree.signature(page, result, ("- Hộ kinh doanh;", "- Đội QLTT số 4;", "- Lưu: VT."))
    return Drawn(result, page.sheets())


def _permit(office: Office, signer: Signer, day: date, firm: str, address: str) -> Result:
    return Result(
        _KIND,
        "GIẤY PHÉP XÂY DỰNG",
        office,
        signer,
        day,
        "62",
        "GPXD",
        subtitle=("(Sử dụng cho công trình không theo tuyến)",),
        pen=frozenset({"number", "day"}),
        more=holder(firm) | same("address", address),
    )
