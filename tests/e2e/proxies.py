# SPDX-License-Identifier: Apache-2.0
"""nginx and HAProxy of our own in front of the keyhold that is tested: private folders, free ports, nothing of the system's."""
import re
import shutil
import subprocess

from server import ROOT, accepts, free_port
from waiting import eventually

NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors.log; user root;
events {{ worker_connections 256; }}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  client_max_body_size 10m; {more}
  {server} }}
"""
HAPROXY = """global
  maxconn 256
{server}
"""


def with_addresses(text, addresses):
    """`text` with its example addresses made ours, in one pass: a port put in, as 30006, may begin with an example's, as 3000."""
    missing = [one for one in addresses if one not in text]
    assert not missing, f"{missing} not in: {text}"
    examples = "|".join(re.escape(one) for one in sorted(addresses, key=len, reverse=True))
    return re.sub(f"(?:{examples})(?![0-9])", lambda found: addresses[found.group()], text)


def documented(language, backend, port):
    """What docs/operations.md shows, between other ports and without TLS; `backend` is a port, or the path of a Unix socket."""
    backend = f"127.0.0.1:{backend}" if isinstance(backend, int) else f"unix:{backend}"
    [block] = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.S)
    listens = {"nginx": "443 ssl", "haproxy": ":443 ssl crt /etc/haproxy/auth.pem"}[language]
    shown = re.findall(r"unix:/run/keyhold/keyhold\.sock|127\.0\.0\.1:8000", block)
    return with_addresses(block, {**dict.fromkeys(shown, backend), listens: f"127.0.0.1:{port}"})


class Proxy:
    def __init__(self, folder, command, port):
        self.port = port
        self.log_path = folder / "proxy.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        eventually(lambda: self.process.poll() is not None or accepts(port), what=self.log_path.read_text)
        assert self.process.poll() is None, self.log_path.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def program(name):
    return shutil.which(name) or f"/usr/sbin/{name}"


def nginx(folder, backend, more="", left_out=()):
    port = free_port()
    server = documented("nginx", backend, port)
    for line in left_out:
        assert line in server
        server = server.replace(line, "")
    # Ours is the request id of the client, to tell whose answer is whose.
    server = server.replace("$request_id", "$http_x_request_id")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server, more=more))
    return Proxy(folder, [program("nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors.log"], port)


def nginx_1_0(folder, backend):
    """As it is without these lines: HTTP/1.0 towards us, and a connection for each request."""
    return nginx(folder, backend, left_out=['proxy_http_version 1.1;', 'proxy_set_header Connection "";', "proxy_set_header Host $http_host;"])


def nginx_unbuffered(folder, backend):
    """Passes a body on as it comes, chunks as chunks."""
    return nginx(folder, backend, more="proxy_request_buffering off;")


def haproxy(folder, backend):
    port = free_port()
    (folder / "haproxy.cfg").write_text(HAPROXY.format(server=documented("haproxy", backend, port)))
    return Proxy(folder, [program("haproxy"), "-db", "-f", folder / "haproxy.cfg"], port)
