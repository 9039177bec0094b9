# SPDX-License-Identifier: Apache-2.0
"""Restarts and stops under load, without a request that fails."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest
from people import Account
from queues import wait_until_read
from server import PASSWORD, QUICK, accepts
from systemd import Systemd
from traffic import Traffic, over_tcp
from waiting import eventually
from wire import Connection, ask, request_bytes

SERVE = {"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789", "KEYHOLD_DRAIN_DELAY": "1", "KEYHOLD_ACCESS_LOG": "false"}


@pytest.fixture
def systemd(tmp_path):
    played = Systemd(tmp_path)
    yield played
    played.close()


def test_it_serves_at_the_sockets_that_systemd_opened(systemd, tmp_path):
    port, admin = systemd.listen(), systemd.listen("admin")
    systemd.listen(path=tmp_path / "keyhold.sock")
    process = systemd.start(SERVE)
    assert ask(port, "GET", "/protected").status == 401
    assert ask(admin, "GET", "/readyz").status == 200
    assert ask(port, "GET", "/readyz").status == 404
    assert ask(tmp_path / "keyhold.sock", "GET", "/protected").status == 401
    process.send_signal(signal.SIGTERM)
    assert systemd.hears() == "STOPPING=1"
    assert process.wait(30) == 0
    assert (tmp_path / "keyhold.sock").exists(), "it is systemd's"


def test_an_address_that_was_set_and_systemds_sockets_take_the_place_of_is_told(systemd):
    """Whoever writes it into keyhold.toml and restarts would wait for clients there."""
    port, _ = systemd.listen(), systemd.listen("admin")
    systemd.start(SERVE)
    assert "bind = " not in systemd.log()
    systemd.start(SERVE | {"KEYHOLD_BIND": f"127.0.0.1:{port}"})
    assert "bind = " not in systemd.log(), "it is served there"
    systemd.start(SERVE | {"KEYHOLD_BIND": f"127.0.0.1:{port},127.0.0.1:1"})
    (line,) = [line for line in systemd.log().splitlines() if "bind = " in line]
    assert "bind = 127.0.0.1:1 is not looked at" in line and "systemctl edit keyhold.socket" in line and "warning" in line


@pytest.mark.parametrize(("variables", "names"), [
    ({"LISTEN_FDS": "many"}, "LISTEN_FDS"), ({"LISTEN_FDS": "-1"}, "LISTEN_FDS"), ({"LISTEN_FDS": "2"}, "descriptor 4"),
    ({"LISTEN_FDNAMES": "a:b:c"}, "LISTEN_FDNAMES")], ids=["no number", "less than none", "one too many", "names that do not fit"])
def test_sockets_that_are_none_are_refused_in_one_line(systemd, variables, names):
    systemd.listen()
    process = systemd.start(SERVE | {"KEYHOLD_LOG_FORMAT": "text"}, wait=None, **({"LISTEN_FDNAMES": "a:b"} if variables.get("LISTEN_FDS") == "2" else {}) | variables)
    assert process.wait(30) == 7
    assert names in systemd.log() and len(systemd.log().strip().splitlines()) == 1


def test_sockets_that_are_meant_for_another_process_are_left_alone(systemd):
    port = systemd.listen()
    process = systemd.start(SERVE | {"KEYHOLD_BIND": "127.0.0.1:0"}, LISTEN_PID="1")
    assert str(port) not in systemd.log()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_restart_under_load_fails_no_request_where_systemd_keeps_the_socket(systemd):
    port = systemd.listen()
    process = systemd.start(SERVE)
    ann = Account(port, "ann")
    with Traffic(over_tcp(port), ann.token) as traffic:
        for _ in range(2):
            traffic.goes_on()
            process.send_signal(signal.SIGTERM)
            assert systemd.hears() == "STOPPING=1"
            assert process.wait(30) == 0
            process = systemd.start(SERVE)
        traffic.goes_on()
    assert not traffic.failures, traffic.failures
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_while_it_drains_readyz_is_503_and_requests_are_answered_with_a_close(start):
    server = start(QUICK | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0", "KEYHOLD_DRAIN_DELAY": "5"})
    ann = Account(server.port, "ann")
    with Connection(server.port) as kept:
        kept.send(request_bytes("GET", "/protected", [("Authorization", f"Bearer {ann.token}")]))
        assert kept.read().header("connection") is None
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        while (ready := ask(server.admin_port, "GET", "/readyz")).status == 200:
            assert time.monotonic() - begin < 5
        assert ready.status == 503 and ready.json()["problems"] == ["draining: the server is about to stop"]
        assert ann.greeting().status == 200
        kept.send(request_bytes("GET", "/protected", [("Authorization", f"Bearer {ann.token}")]))
        last = kept.read()
        assert last.status == 200 and last.header("connection") == "close" and kept.ended()
    assert server.process.wait(30) == 0
    assert time.monotonic() - begin >= 4.9


def test_stopping_under_load_resets_nobody(start):
    """Who is turned away was never accepted; who was gets a whole answer."""
    server = start(QUICK | {"KEYHOLD_DRAIN_DELAY": "1", "KEYHOLD_ACCESS_LOG": "false"})
    ann = Account(server.port, "ann")
    with Traffic(over_tcp(server.port), ann.token) as traffic:
        traffic.goes_on()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    refused = [failure for failure in traffic.failures if "ConnectionRefusedError" in failure]
    assert refused == traffic.failures, traffic.failures


def test_a_request_that_comes_in_two_pieces_is_answered_though_it_stops_in_between(start):
    server = start()
    with Connection(server.port) as connection:
        connection.send(b"GET /protected HTTP/1.1\r\n")
        wait_until_read(connection)
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: not accepts(server.port))
        connection.send(b"Host: a\r\n\r\n")
        assert connection.read().status == 401 and connection.ended()
    assert server.process.wait(30) == 0


@pytest.mark.parametrize("delay", ["0", "60"], ids=["while requests are in flight", "while it drains"])
def test_told_twice_it_ends_at_once(start, delay):
    server = start(QUICK | {"KEYHOLD_DRAIN_DELAY": delay, "KEYHOLD_DRAIN_TIMEOUT": "60"})
    with Connection(server.port) as slow:
        slow.send(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        wait_until_read(slow)
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: '"draining' in server.log() if delay == "60" else not accepts(server.port))  # it has heard the first
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 1
        assert time.monotonic() - begin < 20
    assert "told twice" in server.log()
    server.process.returncode = 0  # as it was meant to


def test_a_unix_socket_serves_and_goes_when_the_server_goes(start, tmp_path):
    path = tmp_path / "keyhold.sock"
    server = start(QUICK, arguments=("dev", "--bind", f"127.0.0.1:0,unix:{path}", "--unix-socket-mode", "600"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert ask(path, "GET", "/protected").status == 401
    curl = subprocess.run(["curl", "-sS", "--unix-socket", path, "http://localhost/protected", "-w", "%{http_code}"], capture_output=True, text=True, timeout=30)
    assert curl.stdout.endswith("401")
    server.stop()
    assert not path.exists()


def test_a_socket_file_that_a_dead_server_left_is_replaced_one_of_a_live_server_is_not(start, tmp_path):
    path = tmp_path / "keyhold.sock"
    arguments = ("dev", "--bind", f"127.0.0.1:0,unix:{path}")
    first = start(QUICK, arguments=arguments)
    from test_modes import refused
    assert str(path) in refused(tmp_path, QUICK, arguments)
    assert ask(path, "GET", "/protected").status == 401
    first.kill()
    first.process.returncode = 0
    assert path.exists()
    second = start(QUICK, arguments=arguments)
    assert ask(path, "GET", "/protected").status == 401
    second.stop()
    path.write_text("no socket")
    assert str(path) in refused(tmp_path, QUICK, arguments)
    assert path.read_text() == "no socket"


def test_a_unix_socket_stops_under_load_without_a_reset(start, tmp_path):
    path = tmp_path / "keyhold.sock"
    server = start(QUICK | {"KEYHOLD_DRAIN_DELAY": "1", "KEYHOLD_ACCESS_LOG": "false"}, arguments=("dev", "--bind", f"127.0.0.1:0,unix:{path}"))
    ann = Account(server.port, "ann")
    with Traffic(over_tcp(path), ann.token) as traffic:
        traffic.goes_on()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    gone = [failure for failure in traffic.failures if "FileNotFoundError" in failure]
    assert gone == traffic.failures, traffic.failures


@pytest.fixture
def handing_over(start, tmp_path):
    """Starts servers that hand over to each other, at one port."""
    from server import free_port
    port = free_port()
    env = QUICK | {"KEYHOLD_HANDOVER_SOCKET": str(tmp_path / "handover.sock"), "KEYHOLD_DRAIN_DELAY": "1", "KEYHOLD_ACCESS_LOG": "false"}
    return lambda **extra: start(env | extra, arguments=("dev", "--bind", f"127.0.0.1:{port},unix:{tmp_path}/keyhold.sock"))


def test_a_new_server_takes_over_under_load_without_a_failed_request(handing_over, tmp_path):
    server = handing_over()
    ann = Account(server.port, "ann")
    with Traffic(over_tcp(server.port), ann.token) as traffic, Traffic(over_tcp(tmp_path / "keyhold.sock"), ann.token, 2, 2) as local:
        for _ in range(3):
            traffic.goes_on()
            successor = handing_over(KEYHOLD_IO_THREADS="3")
            assert server.process.wait(30) == 0, "it stops by itself"
            server = successor
            traffic.goes_on()
            local.goes_on()
    assert not traffic.failures + local.failures, traffic.failures + local.failures
    server.stop()
    assert not accepts(server.port) and not (tmp_path / "keyhold.sock").exists() and not (tmp_path / "handover.sock").exists()


def test_a_server_that_has_taken_over_stops_under_load_without_a_reset(handing_over):
    first = handing_over()
    ann = Account(first.port, "ann")
    second = handing_over()
    assert first.process.wait(30) == 0
    with Traffic(over_tcp(second.port), ann.token) as traffic:
        traffic.goes_on()
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(30) == 0
    assert all("ConnectionRefusedError" in failure for failure in traffic.failures), traffic.failures


def test_a_successor_that_does_not_start_takes_nothing(handing_over, tmp_path):
    from test_modes import refused
    server = handing_over()
    taken = socket.create_server(("127.0.0.1", 0))
    env = QUICK | {"KEYHOLD_HANDOVER_SOCKET": str(tmp_path / "handover.sock")}
    with taken:
        refused(tmp_path, env, ("dev", "--bind", f"127.0.0.1:{server.port},127.0.0.1:{taken.getsockname()[1]}"))
    assert ask(server.port, "GET", "/protected").status == 401 and server.process.poll() is None
    assert (tmp_path / "keyhold.sock").exists()


ASK_FOR_SOCKETS = """
import socket
with socket.socket(socket.AF_UNIX) as desk:
    desk.settimeout(20)
    desk.connect("handover.sock")
    print(len(socket.recv_fds(desk, 1000, 250)[1]))
"""


def test_another_user_is_given_no_sockets_though_he_can_reach_who_hands_them_over(handing_over, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("root alone can try it as somebody else")
    server = handing_over()
    assert (tmp_path / "handover.sock").stat().st_mode & 0o777 == 0o600
    (tmp_path / "handover.sock").chmod(0o666)
    tmp_path.chmod(0o755)

    def given(**user):
        asked = subprocess.run(["/usr/bin/python3", "-c", ASK_FOR_SOCKETS], cwd=tmp_path, capture_output=True, text=True, timeout=60, **user)
        assert asked.returncode == 0, asked.stderr
        return int(asked.stdout)
    assert given(user="nobody", group="nogroup") == 0
    assert given() > 0
    assert ask(server.port, "GET", "/protected").status == 401, "who asked and did not serve has taken nothing"


def test_without_a_handover_socket_a_second_server_is_still_refused(handing_over, tmp_path):
    from test_modes import refused
    server = handing_over()
    assert "in use" in refused(tmp_path, QUICK, ("dev", "--bind", f"127.0.0.1:{server.port}"))
