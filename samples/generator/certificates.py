"""Certificates: food safety, household business, building practice."""

from __future__ import annotations

import math
from datetime import date

from samples.generator import decree, offices
from samples.generator.compose import Composer, Margins, frame
from samples.generator.fonts import Face, Fonts
from samples.generator.marks import Ink, Stroke
from samples.generator.results import Drawn, Result, holder, on_day, same

_FOOD = "giay-chung-nhan-an-toan-thuc-pham"


def food_safety(fonts: Fonts) -> Drawn:
    """A certificate of food safety in an ornate frame, valid until a day."""
    owner, number = "Vũ Thị Nhàn Thục", "099184001237"
    address = "Tổ 5, thị trấn Vĩnh Khê, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = Result(
        _FOOD,
        "GIẤY CHỨNG NHẬN",
        offices.HEALTH,
        offices.HEALTH_HEAD,
        date(2022, 8, 16),
        "318",
        "GCN-SYT",
        subtitle=("CƠ SỞ ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM",),
        more=holder(owner, number)
        | same("address", address)
        | on_day("valid_until", date(2025, 8, 16), "ngày 16 tháng 8 năm 2025"),
    )
    page = Composer(fonts, margins=Margins(32, 27, 26, 22), points=14, leading=1.6)
    _ornate(page)
    decree.header(page, result, points=12.4)
    decree.title(page, result, points=17, space=9)
    page.heading("GIÁM ĐỐC SỞ Y TẾ TỈNH SƠN HÀ CHỨNG NHẬN")
    page.skip(5)
    page.labelled("Tên cơ sở", "NHÀ HÀNG CƠM QUÊ BẾN ĐÁ", face=Face.BOLD)
    page.labelled("Họ và tên chủ cơ sở", owner)
    page.labelled("Số CCCD", number)
    page.labelled("Địa chỉ", address)
    page.labelled("Điện thoại", "0299 555 0148")
    page.skip(4)
    page.heading("ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM")
    page.heading("KINH DOANH DỊCH VỤ ĂN UỐNG", Face.BOLD, 12.5)
    page.skip(5)
    page.paragraph([("Giấy chứng nhận này có giá trị đến ngày 16 tháng 8 năm 2025.", Face.ITALIC)], indent=0)
    page.skip(4)
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def kitchen(fonts: Fonts) -> Drawn:
    """The same kind for a canteen, plain, one page."""
    owner, number = "Hoàng Văn Kiểm Sinh", "099075002218"
    address = "Số 12, đường Suối Mơ, phường Hà Châu Bắc, tỉnh Sơn Hà"
    result = Result(
        _FOOD,
        "GIẤY CHỨNG NHẬN",
        offices.HEALTH,
        offices.HEALTH_VICE,
        date(2024, 10, 2),
        "405",
        "GCN-SYT",
        subtitle=("CƠ SỞ ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM",),
        more=holder(owner, number)
        | same("address", address)
        | same("dossier_code", "000.00.18.H99-240917-0031")
        | on_day("valid_until", date(2027, 10, 2), "02/10/2027"),
    )
    page = Composer(fonts, margins=Margins(30, 24, 20, 20), points=14, leading=1.5)
    decree.header(page, result)
    decree.title(page, result, points=16, space=8)
    page.labelled("Tên cơ sở", "BẾP ĂN TẬP THỂ TRƯỜNG MẦM NON HOA GẠO", face=Face.BOLD)
    page.labelled("Họ và tên chủ cơ sở", owner)
    page.labelled("Số CCCD", number)
    page.labelled("Địa chỉ", address)
    page.labelled("Mã hồ sơ", "000.00.18.H99-240917-0031")
    page.labelled("Quy mô", "280 suất ăn/lần phục vụ")
    page.skip(3)
    page.paragraph("Đủ điều kiện an toàn thực phẩm đối với loại hình: Bếp ăn tập thể.", indent=0)
    page.labelled("Có giá trị đến ngày", "02/10/2027", face=Face.BOLD)
    page.skip(3)
    decree.signature(page, result, ("- Chủ cơ sở;", "- Chi cục ATVSTP;", "- Lưu: VT."))
    return Drawn(result, page.sheets())


