"""Single pages for tests that need a sheet of paper but no whole scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from PIL import Image

from samples.generator import decree, offices
from samples.generator.compose import Composer
from samples.generator.fonts import Fonts
from samples.generator.paint import paint
from samples.generator.results import Office, Result, Signer
from samples.generator.scanner import Damage, scan_page

_GROUNDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "Xét đề nghị của Trưởng phòng Tài chính - Kế hoạch tại Tờ trình số 21/TTr-TCKH,",
)
_BODY = (
    "Cho phép hộ ông Lương Văn Thạnh cải tạo, sửa chữa nhà ở riêng lẻ tại thôn Đồng Mít theo hồ sơ kèm theo.",
    "Trưởng các phòng, ban có liên quan và hộ ông Lương Văn Thạnh chịu trách nhiệm thi hành Quyết định này.",
)


def decision_page(
    *,
    dpi: float = 200,
    title: str = "QUYẾT ĐỊNH",
    number: str = "123",
    symbol: str = "QĐ-UBND",
    issued: date = date(2024, 3, 5),
    subject: Sequence[str] = ("Về việc cho phép cải tạo, sửa chữa nhà ở",),
    body: Sequence[str] = _BODY,
    grounds: Sequence[str] = _GROUNDS,
    office: Office = offices.DISTRICT,
    signer: Signer = offices.DISTRICT_HEAD,
    damage: Damage | None = None,
    fonts: Fonts | None = None,
    seed: int = 1,
) -> Image.Image:
    """Return one A4 page of a decision as an RGB image at ``dpi``; same arguments, same pixels.

    ``body`` becomes ``Điều 1.``, ``Điều 2.`` …; ``damage`` None is clean print. Raises FontMissing, and ValueError when
    the texts need more than one page.
    """
    rng = np.random.default_rng(seed)
    found = fonts or Fonts.find()
    result = Result("quyet-dinh", title, office, signer, issued, number, symbol, tuple(subject))
    page = Composer(found)
    decree.header(page, result)
    decree.title(page, result)
    decree.grounds(page, grounds)
    decree.orders(page, f"{title}:")
    for count, text in enumerate(body, start=1):
        decree.article(page, f"Điều {count}.", text)
    decree.signature(page, result, ("- Như Điều 2;", "- Lưu: VT."))
    sheets = page.sheets()
    if len(sheets) != 1:
        raise ValueError(f"The texts fill {len(sheets)} pages; a decision page holds one: shorten the body.")
    image = paint(sheets[0], dpi, found, rng)
    return scan_page(image, damage, dpi, rng) if damage else image
