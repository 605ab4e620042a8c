"""Which scans there are, and what befell each of them."""

from __future__ import annotations

from dataclasses import replace

from samples.generator import certificates, civil, decisions, letters, permits, separators
from samples.generator.fonts import Fonts
from samples.generator.marks import Sheet
from samples.generator.plans import Colour, Form, Leaf, Plan
from samples.generator.results import Drawn
from samples.generator.scanner import Damage

_CLEAN = Damage()
_WHITE = Damage(skew=-0.4, tone=(255, 255, 254), clip=1.03, noise=0.9, specks=5)
_WORN = Damage(skew=0.8, tone=(250, 244, 233), clip=1.0, light=0.04, folds=(0.5,), holes=2, crumple=0.03, specks=30)
_OLD = Damage(skew=-1.1, tone=(247, 240, 222), clip=1.0, light=0.06, crumple=0.05, specks=40, edge=2.5)
_CREAM = Damage(skew=0.3, tone=(250, 246, 236), clip=1.0)


def catalogue(fonts: Fonts) -> tuple[Plan, ...]:
    """Return every scan of the sample set."""
    return (
        *_permits(fonts),
        *_certificates(fonts),
        *_decisions(fonts),
        *_series(fonts),
        *_civil(fonts),
        *_letters(fonts),
    )


def _whole(name: str, note: str, drawn: Drawn, *damage: Damage) -> Plan:
    """One result, one scan; the last damage holds for the pages that follow."""
    passes = [*damage, *[damage[-1]] * len(drawn.sheets)]
    leaves = tuple(Leaf(sheet, mark) for sheet, mark in zip(drawn.sheets, passes, strict=False))
    return Plan(name, leaves, ((drawn, 1),), note=note)


def _permits(fonts: Fonts) -> tuple[Plan, ...]:
    repair = permits.repair(fonts)
    divider = Leaf(separators.separator(fonts), _WHITE, outcome="separator")
    photo = Damage(skew=0.5, tone=(250, 248, 243), clip=1.01, light=0.03)
    works = _whole(
        "GPXD-62-2023.jpg", "JPEG that says its 300 dpi; number and day by hand", permits.works(fonts), photo
    )
    return (
        _whole("GPXD_15_Phu-Lac-Thuong_2025.pdf", "two pages", permits.house(fonts), _CLEAN, Damage(skew=0.6)),
        replace(works, form=Form.JPEG, dpi=300, quality=46),
        Plan(
            "lo07_GPSC.pdf",
            (divider, Leaf(repair.sheets[0], Damage(skew=-0.7, streaks=1))),
            ((repair, 2),),
            note="a separator sheet before the result",
        ),
        _whole(
            "GP-ruou-09.pdf",
            "stamped copy; the signer's name is a rubber stamp",
            permits.liquor(fonts),
            Damage(skew=-1.4, tone=(252, 250, 243), light=0.03, holes=2),
        ),
    )


def _certificates(fonts: Fonts) -> tuple[Plan, ...]:
    food = certificates.food_safety(fonts)
    front = Leaf(food.sheets[0], _CREAM)
    back = Leaf(Sheet(210, 297, ()), replace(_CREAM, skew=-0.3), outcome="blank", behind=food.sheets[0])
    dirty = Damage(skew=0.9, streaks=3, light=0.05, tone=(238, 238, 238), clip=1.0)
    kitchen = _whole("gcn_attp_405.pdf", "grey, streaks of a dirty glass", certificates.kitchen(fonts), dirty)
    flat = Damage(skew=-0.2, noise=0.0, clip=1.06, specks=6, tone=(255, 254, 250), light=0.01)
    business = _whole(
        "HKD_99C8004176.png", "PNG of few colours; a number without symbol", certificates.business(fonts), flat
    )
    practice = _whole("CCHN_0417.pdf", "A5, landscape", certificates.practice(fonts), Damage(skew=0.4))
    return (
        Plan("GCN-ATTP-318.pdf", (front, back), ((food, 1),), note="ornate; blank back with bleed-through"),
        replace(kitchen, colour=Colour.GREY, below_norm=True),
        replace(business, form=Form.PNG),
        replace(practice, dpi=300, quality=42),
    )


