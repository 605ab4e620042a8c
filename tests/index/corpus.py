"""A corpus of fictional records, and searches for them; drawn from the samples' texts by a seeded hand."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import samples.generator
from archive.model.search import IndexEntry, Query, Sort
from archive.rules.fields.dates import span
from archive.services.search.query import parse_query
from archive.text.vietnamese import tokens, unmark

_TEXTS = Path(samples.generator.__file__).with_name("texts.toml")
_KINDS = ("giay-phep-xay-dung", "quyet-dinh", "giay-khai-sinh", "giay-chung-nhan", None)
_TITLES = ("Giấy phép xây dựng", "Quyết định", "Giấy khai sinh", "Giấy chứng nhận cơ sở đủ điều kiện", "")
_AGENCIES = ("UBND tỉnh Sơn Hà", "Sở Xây dựng", "UBND huyện Vĩnh Khê", "Sở Y tế", "UBND xã Phú Lạc Thượng", None)
_HOLDERS = ("Nguyễn Văn Mẫu", "Trần Thị Thử", "Lê Thị Mẩu", "Công ty TNHH Bình Minh Thử Nghiệm", "Hoàng Văn Thứ", None)
_DATES = ("2019", "2020-07", "2021-03", "2021-03-05", "2022-11-20", "2023-01-31", "2024-06-15", None)
_SYMBOLS = ("QĐ-UBND", "GPXD", "SXD-QLXD", "TTr-SNN")


def sentences() -> list[str]:
    """Return all that the samples say, in the file's order."""
    return [text for section in tomllib.loads(_TEXTS.read_text("utf-8")).values() for text in _strings(section)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def records(count: int, seed: int = 1) -> list[IndexEntry]:
    """Return records of very different lengths, a few empty, some read without marks."""
    draw, said = random.Random(seed), sentences()  # noqa: S311 - the same records every time, no secret
    return [_record(number, draw, said) for number in range(count)]


def _record(number: int, draw: random.Random, said: list[str]) -> IndexEntry:
    kind = draw.randrange(len(_KINDS))
    printed = f"{draw.randrange(1, 60)}/{draw.choice(_SYMBOLS)}" if draw.random() < 0.7 else None
    body = "\n".join(draw.choices(said, k=draw.choice((0, 1, 3, 8, 20, 40))))
    if draw.random() < 0.2:
        body = unmark(body)
    date = draw.choice(_DATES)
    first, last = span(date) if date else (None, None)
    holder = draw.choice(_HOLDERS)
    return IndexEntry(
        id=f"{number:04x}",
        version=draw.randrange(1, 4),
        batch=f"Hộp {draw.randrange(1, 6)}",
        kind=_KINDS[kind],
        number_key=" ".join(token.folded for token in tokens(printed)) if printed else None,
        issued_from=first,
        issued_to=last,
        agency=draw.choice(_AGENCIES),
        holder_name=holder,
        holder_id=f"0370850000{draw.randrange(100):02d}" if holder else None,
        title=" ".join(filter(None, (_TITLES[kind], printed, draw.choice(said) if draw.random() < 0.5 else ""))),
        body="\n".join(filter(None, (printed if draw.random() < 0.5 else "", body))),
    )


def searches(count: int, seed: int = 2) -> list[Query]:
    """Return searches as people make them: words with and without marks, phrases, numbers, dates, names, kinds."""
    draw, said = random.Random(seed), sentences()  # noqa: S311 - the same searches every time, no secret
    return [_search(draw, said) for _ in range(count)]


def _search(draw: random.Random, said: list[str]) -> Query:
    words = [token.exact for token in tokens(draw.choice(said))] or ["giấy"]
    start = draw.randrange(len(words))
    near = words[start : start + draw.randrange(1, 4)]
    asked = {
        "words": lambda: " ".join(draw.sample(words, min(len(words), draw.randrange(1, 4)))),
        "unmarked": lambda: unmark(" ".join(near)),
        "phrase": lambda: f'"{" ".join(near)}"',
        "unmarked phrase": lambda: f'"{unmark(" ".join(near))}"',
        "excluded": lambda: f"{near[0]} -{draw.choice(words)}",
        "excluded phrase": lambda: f'giấy -"{" ".join(near)}"',
        "number": lambda: f"{draw.randrange(1, 60)}/{draw.choice(_SYMBOLS)}",
        "number among words": lambda: f"quyết định {draw.randrange(1, 60)}/QĐ-UBND",
        "nothing": lambda: "",
    }[draw.choice(_SORTS_OF_WORDS)]()
    filters: dict[str, Any] = {
        "kind": draw.choice(_KINDS),
        "agency": draw.choice(("Sơn Hà", "so xay dung", "ubnd", "Vĩnh Khê")),
        "holder": draw.choice(("Nguyễn Mẫu", "mau", "thu", "Trần Thị Thử")),
        "issued_from": draw.choice(("2020", "2021-03", "2021-03-06")),
        "issued_to": draw.choice(("2021", "2022-11-20", "2024")),
        "batch": f"Hộp {draw.randrange(1, 6)}",
        "sort": draw.choice(list(Sort)),
    }
    chosen = draw.sample(sorted(filters), draw.choice((0, 0, 1, 2)))
    return parse_query(asked, **{name: filters[name] for name in chosen})


_SORTS_OF_WORDS = (
    "words",
    "words",
    "unmarked",
    "phrase",
    "unmarked phrase",
    "excluded",
    "excluded phrase",
    "number",
    "number among words",
    "nothing",
)
