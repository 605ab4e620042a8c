"""Invented agencies and people of an invented province, tỉnh Sơn Hà."""

from __future__ import annotations

from samples.generator.results import Office, Signer

PROVINCE = Office(
    ("ỦY BAN NHÂN DÂN", "TỈNH SƠN HÀ"), (), "Sơn Hà", "ỦY BAN NHÂN DÂN TỈNH SƠN HÀ", "C.H.X.H.C.N VIỆT NAM"
)
HEALTH = Office(
    ("SỞ Y TẾ",), ("UBND TỈNH SƠN HÀ",), "Sơn Hà", "CỘNG HÒA X.H.C.N VIỆT NAM", "TỈNH SƠN HÀ", ("SỞ", "Y TẾ")
)
BUILDING = Office(
    ("SỞ XÂY DỰNG",), ("UBND TỈNH SƠN HÀ",), "Sơn Hà", "CỘNG HÒA X.H.C.N VIỆT NAM", "TỈNH SƠN HÀ", ("SỞ", "XÂY DỰNG")
)
LAND = Office(
    ("SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"),
    ("UBND TỈNH SƠN HÀ",),
    "Sơn Hà",
    "CỘNG HÒA X.H.C.N VIỆT NAM",
    "TỈNH SƠN HÀ",
    ("SỞ", "NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"),
)
DISTRICT = Office(
    ("ỦY BAN NHÂN DÂN", "HUYỆN VĨNH KHÊ"), (), "Vĩnh Khê", "ỦY BAN NHÂN DÂN HUYỆN VĨNH KHÊ", "TỈNH SƠN HÀ"
)
DISTRICT_FINANCE = Office(
    ("PHÒNG TÀI CHÍNH - KẾ HOẠCH",),
    ("UBND HUYỆN VĨNH KHÊ",),
    "Vĩnh Khê",
    "UBND HUYỆN VĨNH KHÊ",
    "TỈNH SƠN HÀ",
    ("PHÒNG", "TÀI CHÍNH", "KẾ HOẠCH"),
)
DISTRICT_ECONOMY = Office(
    ("PHÒNG KINH TẾ VÀ HẠ TẦNG",),
    ("UBND HUYỆN VĨNH KHÊ",),
    "Vĩnh Khê",
    "UBND HUYỆN VĨNH KHÊ",
    "TỈNH SƠN HÀ",
    ("PHÒNG", "KINH TẾ", "VÀ HẠ TẦNG"),
)
COMMUNE = Office(
    ("ỦY BAN NHÂN DÂN", "XÃ TÂN KHÊ ĐÔNG"), (), "Tân Khê Đông", "ỦY BAN NHÂN DÂN XÃ TÂN KHÊ ĐÔNG", "TỈNH SƠN HÀ"
)
COMMUNE_NEW = Office(
    ("ỦY BAN NHÂN DÂN", "XÃ PHÚ LẠC THƯỢNG"), (), "Phú Lạc Thượng", "ỦY BAN NHÂN DÂN XÃ PHÚ LẠC THƯỢNG", "TỈNH SƠN HÀ"
)
WARD = Office(
    ("ỦY BAN NHÂN DÂN", "PHƯỜNG HÀ CHÂU BẮC"), (), "Hà Châu Bắc", "ỦY BAN NHÂN DÂN PHƯỜNG HÀ CHÂU BẮC", "TỈNH SƠN HÀ"
)

PROVINCE_VICE = Signer(("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Đặng Quốc Khuê", 11)
HEALTH_HEAD = Signer(("GIÁM ĐỐC",), "Lương Thị Ánh Nguyệt", 22)
HEALTH_VICE = Signer(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Phùng Hữu Thạnh", 5)
BUILDING_VICE = Signer(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Vũ Đình Trạch", 31)
LAND_HEAD = Signer(("GIÁM ĐỐC",), "Kiều Xuân Đệ", 44)
DISTRICT_HEAD = Signer(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Hoàng Ngọc Kiểm", 58)
DISTRICT_VICE = Signer(("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Bùi Thị Hường Thảo", 63)
FINANCE_HEAD = Signer(("TRƯỞNG PHÒNG",), "Tạ Quang Ưởng", 71)
ECONOMY_HEAD = Signer(("TRƯỞNG PHÒNG",), "Dương Bích Thoả", 77, stamped=True)
COMMUNE_HEAD = Signer(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Nguyễn Đỗ Thuỷ Vĩ", 85)
COMMUNE_VICE = Signer(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Trịnh Công Huỳnh", 92)
COMMUNE_NEW_HEAD = Signer(("CHỦ TỊCH",), "Mai Thế Quyền", 104)
WARD_VICE = Signer(("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Đoàn Thị Yến Oanh", 117)
