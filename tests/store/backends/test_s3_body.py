"""One object is read to its end through connections that break; never the halves of two objects."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError, ResponseStreamingError

from archive.errors import ScanChanged, SettingsError, StoreUnavailable
from archive.model.options import S3Options
from archive.store.backends.s3.body import ResumableBody
from archive.store.backends.s3.client import S3Client

DATA = bytes(range(256)) * 8
TAG = '"one"'


class Breaking(io.BytesIO):
    """A body whose connection breaks after its bytes."""

    def __init__(self, data: bytes, error: Exception) -> None:
        super().__init__(data)
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise self._error
        return chunk


class Server:
    """Stands in for boto3: gives the answers that a test planned, and remembers the requests."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[dict[str, str]] = []
        self._answers = list(answers)

    def get_object(self, **asked: str) -> dict[str, Any]:
        self.asked.append(asked)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


class Client(S3Client):
    """A client whose boto3 is a Server."""

    def __init__(self, server: Server) -> None:
        super().__init__(S3Options(endpoint="https://s3.example.vn"), plain_text=False)
        self.server = server

    @property
    def boto(self) -> Any:
        return self.server


class Patient(ResumableBody):
    """A body as an inbox reads one: a request for the rest that fails is tried again, too."""

    pauses = (0.0, 0.0)
    retries_opening = True

    def changed(self) -> Exception:
        return ScanChanged("another")


def answer(data: bytes, status: int = 200, etag: str = TAG, error: Exception | None = None) -> dict[str, Any]:
    body = Breaking(data, error) if error else io.BytesIO(data)
    return {"Body": body, "ETag": etag, "ResponseMetadata": {"HTTPStatusCode": status}}


def refusal(status: int, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


def cut(data: bytes, **more: Any) -> dict[str, Any]:
    return answer(data, error=ResponseStreamingError(error="reset"), **more)


def opened(server: Server, kind: type[ResumableBody] = ResumableBody, etag: str | None = None) -> ResumableBody:
    return kind(Client(server), {"Bucket": "b", "Key": "k"}, "object k", etag)


@pytest.fixture(params=[1, 100, len(DATA) - 1], ids=["first byte", "middle", "last byte"])
def broken_at(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_the_rest_of_the_same_object_is_asked_for(broken_at: int) -> None:
    server = Server(cut(DATA[:broken_at]), answer(DATA[broken_at:], 206))

    with opened(server) as body:
        assert body.readall() == DATA
    assert server.asked[0] == {"Bucket": "b", "Key": "k"}
    assert server.asked[1] == {"Bucket": "b", "Key": "k", "IfMatch": TAG, "Range": f"bytes={broken_at}-"}


def test_a_body_that_ends_too_early_is_read_on() -> None:
    short = IncompleteReadError(actual_bytes=100, expected_bytes=len(DATA))
    server = Server(answer(DATA[:100], error=short), answer(DATA[100:], 206))

    with opened(server) as body:
        assert body.readall() == DATA


def test_a_break_before_the_first_byte_begins_again_without_a_range() -> None:
    server = Server(cut(b""), answer(DATA))

    with opened(server) as body:
        assert body.readall() == DATA
    assert "Range" not in server.asked[1]


def test_a_break_behind_the_last_byte_is_the_end() -> None:
    """The server says 416: there is no byte behind the last one."""
    with opened(Server(cut(DATA), refusal(416, "InvalidRange"))) as body:
        assert body.readall() == DATA


def test_an_empty_object_is_no_matter_of_ranges() -> None:
    with opened(Server(answer(b""))) as body:
        assert body.readall() == b""


def test_416_at_the_first_byte_is_an_error() -> None:
    with pytest.raises(SettingsError):
        opened(Server(refusal(416, "InvalidRange")))


@pytest.mark.parametrize("other", ['"two"', ""])
def test_another_objects_bytes_are_never_taken_for_the_rest(other: str) -> None:
    """Some servers do not look at If-Match."""
    server = Server(cut(DATA[:100]), answer(DATA[100:], 206, etag=other))

    with opened(server) as body, pytest.raises(StoreUnavailable, match="changed while it was read"):
        body.readall()


def test_another_object_at_the_beginning_is_refused_where_one_is_expected() -> None:
    with pytest.raises(StoreUnavailable, match="changed"):
        opened(Server(answer(DATA, etag='"two"')), etag=TAG)


def test_a_server_that_begins_anew_is_not_taken_for_the_rest() -> None:
    server = Server(cut(DATA[:100]), answer(DATA, 200))

    with opened(server, Patient) as body, pytest.raises(StoreUnavailable, match="cannot go on in the middle"):
        body.readall()
    assert len(server.asked) == 2, "asking again would change nothing"


def test_each_byte_starts_the_count_of_tries_again() -> None:
    server = Server(cut(DATA[:1]), *(cut(DATA[n : n + 1], status=206) for n in range(1, 20)), answer(DATA[20:], 206))

    with opened(server) as body:
        assert body.readall() == DATA


def test_the_same_byte_is_not_asked_for_without_end() -> None:
    server = Server(cut(DATA[:1]), *(cut(b"", status=206) for _ in range(20)))

    with opened(server) as body, pytest.raises(StoreUnavailable, match="again and again at byte 1"):
        body.readall()
    assert len(server.asked) == 1 + len(ResumableBody.pauses)


def test_a_request_for_the_rest_that_fails_is_left_to_the_client() -> None:
    server = Server(cut(DATA[:1]), refusal(503, "SlowDown"))

    with opened(server) as body, pytest.raises(StoreUnavailable, match="SlowDown"):
        body.readall()


def test_a_patient_reader_asks_again_for_the_rest() -> None:
    server = Server(cut(DATA[:1]), refusal(503, "SlowDown"), answer(DATA[1:], 206))

    with opened(server, Patient, TAG) as body:
        assert body.readall() == DATA


def test_a_patient_reader_gives_up_as_well() -> None:
    server = Server(cut(DATA[:1]), *(refusal(503, "SlowDown") for _ in range(9)))

    with opened(server, Patient, TAG) as body, pytest.raises(StoreUnavailable, match="SlowDown"):
        body.readall()
    assert len(server.asked) == 1 + len(Patient.pauses)