def business(fonts: Fonts) -> Drawn:
    """A household business registration by a district's finance office."""
    name, number = "Bùi Xuân Tùng Lâm", "099090007815"
    address = "Chợ Đông Mã, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = Result(
        "giay-chung-nhan-dang-ky-ho-kinh-doanh",
        "GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH",
        offices.DISTRICT_FINANCE,
        offices.FINANCE_HEAD,
        date(2021, 2, 3),
        "99C8004176",
        "",
        more=holder(name, number) | same("address", address),
        dated_above=False,
    )
    page = Composer(fonts, margins=Margins(28, 20, 18, 20), points=14, leading=1.5)
    page.put(frame(16, 12, 200, 285, 0.6), frame(17.2, 13.2, 198.8, 283.8, 0.2))
    decree.header(page, result, points=12.6)
    decree.title(page, result, points=15)
    page.paragraph("Đăng ký lần đầu, ngày 03 tháng 02 năm 2021", indent=0)
    page.labelled("1. Tên hộ kinh doanh", "CỬA HÀNG VẬT LIỆU TÙNG LÂM", face=Face.BOLD)
    page.labelled("2. Địa điểm kinh doanh", address)
    page.labelled("3. Ngành, nghề kinh doanh", "Bán lẻ xi măng, gạch, ngói, cát, sỏi; vận tải hàng hóa bằng ô tô")
    page.labelled("4. Vốn kinh doanh", "350.000.000 đồng (Ba trăm năm mươi triệu đồng)")
    page.labelled("5. Họ và tên đại diện hộ kinh doanh", name, face=Face.BOLD)
    page.labelled("    Sinh ngày", "22/7/1990     Giới tính: Nam     Dân tộc: Kinh     Quốc tịch: Việt Nam")
    page.labelled("    Số CCCD", f"{number}     Ngày cấp: 15/01/2021")
    page.labelled("    Nơi đăng ký hộ khẩu thường trú", "Thôn Vàng, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà")
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def practice(fonts: Fonts) -> Drawn:
    """A certificate of building practice on A5, landscape."""
    name, number = "Nguyễn Khắc Hưởng", "099088006094"
    result = Result(
        "chung-chi-hanh-nghe",
        "CHỨNG CHỈ HÀNH NGHỀ HOẠT ĐỘNG XÂY DỰNG",
        offices.BUILDING,
        offices.BUILDING_VICE,
        date(2020, 6, 9),
        "0417",
        "CCHN-SXD",
        more=holder(name, number) | on_day("valid_until", date(2025, 6, 9), "09/6/2025"),
    )
    page = Composer(fonts, 210, 148.5, Margins(22, 13, 18, 8), points=11.5)
    _guilloche(page, Ink.SKY)
    page.put(frame(8, 7, 202, 141, 0.5), frame(9.4, 8.4, 200.6, 139.6, 0.2))
    decree.header(page, result, points=11.4)
    decree.title(page, result, points=13.5, space=0)
    page.labelled("Họ và tên", name, face=Face.BOLD)
    page.labelled("Ngày sinh", f"04/11/1988     Số CCCD: {number}")
    page.labelled("Trình độ chuyên môn", "Kỹ sư xây dựng dân dụng và công nghiệp")
    page.labelled("Lĩnh vực hành nghề", "Giám sát thi công xây dựng công trình dân dụng - Hạng II")
    page.labelled("Có giá trị đến ngày", "09/6/2025")
    page.y -= 6
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def _ornate(page: Composer) -> None:
    """A printed border of loops with a fine pattern inside."""
    _guilloche(page, Ink.OCHRE)
    for inset, width in ((12, 0.9), (13.6, 0.25), (18.4, 0.25)):
        page.put(Stroke(_box(page, inset), width, Ink.PRINTED_RED))
    for phase in (0.0, math.pi):
        for x0, y0, x1, y1 in ((16, 16, 194, 16), (16, 281, 194, 281), (16, 16, 16, 281), (194, 16, 194, 281)):
            page.put(Stroke(_wave((x0, y0), (x1, y1), 1.7, 5.0, phase), 0.3, Ink.PRINTED_RED))


def _box(page: Composer, inset: float) -> tuple[tuple[float, float], ...]:
    right, bottom = page.width - inset, page.height - inset
    return ((inset, inset), (right, inset), (right, bottom), (inset, bottom), (inset, inset))


def _guilloche(page: Composer, ink: Ink) -> None:
    """Fine crossing waves over the whole sheet, as security paper has them."""
    y = 22.0
    while y < page.height - 20:
        for phase in (0.0, math.pi):
            page.put(Stroke(_wave((20, y), (page.width - 20, y), 2.2, 24.0, phase + y / 9), 0.18, ink))
        y += 3.1


def _wave(
    start: tuple[float, float], end: tuple[float, float], swing: float, length: float, phase: float
) -> tuple[tuple[float, float], ...]:
    (x0, y0), (x1, y1) = start, end
    reach = math.hypot(x1 - x0, y1 - y0)
    along = ((x1 - x0) / reach, (y1 - y0) / reach)
    points = []
    steps = int(reach)
    for step in range(steps + 1):
        at = reach * step / steps
        off = swing * math.sin(2 * math.pi * at / length + phase)
        points.append((x0 + along[0] * at - along[1] * off, y0 + along[1] * at + along[0] * off))
    return tuple(points)
