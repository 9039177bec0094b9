# SPDX-License-Identifier: Apache-2.0
"""HTTPS by our own: protocols, renewal under load, clients that do not speak it."""
import json
import os
import re
import signal
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from certificates import Authority
from expect import problem
from server import PASSWORD, QUICK, environment, run
from traffic import Traffic
from waiting import eventually, until
from wire import Connection, ask, request_bytes

TLS = QUICK | {"KEYHOLD_TLS_CERTIFICATE": "tls.pem", "KEYHOLD_TLS_KEY": "tls.key", "KEYHOLD_HEAD_TIMEOUT": "2"}


class SecureConnection(Connection):
    def __init__(self, port, context):
        super().__init__(port)
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1", suppress_ragged_eofs=False)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def secure(start, authority):
    authority.serial = authority.issue()
    return start(TLS)


def context_of(authority, **options):
    context = ssl.create_default_context(cafile=authority.path)
    for name, value in options.items():
        setattr(context, name, value)
    return context


def serial_at(port, authority):
    with SecureConnection(port, context_of(authority)) as connection:
        return int(connection.socket.getpeercert()["serialNumber"], 16)


def s_client(port, authority, *options, stdin=""):
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", authority.path, "-verify_return_error", *options],
                          input=stdin, capture_output=True, text=True, timeout=30)


def test_curl_registers_and_logs_in_over_https_and_is_told_to_stay_there(secure, authority, tmp_path):
    def curl(path, body):
        return subprocess.run(["curl", "-sS", "-i", "--cacert", authority.path, f"https://127.0.0.1:{secure.port}{path}", "-H", "Content-Type: application/json", "-d", body],
                              capture_output=True, text=True, timeout=60, env=environment(tmp_path)).stdout
    credentials = f'{{"username": "ann", "password": "{PASSWORD}"}}'
    assert "User created successfully" in curl("/register", credentials)
    said = curl("/login", credentials)
    assert "access_token" in said and "\nStrict-Transport-Security: max-age=31536000" in said.replace("\r", "")
    assert f"https://127.0.0.1:{secure.port}" in secure.log()


def test_without_a_certificate_nobody_is_told_to_use_https(server):
    assert ask(server.port, "GET", "/protected").header("strict-transport-security") is None


