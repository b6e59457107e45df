"""The page server: what it serves, to whom, and that it ends."""

import http.client
import threading
import time
from collections.abc import Iterator

import pytest

from robodiff.viz.serve import PageServer


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as found:
        found.publish({"kind": "robot", "name": "first"})
        yield found


def get(server: PageServer, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=5)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_it_serves_one_page_and_nothing_else(server: PageServer):
    status, text = get(server, "/")
    assert status == 200
    assert '"version":1' in text
    for path in ("/etc/passwd", "/../pyproject.toml", "/?x", "/index.html"):
        assert get(server, path)[0] == 404


def test_whoever_comes_before_the_first_page_is_asked_to_wait():
    with PageServer() as early:
        status, text = get(early, "/")
        assert status == 200
        assert 'http-equiv="refresh"' in text
        early.publish({"kind": "robot", "name": "first"})
        assert 'http-equiv="refresh"' not in get(early, "/")[1]


def test_it_listens_on_this_computer_only_and_to_its_own_name(server: PageServer):
    assert server.url.startswith("http://127.0.0.1:")
    assert get(server, "/", Host="evil.example")[0] == 403


def test_the_stream_tells_of_each_version(server: PageServer):
    connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=5)
    connection.request("GET", "/events")
    answer = connection.getresponse()

    def news() -> str:
        lines = [answer.readline() for _ in range(3)]
        return lines[1].decode().strip()

    assert news() == "data: 1"
    server.publish({"kind": "robot", "name": "second"})
    assert news() == "data: 2"
    assert "second" in get(server, "/")[1]


def test_it_ends_though_streams_are_open():
    with PageServer() as server:
        server.publish({"kind": "robot", "name": "a"})
        connection = http.client.HTTPConnection(server.url.split("/")[2], timeout=5)
        connection.request("GET", "/events")
        connection.getresponse().readline()
        began = time.perf_counter()
    assert time.perf_counter() - began < 2
    with pytest.raises(ConnectionRefusedError):
        get(server, "/")


def test_waiting_ends_when_the_last_page_was_fetched(server: PageServer):
    began = time.perf_counter()
    server.wait_until_seen(5)  # nobody looks
    get(server, "/")
    server.publish({"kind": "robot", "name": "b"}, last=True)
    threading.Timer(0.2, get, (server, "/")).start()
    server.wait_until_seen(5)
    assert time.perf_counter() - began < 3
