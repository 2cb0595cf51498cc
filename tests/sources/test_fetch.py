"""URLs as input: what is fetched, what is kept, and what a server or a redirect cannot bring us to
do."""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import Outcome
from local_server import Pages
from pipeline.config.compose import CONFIGS, composed
from pipeline.config.schema import build
from pipeline.core.errors import InputError
from pipeline.sources import connections
from pipeline.sources.base import BadRecord, Record, Source
from pipeline.sources.connections import is_public
from pipeline.sources.csv import CsvSource
from pipeline.sources.fetch import Fetching, fetch
from pipeline.sources.text import TextSource
from pipeline.workflow.config import from_anywhere

CSV = b"id,text\n1,One article.\n"


@pytest.fixture
def server() -> Iterator[Pages]:
    pages = Pages()
    yield pages
    pages.close()


def private(**settings: object) -> Fetching:
    return Fetching(allow_private=True, **settings)  # type: ignore[arg-type]


def reason(url: str, **settings: object) -> str:
    with pytest.raises(InputError) as raised:
        fetch(url, private(**settings))
    return str(raised.value)


def csv(url: str | list[str], **settings: object) -> CsvSource:
    return CsvSource(url, allow_private=True, **settings)  # type: ignore[arg-type]


def forever(server: Pages, piece: bytes, every: float) -> Iterator[bytes]:
    while not server.closing.wait(every):
        yield piece


def test_a_url_is_read_as_a_file_is(server: Pages) -> None:
    server.pages["/export/a.csv?day=1&part=2"] = (200, {}, [CSV])
    source = csv(f"{server.url}/export/a.csv?day=1&part=2")
    [file] = source.files()
    [record] = source.read()
    assert isinstance(record, Record) and record.values == {"id": "1", "text": "One article."}
    assert file.name == "a.csv" and record.where == f"{file}:2"
    assert len(server.seen) == 1, "however often a source is asked for its files"


def test_what_did_not_change_is_not_sent_again(server: Pages) -> None:
    url = f"{server.url}/a.csv"
    server.pages["/a.csv"] = (200, {"ETag": '"1"', "Last-Modified": "yesterday"}, [CSV])
    [first] = csv(url).files()
    server.pages["/a.csv"] = (304, {}, [])
    [second] = csv(url).files()
    assert second == first and second.read_bytes() == CSV
    sent = server.seen[1][1]
    assert sent["if-none-match"] == '"1"' and sent["if-modified-since"] == "yesterday"
    server.pages["/a.csv"] = (200, {"ETag": '"2"'}, [CSV + b"2,Another.\n"])
    [third] = csv(url).files()
    assert third == first and third.read_bytes().endswith(b"2,Another.\n")


def test_a_damaged_copy_is_fetched_anew(server: Pages) -> None:
    server.pages["/a.csv"] = (200, {"ETag": '"1"'}, [CSV])
    file = fetch(f"{server.url}/a.csv", private())
    file.write_bytes(b"id,te")
    assert fetch(f"{server.url}/a.csv", private()).read_bytes() == CSV
    assert "if-none-match" not in server.seen[1][1]


def test_no_copy_is_what_a_server_speaks_of(server: Pages) -> None:
    server.pages["/a.csv"] = (304, {}, [])
    assert "304" in reason(f"{server.url}/a.csv")


def test_copies_are_for_the_user_alone_and_go_when_they_are_old(server: Pages) -> None:
    server.pages |= {f"/{name}.csv": (200, {}, [CSV]) for name in "abc"}
    old, young = (fetch(f"{server.url}/{name}.csv", private()) for name in "ab")
    os.utime(old.parent, (1, 1))
    fetch(f"{server.url}/c.csv", private())
    assert young.exists() and not old.exists()
    cache = young.parents[2]
    assert cache.name == "fetched" and cache.stat().st_mode & 0o077 == 0
    assert len(list(young.parents[1].iterdir())) == 4


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/feed", "application/rss+xml; charset=utf-8", "feed.rss"),
        ("/feed.php", "text/xml", "feed.php.xml"),
        ("/", "text/html", "index.html"),
        ("/a.tar.gz", "text/html", "a.tar.gz"),
        ("/a.CSV", "text/plain", "a.CSV"),
        ("/news/", "application/feed+json", "news.json"),
        ("/what", "image/png", "what"),
        ("/.hidden", "text/csv", "hidden.csv"),
        ("/%2e%2e%2fa%00b.csv", "", "a_b.csv"),
    ],
)
def test_a_file_is_named_by_its_url_else_by_its_type(
    path: str, kind: str, name: str, server: Pages
) -> None:
    server.pages[path] = (200, {"Content-Type": kind}, [b"x"])
    assert fetch(server.url + path, private()).name == name