@pytest.mark.parametrize(("version", "name"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")])
def test_tls_1_2_and_1_3_are_spoken_with_forward_secrecy(secure, authority, version, name):
    context = context_of(authority, minimum_version=version, maximum_version=version)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with SecureConnection(secure.port, context) as connection:
        assert connection.socket.version() == name and connection.socket.selected_alpn_protocol() == "http/1.1"
        cipher = connection.socket.cipher()[0]
        assert cipher.startswith(("TLS_", "ECDHE-")) and ("GCM" in cipher or "POLY1305" in cipher)
        for _ in range(2):
            connection.send(request_bytes("GET", "/protected"))
            assert connection.read().status == 401


@pytest.mark.parametrize("options", [["-tls1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                                     ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0"],
                                     ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"],
                                     ["-alpn", "h2"]],
                         ids=["TLS 1.0", "TLS 1.1", "neither forward secrecy nor AEAD", "AEAD without forward secrecy", "forward secrecy without AEAD",
                              "the same with SHA-1", "HTTP/2 alone"])
def test_what_is_old_or_not_ours_is_refused_with_an_alert(secure, authority, options):
    good = s_client(secure.port, authority, "-brief")
    assert good.returncode == 0, good.stderr
    bad = s_client(secure.port, authority, *options)
    assert bad.returncode != 0 and "alert" in bad.stderr, bad.stderr


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_no_suite_but_those_with_forward_secrecy_and_aead_is_agreed_on(start, authority, kind):
    """Each that OpenSSL knows is offered alone: to a certificate with which the others could be used as well."""
    authority.issue(kind=kind)
    server = start(TLS)
    names = subprocess.run(["openssl", "ciphers", "-tls1_2", "-s", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True, text=True, check=True).stdout.strip().split(":")

    def agrees(name):
        return s_client(server.port, authority, "-brief", "-tls1_2", "-cipher", f"{name}:@SECLEVEL=0").returncode == 0
    agreed = {name for name in names if not name.startswith("TLS_") and agrees(name)}
    signs = {"ec": "ECDHE-ECDSA-", "rsa": "ECDHE-RSA-"}[kind]
    assert agreed == {signs + suite for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}


def test_a_client_cannot_negotiate_anew(secure, authority):
    """A line "R" asks s_client for that (RFC 5246, 7.4.1.1); it costs the server a handshake each time."""
    refused = s_client(secure.port, authority, "-tls1_2", stdin="R\n")
    assert "RENEGOTIATING" in refused.stderr and "no renegotiation" in refused.stderr, refused.stderr
    request = "GET /protected HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    assert "HTTP/1.1 401" in s_client(secure.port, authority, "-tls1_2", "-ign_eof", stdin=request).stdout, "without it the connection is as good as any"


def test_a_session_is_resumed_by_its_ticket(secure, authority, tmp_path):
    s_client(secure.port, authority, "-tls1_2", "-sess_out", str(tmp_path / "session"))
    assert "Reused, TLSv1.2" in s_client(secure.port, authority, "-tls1_2", "-sess_in", str(tmp_path / "session")).stdout


def test_plain_http_is_told_that_it_is_https_here(secure):
    answer = ask(secure.port, "GET", "/protected")
    assert "https" in problem(answer, 400, "bad_request")["detail"].lower()
    assert answer.header("connection") == "close" and answer.header("strict-transport-security") is None


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "half a hello"])
def test_a_client_that_does_not_get_on_with_the_handshake_is_cut(secure, sent):
    begin = time.monotonic()
    with Connection(secure.port) as silent:
        silent.send(sent)
        assert silent.ended(seconds=15)
        assert 1 < time.monotonic() - begin < 10


def test_rubbish_ends_cleanly(secure, authority):
    for rubbish in (b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 1000, b"SSH-2.0-x\r\n"):
        with Connection(secure.port) as connection:
            connection.send(rubbish)
            connection.socket.settimeout(10)
            while connection.socket.recv(4096):
                pass
    assert serial_at(secure.port, authority) == authority.serial


def test_large_and_pipelined_requests_come_whole(secure, authority):
    with SecureConnection(secure.port, context_of(authority)) as connection:
        connection.send(request_bytes("GET", "/nope", [("X-Long", "x" * 9000)]) * 3)
        assert [connection.read().status for _ in range(3)] == [404] * 3
        connection.send(request_bytes("GET", "/docs/swagger-ui-bundle.js") + request_bytes("POST", "/login", [("Content-Type", "application/json")], b" " * 60000))
        first, second = connection.read(), connection.read("POST")
        assert first.status in (200, 404) and second.status == 422


class Records:
    """A client whose records are ours to send: together, or in pieces."""
    def __init__(self, connection, context):
        self.socket, self.incoming, self.outgoing = connection.socket, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.secure = context.wrap_bio(self.incoming, self.outgoing, server_hostname="127.0.0.1")
        while self.step(self.secure.do_handshake) is None:
            pass

    def step(self, action):
        """What it gives; None where more has to come first, of which some has come then."""
        try:
            return action() or True
        except ssl.SSLWantReadError:
            self.socket.sendall(self.outgoing.read())
            self.incoming.write(self.socket.recv(65536))
            return None
        finally:
            if self.outgoing.pending:
                self.socket.sendall(self.outgoing.read())

    def record(self, data):
        self.secure.write(data)
        return self.outgoing.read()

    def status(self):
        received = b""
        while b"\r\n\r\n" not in received:
            part = self.step(lambda: self.secure.read(65536))
            received += part or b""
        return int(received.split()[1])


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_records_that_come_together_and_in_pieces_are_read_without_asking_again_and_again(secure, authority, version):
    head = request_bytes("HEAD", "/protected")
    with Connection(secure.port) as plain:
        client = Records(plain, context_of(authority, minimum_version=version, maximum_version=version))
        plain.socket.sendall(client.record(head[:10]) + client.record(head[10:20]) + client.record(head[20:]))
        assert client.status() == 401
        whole = client.record(head)
        plain.socket.sendall(whole[:-7])
        before, begin = processor_seconds(secure.process), time.monotonic()
        until(begin + 0.5)  # in which a server that looked again at once would use a core
        assert processor_seconds(secure.process) - before < 0.25
        plain.socket.sendall(whole[-7:])
        assert client.status() == 401


def test_a_renewed_certificate_is_used_from_the_next_handshake_on_and_nobody_is_cut(secure, authority):
    context = context_of(authority)
    credentials = {"username": "ann", "password": PASSWORD}

    def post(path):
        with SecureConnection(secure.port, context) as connection:
            connection.send(request_bytes("POST", path, [("Content-Type", "application/json")], json.dumps(credentials).encode()))
            return connection.read("POST").json()

    post("/register")
    token = post("/login")["access_token"]
    with Traffic(lambda: SecureConnection(secure.port, context), token, kept=3, fresh=3) as traffic:
        for _ in range(3):
            traffic.goes_on(60)
            renewed = authority.issue()
            secure.process.send_signal(signal.SIGHUP)
            eventually(lambda: traffic.failures or serial_at(secure.port, authority) == renewed)  # noqa: B023
            assert not traffic.failures, traffic.failures
            traffic.goes_on(60)
    assert not traffic.failures, traffic.failures


def expiry_at(server, authority):
    """In seconds since 1970: as a client sees it, and as /metrics says it."""
    with SecureConnection(server.port, context_of(authority)) as connection:
        seen = ssl.cert_time_to_seconds(connection.socket.getpeercert()["notAfter"])
    said = re.search(r"^keyhold_tls_certificate_expiry_timestamp_seconds (\S+)$", ask(server.admin_port, "GET", "/metrics").body.decode(), re.M)
    return seen, float(said[1])


def test_metrics_say_when_the_certificate_expires_also_after_a_renewal(start, authority):
    authority.issue(days=30)
    server = start(TLS | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0"})
    seen, said = expiry_at(server, authority)
    assert seen == said
    authority.issue(days=60)
    server.process.send_signal(signal.SIGHUP)

    def renewed():
        now = expiry_at(server, authority)
        return now if now[0] != seen and now[1] != said else None
    expiry = eventually(renewed)
    assert expiry[0] == expiry[1] and 29 * 86400 < expiry[0] - seen < 31 * 86400


@pytest.mark.parametrize(("name", "content"), [("tls.pem", b"no certificate"), ("tls.key", b"no key"), ("tls.key", None)], ids=["no certificate", "no key", "another's key"])
def test_a_renewal_that_is_broken_is_told_and_the_old_one_stays(secure, authority, name, content):
    if content is None:
        certificate = (authority.folder / "tls.pem").read_bytes()
        authority.issue()
        authority.write("tls.pem", certificate)
    else:
        authority.write(name, content)
    secure.process.send_signal(signal.SIGHUP)
    eventually(lambda: "not reloaded" in secure.log())
    assert serial_at(secure.port, authority) == authority.serial


def test_a_renewal_into_which_nobody_writes_is_given_up(secure, authority):
    """A FIFO in the place of the certificate held up the reload for ever, and with it the stop."""
    (authority.folder / "tls.pem").unlink()
    os.mkfifo(authority.folder / "tls.pem")
    secure.process.send_signal(signal.SIGHUP)
    eventually(lambda: "not reloaded" in secure.log())
    assert "nobody writes into it" in secure.log()
    assert serial_at(secure.port, authority) == authority.serial
    secure.stop()


@pytest.mark.parametrize(("env", "names"), [
    ({"KEYHOLD_TLS_KEY": ""}, "tls_key"), ({"KEYHOLD_TLS_CERTIFICATE": "elsewhere.pem"}, "elsewhere.pem"), ({"KEYHOLD_TLS_CERTIFICATE": "tls.key"}, "tls_certificate")],
    ids=["no key", "no such file", "the key twice"])
def test_config_check_says_what_is_wrong_with_a_certificate(authority, tmp_path, env, names):
    authority.issue()
    good = {"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"} | {name: TLS[name] for name in TLS if "TLS" in name}
    run("config", "check", folder=tmp_path, env=good, check=0)
    done = run("config", "check", folder=tmp_path, env=good | env)
    assert done.returncode in (7, 8) and names in done.stdout + done.stderr


def test_a_key_that_others_can_read_or_that_is_weak_or_sealed_is_refused(authority, tmp_path):
    good = {"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"} | {name: TLS[name] for name in TLS if "TLS" in name}
    authority.issue()
    (tmp_path / "tls.key").chmod(0o640)
    assert "chmod 600 tls.key" in run("config", "check", folder=tmp_path, env=good, check=8).stdout
    authority.issue(kind="rsa", bits=1024)
    assert run("config", "check", folder=tmp_path, env=good).returncode in (7, 8)
    authority.issue(passphrase=b"secret")
    assert "passphrase" in (done := run("config", "check", folder=tmp_path, env=good)).stdout + done.stderr
    authority.issue(kind="rsa")
    run("config", "check", folder=tmp_path, env=good, check=0)


def test_stopping_says_goodbye(secure, authority):
    with SecureConnection(secure.port, context_of(authority)) as connection:
        connection.send(request_bytes("GET", "/protected"))
        assert connection.read().status == 401
        secure.process.send_signal(signal.SIGTERM)
        assert connection.socket.recv(1) == b"", "close_notify, where a cut would be an error"
    assert secure.process.wait(30) == 0