def _decisions(fonts: Fonts) -> tuple[Plan, ...]:
    fax = Damage(skew=0.7, specks=60, light=0.05)
    revocation = _whole("QD951-SYT.tif", "1-bit, fax G4", decisions.revocation(fonts), fax)
    land_use = _whole("QD18_chuyen-muc-dich.tif", "multi-page TIFF, yellowed paper", decisions.land_use(fonts), _OLD)
    quarry = decisions.quarry(fonts)
    turned = tuple(
        Leaf(sheet, Damage(skew=0.4), turn=turn) for sheet, turn in zip(quarry.sheets, (90, 180), strict=True)
    )
    return (
        _whole("QD-684-2024.pdf", "table appendix; pen; folded, punched", decisions.support(fonts), _WORN),
        _whole("QD_1207_duong-GTNT.pdf", "A3 appendix", decisions.roads(fonts), Damage(skew=0.3, light=0.03)),
        _whole("88_QD-UBND_quy-che.pdf", "four pages that speak of secrecy", decisions.rules(fonts), Damage(skew=-0.3)),
        replace(land_use, form=Form.TIFF),
        replace(revocation, form=Form.TIFF, dpi=300, colour=Colour.BILEVEL, below_norm=True),
        Plan("SNNMT_233.pdf", turned, ((quarry, 1),), note="page 1 lies on its side, page 2 upside down"),
    )


def _series(fonts: Fonts) -> tuple[Plan, ...]:
    """Decisions of one commune on one day, one page each."""
    first = decisions.allowance(fonts, name="Nông Thị Bưởi Sen", identity="099145000731", number="211", seedling=0)
    second = decisions.allowance(fonts, name="Hà Văn Khoắn", identity="099041001457", number="212", seedling=2)
    third = decisions.allowance(fonts, name="Vi Thị Đào Ngần", identity="099149002960", number="215", seedling=5)
    coarse = _whole("215_QD-UBND.pdf", "150 dpi, below the norm", third, Damage(skew=-0.6, blur=0.7))
    return (
        Plan(
            "tro-cap_2023-10.pdf",
            (Leaf(first.sheets[0], _WHITE), Leaf(second.sheets[0], Damage(skew=1.2))),
            ((first, 1), (second, 2)),
            problems=("two_results",),
            note="two decisions in one file",
        ),
        replace(coarse, dpi=150, quality=60, below_norm=True),
    )


def _civil(fonts: Fonts) -> tuple[Plan, ...]:
    birth = _whole(
        "Trích lục khai sinh 86.pdf",
        "patterned paper; number by hand; given again as scan0041.pdf",
        civil.birth_extract(fonts),
        Damage(skew=0.4, clip=1.0, tone=(252, 248, 244)),
    )
    marital = _whole(
        "XNTTHN_143.jpg",
        "A4 at 200 dpi that does not say so; number and day by hand",
        civil.marital_status(fonts),
        Damage(skew=1.6, tone=(249, 247, 241), clip=1.01, edge=2.0),
    )
    faint = Damage(skew=-0.5, faint=0.52, tone=(251, 249, 244), clip=1.01)
    return (
        replace(birth, copies=("scan0041.pdf",)),
        replace(marital, form=Form.JPEG, says_dpi=False),
        _whole("TLKH31.pdf", "faint print", civil.marriage_extract(fonts), faint),
    )


def _letters(fonts: Fonts) -> tuple[Plan, ...]:
    copied = Damage(skew=-0.9, specks=220, light=0.08, blur=0.8)
    reply = _whole("CV742.pdf", "1-bit copy of a copy", letters.reply(fonts), copied)
    notice, survey = letters.notice(fonts), letters.survey(fonts)
    digital = tuple(Leaf(sheet, _CLEAN, outcome="text_layer", digital=True) for sheet in notice.sheets)
    mixed = (
        Leaf(survey.sheets[0], _CLEAN, outcome="text_layer", digital=True),
        *(Leaf(sheet, Damage(skew=-0.4)) for sheet in survey.sheets[1:]),
    )
    return (
        replace(reply, colour=Colour.BILEVEL, below_norm=True),
        Plan("2291-SXD-QLXD.pdf", digital, ((notice, 1),), note="born digital"),
        Plan("CV145_SNNMT.pdf", mixed, ((survey, 1),), note="page 1 born digital, the rest scanned"),
    )
