# SPDX-License-Identifier: Apache-2.0
"""Starts what is measured: Keyhold, nginx with a constant reply, the tutorial's service. Each on a free port, in a
folder of its own, pinned to the first core; the load comes from the second."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/bench"
KEYHOLD = Path(os.environ.get("KEYHOLD_BINARY", ROOT / "build/release/keyhold")).resolve()
TUTORIAL = ROOT.parent / "shared/reference/tutorial-service"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
BODY = '{"message":"Welcome testuser"}'
CREDENTIALS = {"username": "testuser", "password": "umbrella-fjord-teaspoon"}  # `serve` refuses the tutorial's
SECRET_KEY = "benchmark-6b1b36cbb04b41490bfc0ab2bfa26f86"
START_SECONDS = 15
PATIENCE_SECONDS = 30


def free_port():
    """Free when it was asked for: another program may take it before the server does, which then does not start."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pinned(core, command):
    """With taskset, so that all threads and children of the command stay on that core; None for all cores."""
    return command if core is None else ["taskset", "-c", str(core), *command]


class Peer:
    """A running server. `first_answer` is the time in seconds from exec to the first answer to GET `probe`."""
    def __init__(self, name, command, env, port, folder, probe):
        self.name, self.port, self.folder = name, port, folder
        self.url = f"http://127.0.0.1:{port}"
        started = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=folder, env={**clean_environment(), **env}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=open(Path(folder) / "log", "w"))
        self.wait_for(probe)
        self.first_answer = time.perf_counter() - started

    def wait_for(self, probe):
        """Any answer counts, 404 too. It asks every half millisecond on a new connection, which is how finely `first_answer` is measured."""
        request = f"GET {probe} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        end = time.perf_counter() + START_SECONDS
        while time.perf_counter() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as s:
                s.sendall(request)
                if s.recv(100).startswith(b"HTTP/1.1 "):
                    return
            time.sleep(0.0005)
        raise RuntimeError(f"{self.name} did not start:\n{(Path(self.folder) / 'log').read_text()}")

    def post(self, path, body):
        """Comes back after Retry-After when the server is full: it may still be at what a crowd has left behind."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return json.load(urllib.request.urlopen(request, timeout=30))
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > end:
                    raise
                time.sleep(float(error.headers.get("Retry-After", 1)))

    def token(self):
        """Registers the tutorial's user if need be, and logs in."""
        with contextlib.suppress(urllib.error.HTTPError):
            self.post("/register", CREDENTIALS)
        return self.log_in()["access_token"]

    def log_in(self):
        """What a log-in of the tutorial's user answers."""
        return self.post("/login", CREDENTIALS)

    def memory_mib(self):
        """Resident memory of the process and its children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        lines = [line for pid in [self.process.pid, *children] for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def cpu_seconds(pid):
    """User and system time of a process and its children, as nginx has."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in [pid, *children]]
    return sum(int(of_one[11]) + int(of_one[12]) for of_one in fields) / os.sysconf("SC_CLK_TCK")


def processor():
    return next(line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))


class Neighbours:
    """So many programs that do nothing but want the cores, each in a session of its own, as another service is."""
    def __init__(self, count):
        self.count = count

    def __enter__(self):
        self.programs = [subprocess.Popen(["/usr/bin/python3", "-c", "while True: pass"], env=clean_environment(), start_new_session=True) for _ in range(self.count)]
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.kill()
            program.wait()


def clean_environment():
    """Without the variables that configure a server: a suite names what it wants itself."""
    return {k: v for k, v in os.environ.items() if not k.startswith("KEYHOLD_") and k not in ("SECRET_KEY", "DATABASE_URL", "ALGORITHM")}


def make_database(program, folder, env):
    """`pairs` has programs of 0.2.0 beside this one, which made a database with its schema and knew no `db create`."""
    for command in ("create", "migrate"):
        done = subprocess.run([str(program), "db", command], cwd=folder, env=env, capture_output=True, text=True)
        if done.returncode == 0:
            return
    raise RuntimeError(done.stdout + done.stderr)


@contextlib.contextmanager
def running(start, *args, **kwargs):
    """A server in a folder that is removed after it; it is asked to end (SIGTERM) and has 30 seconds for that."""
    with tempfile.TemporaryDirectory() as folder:
        peer = start(folder, *args, **kwargs)
        try:
            yield peer
        finally:
            peer.process.terminate()
            peer.process.wait(30)


def keyhold(folder, threads=1, core=SERVER_CORE, env=None, mode="serve", program=KEYHOLD, kind=Peer):
    """`threads` of I/O, 0 for as many as it takes by itself. No log of requests, as nginx has none here; no delay before it ends."""
    port = free_port()
    command = [str(program), mode, "--bind", f"127.0.0.1:{port}", "--admin-bind", "", "--drain-delay", "0", "--access-log", "false"]
    if threads:
        command += ["--io-threads", str(threads)]
    return kind("Keyhold", pinned(core, command), {"SECRET_KEY": SECRET_KEY, **(env or {})}, port, folder, "/nothing")


NGINX = """daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/errors;
worker_rlimit_nofile 20000; events {{ worker_connections {connections}; }}
http {{ access_log off; keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 200 '{body}'; }} }} }}
"""


def nginx(folder, workers=1, core=SERVER_CORE, connections=4096):
    port = free_port()
    (Path(folder) / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, workers=workers, body=BODY, connections=connections))
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
    return Peer("nginx, constant reply", pinned(core, command), {}, port, folder, "/")


def minimal(folder, core=SERVER_CORE):
    """One constant reply, nothing parsed: what the kernel alone takes."""
    port = free_port()
    return Peer("minimal, nothing parsed", pinned(core, [str(BUILD / "bench/minimal"), str(port)]), {}, port, folder, "/")


def has_tutorial():
    return TUTORIAL.exists()


def tutorial(folder, core=SERVER_CORE, workers=1):
    port = free_port()
    command = ["/usr/bin/python3", "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
               "--no-access-log", "--app-dir", str(TUTORIAL)]
    env = {"SEED_DB": f"sqlite:///{folder}/test.db", "PYTHONDONTWRITEBYTECODE": "1"}
    return Peer("the tutorial on FastAPI", pinned(core, command), env, port, folder, "/openapi.json")
