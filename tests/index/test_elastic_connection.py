"""The connection to Elasticsearch: addresses, trust, credentials, patience, and what single documents are told."""

from __future__ import annotations

import base64
import hashlib
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from archive.errors import IndexUnavailable, SettingsError
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.bulk import Document
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.errors import AliasMissing
from archive.model.options import ElasticOptions
from tests.doubles.tls_gate import Answer, Gate, refusal, tls_gate
from tests.servers.elasticsearch import Elasticsearch, free_port
from tests.servers.fixtures_es import new_name

HASTY = ElasticOptions(retries=2, seconds=5.0)


# Addresses


@pytest.mark.parametrize(
    ("url", "hosts", "name"),
    [
        ("https://es.example:9200/results", ("https://es.example:9200",), "results"),
        ("https://es.example/results/", ("https://es.example:9200",), "results"),
        ("https://a:9200,b:9201,c/tinh-1", ("https://a:9200", "https://b:9201", "https://c:9200"), "tinh-1"),
        ("http://[::1]:9200/x_1", ("http://[::1]:9200",), "x_1"),
        ("http://localhost:9200/x", ("http://localhost:9200",), "x"),
    ],
)
def test_an_address_names_hosts_and_an_index(url: str, hosts: tuple[str, ...], name: str) -> None:
    place = ElasticAddress.of(url)

    assert (place.hosts, place.name) == (hosts, name)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://thu:secret@es.example:9200/results", "credentials"),
        ("https://a:9200,thu:secret@b:9200/results", "credentials"),
        ("http://es.example:9200/results", "plain text"),
        ("http://localhost:9200,es.example:9200/results", "plain text"),
        ("https://es.example:9200", "no name"),
        ("https://es.example:9200/", "no name"),
        ("https://es.example:9200/Results", "no name"),
        ("https://es.example:9200/_results", "no name"),
        ("https://es.example:9200/-results", "no name"),
        ("https://es.example:9200/a/b", "no name"),
        ("https://es.example:9200/a,b", "no name"),
        ("https://es.example:9200/kết-quả", "no name"),
        ("https://es.example:9200/x?y=z", "no name"),
        (f"https://es.example:9200/{'x' * 201}", "no name"),
        ("https://es.example:nine/results", "host and port"),
        ("https://a:9200,,b:9200/results", "host and port"),
        ("https:///results", "Elasticsearch"),
        ("ftp://es.example/results", "Elasticsearch"),
    ],
)
def test_what_is_no_address_is_refused(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        ElasticAddress.of(url)
    assert "secret" not in str(caught.value)


def test_plain_text_to_another_machine_is_for_a_setting_to_allow() -> None:
    assert ElasticAddress.of("http://es.example:9200/results", plain_text=True).is_tls is False


@pytest.mark.parametrize(
    "options",
    [
        ElasticOptions(api_key="k", username="u", password="p"),  # noqa: S106 - invented
        ElasticOptions(username="u"),
        ElasticOptions(password="p"),  # noqa: S106 - invented
        ElasticOptions(fingerprint="abc"),
        ElasticOptions(fingerprint="ab" * 32, ca_certs="ca.pem"),
        ElasticOptions(replicas="many"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: ElasticOptions) -> None:
    with pytest.raises(SettingsError, match=r"elastic\."):
        ElasticAddress.of("https://es.example/results", options)


@pytest.mark.parametrize("key", ["very-secret\n", "very secret", "very-secret\r\nX-Other: y", "bí-mật"])
def test_a_key_that_fits_into_no_header_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(SettingsError, match=r"elastic\.api_key") as caught:
        ElasticAddress.of("https://es.example/results", ElasticOptions(api_key=key))

    assert "secret" not in str(caught.value)


def test_a_place_shows_no_secret() -> None:
    place = ElasticAddress.of("https://es.example/results", ElasticOptions(api_key="very-secret"))

    assert "very-secret" not in repr(place)


# Trust


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return str(file)


@pytest.fixture
def gate(elastic_node: Elasticsearch, certificate: trustme.LeafCert) -> Iterator[Gate]:
    with tls_gate(elastic_node.url, context_of(certificate)) as running:
        yield running


@pytest.fixture
def plain_gate(elastic_node: Elasticsearch) -> Iterator[Gate]:
    with tls_gate(elastic_node.url) as running:
        yield running


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def fingerprint(certificate: trustme.LeafCert) -> str:
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    return hashlib.sha256(der).hexdigest()


def connection(gate: Gate, options: ElasticOptions = HASTY) -> ElasticConnection:
    return ElasticConnection(ElasticAddress.of(f"{gate.url}/{new_name()}", options))


def test_an_authority_is_trusted_by_its_file(gate: Gate, ca_file: str) -> None:
    with closing(connection(gate, replace(HASTY, ca_certs=ca_file))) as trusting:
        assert trusting.versions() == {"8.19.0"}


def test_a_certificate_is_trusted_by_its_fingerprint(gate: Gate, certificate: trustme.LeafCert) -> None:
    shown = ":".join(fingerprint(certificate).upper()[at : at + 2] for at in range(0, 64, 2))
    for written in (fingerprint(certificate), shown):
        with closing(connection(gate, replace(HASTY, fingerprint=written))) as trusting:
            assert trusting.versions() == {"8.19.0"}


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(gate: Gate, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    for options in (HASTY, replace(HASTY, ca_certs=str(other)), replace(HASTY, fingerprint="ab" * 32)):
        with pytest.raises(SettingsError, match="not trusted") as caught:
            connection(gate, options).versions()
        assert "elastic.fingerprint" in str(caught.value)
    assert gate.faults.asked == []


def test_a_certificate_of_another_host_is_refused(
    elastic_node: Elasticsearch, authority: trustme.CA, ca_file: str
) -> None:
    with (
        tls_gate(elastic_node.url, context_of(authority.issue_cert("es.example"))) as gate,
        pytest.raises(SettingsError, match="not trusted"),
    ):
        connection(gate, replace(HASTY, ca_certs=ca_file)).versions()


def test_a_server_without_tls_is_said_so(plain_gate: Gate) -> None:
    place = ElasticAddress.of(f"https://127.0.0.1:{plain_gate.port}/x", HASTY)

    with pytest.raises(SettingsError, match="does not speak TLS"):
        ElasticConnection(place).versions()


def test_a_server_that_goes_away_in_the_handshake_is_no_matter_of_trust() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def hang_up() -> None:
            for _ in range(3):
                listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        place = ElasticAddress.of(f"https://127.0.0.1:{listener.getsockname()[1]}/x", HASTY)
        with pytest.raises(IndexUnavailable):
            ElasticConnection(place).versions()
        thread.join()


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_of_authorities_that_is_none_is_said_so(gate: Gate, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match=r"elastic\.ca_certs"):
        connection(gate, replace(HASTY, ca_certs=str(file))).versions()


# Credentials

KEY = "aWQ6c2VjcmV0"
BASIC = "Basic " + base64.b64encode(b"archive:pass").decode()


@pytest.mark.parametrize(
    ("options", "header"),
    [
        (ElasticOptions(api_key=KEY), f"ApiKey {KEY}"),
        (ElasticOptions(username="archive", password="pass"), BASIC),  # noqa: S106 - invented
    ],
)
def test_credentials_open_the_gate(gate: Gate, ca_file: str, options: ElasticOptions, header: str) -> None:
    gate.faults.accepted = frozenset({header})

    with closing(connection(gate, replace(options, ca_certs=ca_file))) as known:
        assert known.versions() == {"8.19.0"}


@pytest.mark.parametrize(
    "options",
    [
        ElasticOptions(),
        ElasticOptions(api_key="d3Jvbmc6a2V5"),
        ElasticOptions(username="archive", password="wrong"),  # noqa: S106 - invented
    ],
)
def test_wrong_credentials_are_a_setting_to_mend(gate: Gate, ca_file: str, options: ElasticOptions) -> None:
    gate.faults.accepted = frozenset({f"ApiKey {KEY}", BASIC})

    with pytest.raises(SettingsError, match="refused our credentials") as caught:
        connection(gate, replace(options, ca_certs=ca_file)).versions()
    assert len(gate.faults.asked) == 1, "asking again opens no door, and may lock the account"
    assert "wrong" not in str(caught.value)


def test_a_missing_privilege_is_named(plain_gate: Gate) -> None:
    plain_gate.faults.only = "_bulk"
    reason = (
        "action [indices:data/write/bulk] is unauthorized for API key id [x] of user [thu] on indices [x-records], "
        "this action is granted by the index privileges [create_doc,create,index,write,all]"
    )
    plain_gate.faults.answers = [refusal(403, "security_exception", reason)]

    with (
        closing(connection(plain_gate)) as known,
        pytest.raises(
            SettingsError, match="indices:data/write/bulk, granted by the index privilege create_doc or"
        ) as caught,
    ):
        known.bulk("x", [Document("a", {})], refresh=False)
    assert "thu" not in str(caught.value)


# What answers


def with_version(version: str) -> Answer:
    body = f'{{"nodes": {{"x": {{"version": "{version}"}}}}}}'.encode()
    return 200, {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}, body


@pytest.mark.parametrize("version", ["7.17.29", "10.0.0"])
def test_another_major_version_is_refused(plain_gate: Gate, version: str) -> None:
    plain_gate.faults.answers = [with_version(version)]

    with pytest.raises(SettingsError, match=f"Elasticsearch {version}; we work with 8 and 9"):
        connection(plain_gate).bulk("x", [Document("a", {})], refresh=False)
    assert plain_gate.faults.asked == ["GET /_nodes/http?filter_path=nodes.*.version"]


def test_a_server_that_does_not_know_our_dialect_is_of_another_major_version(plain_gate: Gate) -> None:
    plain_gate.faults.answers = [refusal(400, "media_type_header_exception")]

    with pytest.raises(SettingsError, match="another major version"):
        connection(plain_gate).versions()


def test_what_is_not_elasticsearch_is_refused(plain_gate: Gate) -> None:
    plain_gate.faults.answers = [(200, {"content-type": "application/json"}, b"{}")]

    with pytest.raises(SettingsError, match="not Elasticsearch"):
        connection(plain_gate).versions()


def test_an_account_that_may_not_ask_for_the_version_may_still_work(plain_gate: Gate) -> None:
    plain_gate.faults.answers = [refusal(403, "security_exception")]

    with closing(connection(plain_gate)) as known:
        assert known.call(lambda client: bool(client.indices.exists(index="x-none"))) is False


def test_the_version_is_asked_for_once(plain_gate: Gate) -> None:
    with closing(connection(plain_gate)) as known:
        for _ in range(3):
            known.call(lambda client: client.indices.exists(index="x-none"))

    assert sum("_nodes" in asked for asked in plain_gate.faults.asked) == 1


# Patience


@pytest.fixture
def filled(plain_gate: Gate) -> Iterator[tuple[ElasticConnection, str]]:
    """A connection through the gate, and an alias that may be written through."""
    with closing(connection(plain_gate)) as known:
        alias = known.address.name
        known.call(lambda client: client.indices.create(index=f"{alias}-000001", aliases={alias: {}}))
        yield known, alias
        known.call(lambda client: client.indices.delete(index=f"{alias}-000001"))


def held(known: ElasticConnection, alias: str) -> set[str]:
    found = known.call(lambda client: client.search(index=alias, size=100))
    return {hit["_id"] for hit in found["hits"]["hits"]}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(filled: tuple[ElasticConnection, str], plain_gate: Gate, status: int) -> None:
    known, alias = filled
    plain_gate.faults.answers = [refusal(status, "busy")] * HASTY.retries
    known.bulk(alias, [Document("a", {"x": 1})], refresh=True)

    assert held(known, alias) == {"a"}


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_stays_busy_is_unavailable(
    filled: tuple[ElasticConnection, str], plain_gate: Gate, status: int
) -> None:
    known, alias = filled
    plain_gate.faults.answers = [refusal(status, "busy")] * (HASTY.retries + 1)

    with pytest.raises(IndexUnavailable, match="too busy") as caught:
        known.bulk(alias, [Document("a", {})], refresh=True)
    assert caught.value.retryable
    assert held(known, alias) == set()


def test_a_connection_that_is_cut_is_made_again(filled: tuple[ElasticConnection, str], plain_gate: Gate) -> None:
    known, alias = filled
    plain_gate.faults.cut = 1
    known.bulk(alias, [Document("a", {"x": 1}, 3)], refresh=True)
    plain_gate.faults.cut_after = 1  # done, and the answer lost: the second try finds it there already
    known.bulk(alias, [Document("b", {"x": 1}, 3), Document("c", {"x": 1})], refresh=True)

    assert held(known, alias) == {"a", "b", "c"}


def test_a_server_that_is_not_there_is_unavailable() -> None:
    place = ElasticAddress.of(f"http://127.0.0.1:{free_port()}/x", HASTY)

    with pytest.raises(IndexUnavailable, match="ConnectionRefusedError"):
        ElasticConnection(place).versions()


def test_of_several_hosts_one_that_lives_is_enough(plain_gate: Gate) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    place = ElasticAddress.of(f"{dead},127.0.0.1:{plain_gate.port}/x", replace(HASTY, retries=0))

    for _ in range(4):  # whichever host it begins with
        with closing(ElasticConnection(place)) as known:
            assert known.versions() == {"8.19.0"}


def test_a_slow_server_costs_at_most_twice_the_time_that_was_given(plain_gate: Gate) -> None:
    plain_gate.faults.slow_s = 1.0
    began = time.monotonic()

    with pytest.raises(IndexUnavailable, match=r"elastic\.seconds"):
        connection(plain_gate, ElasticOptions(retries=9, seconds=0.3)).versions()
    assert sum("_nodes" in asked for asked in plain_gate.faults.asked) <= 2
    assert time.monotonic() - began < 30, "no time of ours, a bound for what hangs"


# Single documents


def documents(*ids: str) -> list[Document]:
    return [Document(id_, {"x": 1}, 1) for id_ in ids]


def test_of_a_bulk_only_what_was_refused_is_sent_again(filled: tuple[ElasticConnection, str], plain_gate: Gate) -> None:
    known, alias = filled
    plain_gate.faults.item_status = {"b": [429, 503], "d": [429]}
    known.bulk(alias, documents("a", "b", "c", "d"), refresh=True)
    sent = [
        body for asked, body in zip(plain_gate.faults.asked, plain_gate.faults.sent, strict=True) if "_bulk" in asked
    ]

    assert held(known, alias) == {"a", "b", "c", "d"}
    assert [sorted(id_ for id_ in "abcd" if f'"{id_}"'.encode() in body) for body in sent] == [
        [*"abcd"],
        [*"bd"],
        ["b"],
    ]


def test_what_stays_refused_is_never_counted_as_written(
    filled: tuple[ElasticConnection, str], plain_gate: Gate
) -> None:
    known, alias = filled
    plain_gate.faults.item_status = {"b": [429] * 9}

    with pytest.raises(IndexUnavailable, match="too busy"):
        known.bulk(alias, documents("a", "b"), refresh=True)


def test_a_document_that_the_server_cannot_take_is_said_so_at_once(filled: tuple[ElasticConnection, str]) -> None:
    known, alias = filled
    known.bulk(alias, documents("a"), refresh=True)

    with pytest.raises(IndexUnavailable, match="400 document_parsing_exception") as caught:
        known.bulk(alias, [Document("b", {"x": "Nguyễn"}, 1)], refresh=True)
    assert "Nguyễn" not in str(caught.value)
    assert held(known, alias) == {"a"}


def test_a_privilege_that_one_index_lacks_is_a_setting_to_mend(
    filled: tuple[ElasticConnection, str], plain_gate: Gate
) -> None:
    known, alias = filled
    plain_gate.faults.item_status, plain_gate.faults.item_cause = {"a": [403]}, "security_exception"

    with pytest.raises(SettingsError, match="lacks a privilege"):
        known.bulk(alias, documents("a"), refresh=True)


def test_an_index_that_was_blocked_is_unavailable(filled: tuple[ElasticConnection, str], plain_gate: Gate) -> None:
    known, alias = filled
    plain_gate.faults.item_status, plain_gate.faults.item_cause = {"a": [403]}, "cluster_block_exception"

    with pytest.raises(IndexUnavailable, match="takes no writes"):
        known.bulk(alias, documents("a"), refresh=True)


def test_an_answer_for_fewer_documents_is_no_success(filled: tuple[ElasticConnection, str], plain_gate: Gate) -> None:
    known, alias = filled
    plain_gate.faults.rewritten = lambda path, answer: (*answer[:2], b'{"items": []}') if "_bulk" in path else answer

    with pytest.raises(IndexUnavailable, match="0 of 1 documents"):
        known.bulk(alias, documents("a"), refresh=True)


def test_a_lower_version_and_a_repeated_creation_are_no_failures(filled: tuple[ElasticConnection, str]) -> None:
    known, alias = filled
    known.bulk(alias, [Document("a", {"x": 2}, 2), Document("a", {"x": 1}, 1)], refresh=True)
    known.bulk(alias, [Document("b", {"x": 1}), Document("b", {"x": 2})], refresh=True)
    found = known.call(lambda client: client.search(index=alias, version=True))

    told = {hit["_id"]: (hit["_source"]["x"], hit["_version"]) for hit in found["hits"]["hits"]}
    assert told == {"a": (2, 2), "b": (1, 1)}


def test_a_vanished_alias_is_never_made_by_writing(plain_gate: Gate) -> None:
    with closing(connection(plain_gate)) as known:
        with pytest.raises(AliasMissing, match="archive reindex"):
            known.bulk(known.address.name, documents("a"), refresh=True)

        assert known.call(lambda client: bool(client.indices.exists(index=known.address.name))) is False


def test_bulk_requests_are_bounded_in_number_and_bytes(filled: tuple[ElasticConnection, str], plain_gate: Gate) -> None:
    known, alias = filled
    known.bulk(alias, (Document(f"{i:04}", {"x": i}, 1) for i in range(1_200)), refresh=False)
    few = sum("_bulk" in asked for asked in plain_gate.faults.asked)
    known.bulk(alias, (Document(f"l{i}", {"t": "x" * 2_000_000}, 1) for i in range(4)), refresh=True)

    assert few == 3
    assert sum("_bulk" in asked for asked in plain_gate.faults.asked) - few == 2
    assert max(map(len, plain_gate.faults.sent)) < 5_000_000


# Threads and processes


def test_threads_share_a_connection(filled: tuple[ElasticConnection, str]) -> None:
    known, alias = filled
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda i: known.bulk(alias, documents(f"{i}"), refresh=False), range(40)))
    known.call(lambda client: client.indices.refresh(index=alias))

    assert len(held(known, alias)) == 40


def test_a_connection_may_be_pickled_and_opens_its_own(filled: tuple[ElasticConnection, str]) -> None:
    known, alias = filled
    with closing(pickle.loads(pickle.dumps(known))) as copy:  # noqa: S301 - made on the line itself
        copy.bulk(alias, documents("a"), refresh=True)

    assert held(known, alias) == {"a"}


def test_nothing_is_printed(plain_gate: Gate) -> None:
    """Neither the library's own complaints about a dead host, nor the warnings that a server sends along."""
    plain_gate.faults.rewritten = lambda _, answer: (
        answer[0],
        {**answer[1], "warning": '299 x "no security"'},
        answer[2],
    )
    code = (
        "import sys; from archive.index.elastic.connection import ElasticConnection;"
        "from archive.index.elastic.address import ElasticAddress;"
        "ElasticConnection(ElasticAddress.of(sys.argv[1])).versions()"
    )
    url = f"http://127.0.0.1:{free_port()},127.0.0.1:{plain_gate.port}/x"
    command = [sys.executable, "-W", "default", "-c", code, url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own code

    assert (done.stdout, done.stderr) == ("", "")


def test_a_scheme_may_stand_before_each_host_and_must_be_one() -> None:
    place = ElasticAddress.of("http://127.0.0.1:1,http://127.0.0.1:2/ketqua")

    assert place.url == "http://127.0.0.1:1,127.0.0.1:2/ketqua"
    with pytest.raises(SettingsError, match="spoken to alike"):
        ElasticAddress.of("https://127.0.0.1:1,http://127.0.0.1:2/ketqua")
