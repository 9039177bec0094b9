# SPDX-License-Identifier: Apache-2.0
"""TLS: what a handshake costs the server, new and resumed, and what an idle connection holds, beside nginx with the same certificate."""
import re
import resource
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import peers
from peers import BODY, LOAD_CORE, SERVER_CORE, Peer, cpu_seconds, free_port, keyhold, pinned, processor, running
from suite_edge import pss_kib
from table import say

# The same versions, and tickets without a cache, as Keyhold has them.
NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; worker_rlimit_nofile 20000; events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} ssl reuseport; ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off; ssl_session_tickets on; location / {{ return 200 '{body}'; }} }} }}
"""


def make_certificate(folder):
    certificate, key = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "30", "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    return certificate, key


class TlsPeer(Peer):
    def wait_for(self, probe):
        """Until a handshake succeeds; what is asked for does not matter. Nobody verifies the certificate, which is made for this run."""
        context = ssl._create_unverified_context()
        end = time.perf_counter() + peers.START_SECONDS
        while time.perf_counter() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port)) as plain, context.wrap_socket(plain):
                    return
            except OSError:
                time.sleep(0.001)
        raise RuntimeError(f"{self.name} did not start:\n{(Path(self.folder) / 'log').read_text()}")


def nginx(folder, certificate, key):
    port = free_port()
    (Path(folder) / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, body=BODY, certificate=certificate, key=key))
    return TlsPeer("nginx", pinned(SERVER_CORE, ["/usr/sbin/nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]), {}, port, folder, "/")


def start_keyhold(folder, certificate, key):
    return keyhold(folder, env={"KEYHOLD_TLS_CERTIFICATE": str(certificate), "KEYHOLD_TLS_KEY": str(key)}, kind=TlsPeer)


def handshakes(peer, version, how, seconds):
    """Microseconds of the server's processor for each, with a request behind it, by openssl's own client."""
    before = cpu_seconds(peer.process.pid)
    done = subprocess.run(pinned(LOAD_CORE, ["openssl", "s_time", "-connect", f"127.0.0.1:{peer.port}", f"-{version}", f"-{how}", "-www", "/nothing", "-time", str(seconds)]),
                          capture_output=True, text=True, check=True)
    found = re.findall(r"(\d+) connections in \d+ real seconds", done.stdout)
    return 1e6 * (cpu_seconds(peer.process.pid) - before) / int(found[-1])


def idle(start, certificate, key, count):
    """Bytes of a connection that has sent a request and was answered."""
    with running(start, certificate, key) as peer:
        context = ssl._create_unverified_context()
        held = []

        def connect():
            secure = context.wrap_socket(socket.create_connection(("127.0.0.1", peer.port)))
            secure.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            secure.recv(4096)
            held.append(secure)
        for _ in range(50):  # what the first ones make for all
            connect()
        time.sleep(1)
        before = pss_kib(peer)
        for _ in range(count):
            connect()
        time.sleep(1)
        bytes_each = (pss_kib(peer) - before) * 1024 / count
        for one in held:
            one.close()
        return bytes_each


def measure(options):
    seconds, count = max(2, options.seconds), 500 if options.quick else 2000
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, max(count + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    kinds = [("TLS 1.3, new", "tls1_3", "new"), ("TLS 1.3, resumed", "tls1_3", "reuse"), ("TLS 1.2, new", "tls1_2", "new"), ("TLS 1.2, resumed", "tls1_2", "reuse")]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        pair = make_certificate(folder)
        sides = [stack.enter_context(running(start, *pair)) for start in (start_keyhold, nginx)]
        rows = []
        for title, version, how in kinds:
            rounds = []
            for number in range(options.rounds):
                say(f"{title}, round {number + 1} of {options.rounds}")
                rounds.append([handshakes(peer, version, how, seconds) for peer in sides])
            ours, theirs = zip(*rounds)
            ratios = sorted(their / our for our, their in rounds)
            rows.append([title, f"{median(ours):.0f}", f"{median(theirs):.0f}", f"{1e6 / median(ours):,.0f}", f"{median(ratios):.3f}", f"{ratios[0]:.3f} to {ratios[-1]:.3f}"])
        yield (f"A connection with one request, ECDSA P-256, {processor()} (medians of {options.rounds})", ["", "us of a core", "nginx", "per second and core", "of nginx", "spread"], rows)
        rows = [[name, f"{idle(start, *pair, count):,.0f}"] for name, start in (("Keyhold", start_keyhold), ("nginx", nginx))]
        yield (f"{count:,} idle TLS connections after a request", ["server", "bytes each"], rows)