def test_a_redirect_is_followed_and_may_name_the_file(server: Pages) -> None:
    server.pages["/latest"] = (302, {"Location": "../today/b.csv"}, [])
    server.pages["/today/b.csv"] = (200, {}, [CSV])
    assert fetch(f"{server.url}/latest", private()).name == "b.csv"


def test_redirects_are_few(server: Pages) -> None:
    for number in range(6):
        server.pages[f"/{number}"] = (301, {"Location": f"/{number + 1}"}, [])
    server.pages["/6"] = (200, {}, [CSV])
    assert fetch(f"{server.url}/1", private()).read_bytes() == CSV
    assert "more than 5 redirects" in reason(f"{server.url}/0")
    server.pages["/loop"] = (308, {"Location": "/loop"}, [])
    assert "more than 5 redirects" in reason(f"{server.url}/loop")
    assert server.paths().count("/loop") == 6


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("file:///etc/passwd", "leads to a file: URL; only http and https count"),
        ("FILE:///etc/passwd", "leads to a file: URL; only http and https count"),
        ("ftp://127.0.0.1/a", "leads to a ftp: URL; only http and https count"),
        ("gopher://127.0.0.1/a", "only http and https count"),
        ("data:text/csv,id", "redirects to what is no URL"),
        ("http://a:b:c", "redirects to what is no URL"),
    ],
)
def test_a_redirect_leads_to_no_other_scheme(location: str, said: str, server: Pages) -> None:
    server.pages["/a"] = (302, {"Location": location}, [])
    assert said in reason(f"{server.url}/a")


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "intranet", "2130706434", "0"])
def test_a_redirect_leads_to_no_private_address(
    host: str, server: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "is_public", lambda address: address == "127.0.0.1")
    genuine = socket.getaddrinfo

    def lookup(name: str, *rest: object, **more: object) -> object:
        return genuine("10.0.0.1" if name == "intranet" else name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    server.pages["/a.csv"] = (302, {"Location": f"http://{host}:{server.port}/secret"}, [])
    with pytest.raises(InputError, match=r"no public address; source\.allow_private=true"):
        fetch(f"{server.url}/a.csv", Fetching())
    assert server.paths() == ["/a.csv"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_a_private_address_is_asked_only_if_that_is_allowed(host: str, server: Pages) -> None:
    server.pages["/a.csv"] = (200, {}, [CSV])
    url = f"http://{host}:{server.port}/a.csv"
    with pytest.raises(InputError, match=r"no public address; source\.allow_private=true"):
        fetch(url, Fetching())
    assert server.seen == []
    assert fetch(url, private()).read_bytes() == CSV


@pytest.mark.parametrize(
    "address",
    """10.1.2.3 100.64.0.1 0.0.0.0 127.0.0.1 169.254.169.254 172.16.0.1 192.168.1.1 198.18.0.1
    224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: ::ffff:10.0.0.1 ::127.0.0.1 fe80::1
    fe80::1%lo fc00::1 fec0::1 ff02::1 64:ff9b::a00:1 64:ff9b:1::1 2002:a00:1::
    2001:db8::1 2001:0:1::""".split(),
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", "9.9.9.9 2620:fe::9 ::ffff:9.9.9.9 64:ff9b::909:909 2002:909:909::1".split()
)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_is_looked_up_once_and_its_public_address_is_asked(
    server: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer for the name is a private one."""
    genuine, asked = socket.getaddrinfo, list[str]()

    def lookup(host: str, *rest: object, **more: object) -> list[object]:
        if host != "news.test":
            return genuine(host, *rest, **more)  # type: ignore[arg-type,return-value]
        asked.append(host)
        addresses = ["10.0.0.1", "127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, server.port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(connections, "is_public", lambda address: address == "127.0.0.1")
    server.pages["/a.csv"] = (200, {}, [CSV])
    assert fetch(f"http://news.test:{server.port}/a.csv", Fetching()).read_bytes() == CSV
    assert asked == ["news.test"]
    assert server.seen[0][1]["host"] == f"news.test:{server.port}"


def slow_body(server: Pages) -> None:
    server.pages["/a.csv"] = (200, {}, forever(server, b"x", 0.02))


def slow_head(server: Pages) -> None:
    def write(send: Callable[[bytes], object]) -> None:
        send(b"HTTP/1.1 200 OK\r\nX: ")
        for piece in forever(server, b"x", 0.02):
            send(piece)

    server.pages["/a.csv"] = write


def slow_redirects(server: Pages) -> None:
    def write(send: Callable[[bytes], object]) -> None:
        server.closing.wait(0.15)
        send(b"HTTP/1.1 302 Found\r\nLocation: /a.csv\r\nContent-Length: 0\r\n\r\n")

    server.pages["/a.csv"] = write


def silent(server: Pages) -> None:
    server.pages["/a.csv"] = lambda send: server.closing.wait() and None


def endless_early_hints(server: Pages) -> None:
    def write(send: Callable[[bytes], object]) -> None:
        while not server.closing.wait(0.001):
            send(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    server.pages["/a.csv"] = write


@pytest.mark.parametrize(
    "behave", [slow_body, slow_head, slow_redirects, silent, endless_early_hints]
)
def test_a_slow_server_ends_in_time(behave: Callable[[Pages], None], server: Pages) -> None:
    behave(server)
    begun = time.monotonic()
    assert "not all of it came within source.seconds=0.4" in reason(
        f"{server.url}/a.csv", seconds=0.4
    )
    assert time.monotonic() - begun < 5


def test_a_slow_resolver_ends_in_time(server: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: server.closing.wait() and [])
    assert "source.seconds=0.2" in reason("http://news.test/a.csv", seconds=0.2)


def test_an_endless_body_ends_at_the_size(server: Pages) -> None:
    server.pages["/a.csv"] = (200, {}, forever(server, b"x" * 2**16, 0))
    assert "over source.max_mb=1; raise it" in reason(f"{server.url}/a.csv", max_mb=1)
    server.pages["/b"] = (302, {"Location": "/c.csv"}, forever(server, b"x" * 2**16, 0))
    server.pages["/c.csv"] = (200, {}, [CSV])
    assert fetch(f"{server.url}/b", private()).read_bytes() == CSV, "nor is it waited for"


def test_gzip_is_unpacked_within_the_size(server: Pages) -> None:
    packed = {"Content-Encoding": "gzip"}
    server.pages["/a.csv"] = (200, packed, [gzip.compress(CSV)])
    server.pages["/bomb.csv"] = (200, packed, [gzip.compress(bytes(50 * 10**6))])
    server.pages["/cut.csv"] = (200, packed, [gzip.compress(CSV)[:-9]])
    server.pages["/no.csv"] = (200, packed, [CSV])
    server.pages["/br.csv"] = (200, {"Content-Encoding": "br"}, [b"x"])
    server.pages["/a.csv.gz"] = (200, packed, [gzip.compress(CSV)])
    assert fetch(f"{server.url}/a.csv", private()).read_bytes() == CSV
    assert "over source.max_mb=1" in reason(f"{server.url}/bomb.csv", max_mb=1)
    assert "broken gzip" in reason(f"{server.url}/cut.csv")
    assert "broken gzip" in reason(f"{server.url}/no.csv")
    assert "Content-Encoding 'br', which was not asked" in reason(f"{server.url}/br.csv")
    [record] = csv(f"{server.url}/a.csv.gz").read()
    assert isinstance(record, Record), "a file that is packed itself stays so"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "401 Unauthorized; it wants a user and a password"),
        (404, "404 Not Found; check source.path"),
        (503, "503 Service Unavailable; try later"),
        (204, "204 No Content; check source.path"),
        (300, "300 Multiple Choices; check source.path"),
    ],
)
def test_an_answer_without_a_file(status: int, said: str, server: Pages) -> None:
    server.pages["/a.csv"] = (status, {}, [])
    assert reason(f"{server.url}/a.csv") == f"{server.url}/a.csv: {said}" + (
        ": https://USER:PASSWORD@..." if status == 401 else ""
    )


def test_an_answer_that_is_cut_off_is_none(server: Pages) -> None:
    server.pages["/a.csv"] = (200, {"Content-Length": "1000"}, [CSV])
    assert "check source.path and the network" in reason(f"{server.url}/a.csv")
    server.pages["/b.csv"] = lambda send: send(b"220 smtp ready\r\n") and None
    assert "check source.path and the network" in reason(f"{server.url}/b.csv")


def test_a_password_goes_to_its_server_alone_and_into_no_message(server: Pages) -> None:
    server.pages["/here"] = (302, {"Location": "/a.csv"}, [])
    server.pages["/there"] = (302, {"Location": f"http://localhost:{server.port}/a.csv"}, [])
    server.pages["/a.csv"] = (200, {}, [CSV])
    url = f"http://me:s3cret@127.0.0.1:{server.port}"
    for path in ("/here", "/there"):
        fetch(url + path, private())
    assert ["authorization" in headers for _, headers in server.seen] == [True, True, True, False]
    said = reason(f"{url}/nowhere?api_key=s3cret")
    assert said.startswith(f"http://***@127.0.0.1:{server.port}/nowhere?api_key=***: 404")
    assert "s3cret" not in reason("http://me:s3c/ret@127.0.0.1/") + reason("ftp://me:s3cret@a/")
    [bad] = [
        r for r in csv([f"{server.url}/a.csv", f"{url}/no"]).read() if isinstance(r, BadRecord)
    ]
    assert "s3cret" not in f"{bad}"


def test_nothing_of_the_environment_is_sent_on(
    server: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.pages["/a.csv"] = (200, {}, [CSV])
    fetch(f"{server.url}/a.csv", private())
    assert set(server.seen[0][1]) == {
        "host", "accept", "accept-encoding", "connection", "user-agent",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///etc/passwd", "only http and https URLs are fetched"),
        ("s3://bucket/a.csv", "only http and https URLs are fetched"),
        ("http://", "only http and https URLs are fetched"),
        ("http://a:b:c/", "not a URL"),
        ("http://a..b/", "check source.path and the network"),
    ],
)
def test_urls_that_are_none(url: str, said: str) -> None:
    assert said in reason(url)


def test_urls_and_files_mix_and_one_that_fails_is_a_bad_record(
    server: Pages, tmp_path: Path
) -> None:
    (tmp_path / "b.csv").write_bytes(CSV)
    server.pages["/a.csv"] = (200, {}, [CSV])
    paths = [f"{server.url}/none.csv", f"{server.url}/a.csv", str(tmp_path)]
    source = csv(paths)
    first, second, bad = source.read()
    assert isinstance(first, Record) and isinstance(second, Record)
    assert first.where.endswith("/a.csv:2") and second.where == f"{tmp_path}/b.csv:2"
    assert isinstance(bad, BadRecord) and bad.where == paths[0] and "404 Not Found" in bad.reason
    assert list(source.read()) == [first, second, bad]
    assert server.paths() == ["/none.csv", "/a.csv"]
    with pytest.raises(InputError, match=r"none\.csv: 404.*more\.csv: 404"):
        csv([paths[0], f"{server.url}/more.csv"]).files()


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("source/*.yaml")))
def test_every_source_of_files_fetches_and_tells_of_failures(
    name: str, server: Pages, tmp_path: Path
) -> None:
    node = composed("run", [f"source={name}"]).values()["source"]
    assert isinstance(node, dict)
    if name in ("hub", "sample"):  # of data sets
        assert "allow_private" not in node
        return
    (tmp_path / "a").write_bytes(b"")
    path = [str(tmp_path / "a"), f"{server.url}/none"]
    source = build({**node, "path": path, "allow_private": True}, "source", Source)
    *_, bad = source.read()
    assert isinstance(bad, BadRecord) and "404 Not Found" in bad.reason


def test_a_folder_is_not_searched_for_files_of_a_url(server: Pages) -> None:
    """Whatever the patterns: a URL was given by name."""
    server.pages["/story"] = (200, {"Content-Type": "text/html"}, [b"Title\nText."])
    [record] = TextSource(f"{server.url}/story", allow_private=True).read()
    assert isinstance(record, Record) and record.values["source"] == "story.html"


def test_a_url_means_the_same_everywhere() -> None:
    assert from_anywhere("https://a.test/x?y=*") == "https://a.test/x?y=*"


def test_urls_on_the_command_line(server: Pages, dateline: Callable[..., Outcome]) -> None:
    text = b"id,text\n" + b"".join(b"%d,Article %d.\n" % (n, n) for n in range(3))
    server.pages |= {"/a.csv?x=1&y=*": (200, {}, [text]), "/b": (200, {}, [CSV])}
    common = ("ingest", "source=csv", "source.allow_private=true", "run.name=a")
    url = f"http://me:s3cret@127.0.0.1:{server.port}/a.csv?x=1&y=*"
    first = dateline(*common, f"source.path={url}")
    assert first.code == 0, first.err
    again = dateline(*common, f"source.path={url}", "source.seconds=9")
    assert again.code == 0, "a run goes on where the file is the same"
    several = dateline(*common, f"source.path=['{url}','{server.url}/b','{server.url}/no']",
                       "run.overwrite=true")  # fmt: skip
    assert several.code == 0 and "404 Not Found" in several.err, several.err
    alone = dateline(*common, f"source.path={server.url}/no")
    assert alone.code == 2 and "404 Not Found" in alone.err
    kept = [path for path in Path("runs").rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if b"s3cret" in path.read_bytes()]
    assert "s3cret" not in first.err + again.err + several.err
