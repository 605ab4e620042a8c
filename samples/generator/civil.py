"""Civil status: extracts and confirmations of communes."""

from __future__ import annotations

import math
from datetime import date

from samples.generator import decree, offices
from samples.generator.compose import Composer, Margins
from samples.generator.fonts import Face, Fonts
from samples.generator.marks import Ink, Stroke
from samples.generator.results import Drawn, Result, Value, holder, same


def birth_extract(fonts: Fonts) -> Drawn:
    """An extract of a birth entry on rose paper with a fine pattern; the number by hand."""
    name, number = "Trịnh Gia Hân Thuỷ", "099319000542"
    result = Result(
        "trich-luc-khai-sinh",
        "TRÍCH LỤC KHAI SINH",
        offices.COMMUNE,
        offices.COMMUNE_VICE,
        date(2023, 4, 14),
        "86",
        "TLKS-BS",
        subtitle=("(BẢN SAO)",),
        pen=frozenset({"number"}),
        more=holder(name, number) | {"holder_name": Value(name, name.upper())},
    )
    page = Composer(fonts, margins=Margins(26, 22, 20, 20), points=13.6, leading=1.42)
    _rosettes(page)
    decree.header(page, result)
    decree.title(page, result, points=17, space=8)
    page.labelled("Họ, chữ đệm, tên", name.upper(), face=Face.BOLD)
    for label, value in (
        (
            "Ngày, tháng, năm sinh",
            "05/02/2019   Ghi bằng chữ: Ngày mùng năm, tháng hai, năm hai nghìn không trăm mười chín",
        ),
        ("Giới tính", "Nữ     Dân tộc: Kinh     Quốc tịch: Việt Nam"),
        ("Nơi sinh", "Trung tâm Y tế huyện Vĩnh Khê, tỉnh Sơn Hà"),
        ("Quê quán", "Xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"),
        ("Số định danh cá nhân", number),
        ("Họ, chữ đệm, tên người mẹ", "LÊ THỊ QUẾ CHUYÊN"),
        ("Năm sinh", "1992     Dân tộc: Kinh     Quốc tịch: Việt Nam"),
        ("Họ, chữ đệm, tên người cha", "TRỊNH ĐÌNH KHOÁI"),
        ("Năm sinh", "1989     Dân tộc: Kinh     Quốc tịch: Việt Nam"),
        ("Đăng ký khai sinh tại", "Ủy ban nhân dân xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"),
        ("Số", "21/2019     Ngày, tháng, năm đăng ký: 18/02/2019"),
    ):
        page.labelled(label, value)
    page.skip(2)
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def marital_status(fonts: Fonts) -> Drawn:
    """A confirmation of marital status; number and day by hand."""
    name, number = "Trần Văn Khải Vinh", "099096003871"
    address = "Thôn Nà Sim, xã Tân Khê Đông, huyện Vĩnh Khê, tỉnh Sơn Hà"
    result = Result(
        "giay-xac-nhan-tinh-trang-hon-nhan",
        "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN",
        offices.COMMUNE,
        offices.COMMUNE_HEAD,
        date(2024, 5, 28),
        "143",
        "UBND-XNTTHN",
        pen=frozenset({"number", "day"}),
        more=holder(name, number) | same("address", address),
    )
    page = Composer(fonts, margins=Margins(28, 22, 20, 20), points=13.6, leading=1.36)
    decree.header(page, result)
    decree.title(page, result, points=15.5, space=7)
    page.heading("ỦY BAN NHÂN DÂN XÃ TÂN KHÊ ĐÔNG", Face.BOLD, 13)
    page.skip(3)
    page.paragraph(
        "Xét đề nghị của ông Trần Văn Khải Vinh, về việc cấp Giấy xác nhận tình trạng hôn nhân,",
        indent=8,
        justify=False,
    )
    page.heading("XÁC NHẬN:")
    page.skip(2)
    page.labelled("Họ, chữ đệm, tên", name, face=Face.BOLD)
    page.labelled("Ngày, tháng, năm sinh", "09/9/1996")
    page.labelled("Giới tính", "Nam     Dân tộc: Tày     Quốc tịch: Việt Nam")
    page.labelled("Giấy tờ tùy thân", f"Căn cước công dân số {number}")
    page.labelled("Nơi cư trú", address)
    page.labelled("Tình trạng hôn nhân", "Hiện tại chưa đăng ký kết hôn với ai.")
    page.paragraph(
        "Giấy này được cấp để: làm thủ tục kết hôn với bà Nông Thị Én, sinh năm 1998, cư trú tại xã Bản Phung.",
        indent=0,
    )
    page.paragraph([("Giấy này có giá trị sử dụng trong thời hạn 06 tháng, kể từ ngày cấp.", Face.ITALIC)], indent=0)
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def marriage_extract(fonts: Fonts) -> Drawn:
    """An extract of a marriage entry, one page, all printed."""
    name, number = "Phạm Thị Sáo Quyên", "099194008210"
    result = Result(
        "trich-luc-ket-hon",
        "TRÍCH LỤC KẾT HÔN",
        offices.WARD,
        offices.WARD_VICE,
        date(2025, 7, 8),
        "31",
        "TLKH-BS",
        subtitle=("(BẢN SAO)",),
        more=holder(name, number),
    )
    page = Composer(fonts, margins=Margins(26, 22, 20, 20), points=13.6, leading=1.36)
    decree.header(page, result)
    decree.title(page, result, points=16, space=7)
    page.labelled("Họ, chữ đệm, tên vợ", name, face=Face.BOLD)
    page.labelled("Ngày, tháng, năm sinh", "27/12/1994     Dân tộc: Kinh     Quốc tịch: Việt Nam")
    page.labelled("Số định danh cá nhân", number)
    page.labelled("Nơi cư trú", "Số 9, ngõ 14, đường Bến Đá, phường Hà Châu Bắc, tỉnh Sơn Hà")
    page.skip(3)
    page.labelled("Họ, chữ đệm, tên chồng", "Lò Văn Hặc Sơn", face=Face.BOLD)
    page.labelled("Ngày, tháng, năm sinh", "03/3/1991     Dân tộc: Thái     Quốc tịch: Việt Nam")
    page.labelled("Số định danh cá nhân", "099091005526")
    page.labelled("Nơi cư trú", "Bản Mường, xã Bản Phung, tỉnh Sơn Hà")
    page.skip(3)
    page.labelled("Đăng ký kết hôn tại", "Ủy ban nhân dân phường Hà Châu Bắc, tỉnh Sơn Hà")
    page.labelled("Số", "44/2025     Ngày, tháng, năm đăng ký: 30/6/2025")
    decree.signature(page, result, ())
    return Drawn(result, page.sheets())


def _rosettes(page: Composer) -> None:
    """A tint of overlapping rosettes, as forms of civil status have it."""
    for row in range(7):
        for column in range(5):
            x, y = 25 + column * 40, 25 + row * 41
            for turn in range(3):
                page.put(Stroke(_rosette(x, y, 21, turn * math.pi / 9), 0.18, Ink.ROSE))


def _rosette(x: float, y: float, radius: float, phase: float) -> tuple[tuple[float, float], ...]:
    points = []
    for step in range(181):
        turn = 2 * math.pi * step / 180
        reach = radius * (0.72 + 0.28 * math.cos(9 * turn + 9 * phase))
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    return tuple(points)
