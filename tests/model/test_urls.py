"""No address is shown with a password in it, however it is misspelt."""

from __future__ import annotations

import pytest

from archive.model.urls import shown_address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pa/ss@es:9200/ketqua", "https://…@es:9200/ketqua"),
        ("s3://AKIA:a@b/c@kho/x", "s3://…@kho/x"),
        ("dask:user:pass@scheduler", "dask:…@scheduler"),
        ("user:pass@scheduler:8786", "user:…@scheduler:8786"),
        ("pass@scheduler", "…@scheduler"),
        ("https://es:9200/ketqua", "https://es:9200/ketqua"),
        ("file:/srv/thư@mục/kho", "file:/srv/thư@mục/kho"),
        ("embedded:a@b", "embedded:a@b"),
    ],
)
def test_what_stands_before_an_at_sign_is_not_shown(url: str, shown: str) -> None:
    assert shown_address(url) == shown
