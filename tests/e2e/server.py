# SPDX-License-Identifier: Apache-2.0
"""Starts and stops the keyhold that is tested. The only place that knows how it is started."""
import base64
import os
import re
import signal
import socket
import subprocess
import sys
from functools import cache
from itertools import count
from pathlib import Path

from wire import REFRESH_TOKENS, handed_out

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import databases
from databases import free_port  # noqa: F401, for those who ask here
from waiting import eventually

numbers = count(1)
BINARY = Path(os.environ.get("KEYHOLD_BINARY", ROOT / "build/release/keyhold")).resolve()
SECRET_KEY = "end-to-end-tests-sign-with-these-characters"
# Everything but the cost of a hash and the form of the log is as users have it; the tests that measure time or start a bare `dev` leave that too.
QUICK = {"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
# Passwords of the tests begin with this, refresh tokens with "khr_", parts of other tokens with the base64url of '{"', a name of three letters and '":'. None may be in
# a log, where "eyJ" alone stands by chance once in some thousand runs, in the hash up to which events are signed.
PASSWORD = "pa55-of-the-tests"
NEVER_LOGGED = re.compile(rf"pa55-|eyJ[\w-]{{4}}iO|khr_|PRIVATE KEY|{SECRET_KEY}")
# Nor in the database, where a few letters may stand by chance: hence more of the access tokens, and the very refresh tokens that were handed out.
NEVER_STORED = (b"pa55-", b"eyJhbGciOi", b"eyJ0eXAiOi", b"PRIVATE KEY", SECRET_KEY.encode())
START_SECONDS = 30  # a sanitized binary on a busy machine; the real one takes milliseconds


# Which database the servers of the tests run on: sqlite, postgresql or mariadb; ./test --database starts a private server.
DATABASE = os.environ.get("KEYHOLD_TEST_DATABASE", "sqlite")


@cache
def database_of(folder):
    """What a server in this folder keeps its accounts in: where it is a database server, one of the folder's own."""
    if DATABASE == "sqlite":
        return {}
    return {"DATABASE_URL": databases.create(DATABASE, f"e2e_{os.getpid()}_{next(numbers)}")}


def environment(folder, extra=None):
    """Nothing of the caller's settings but what finds programs; no port that two of them would want, no waiting at the end."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
    quiet = {"HOME": str(folder), "NO_COLOR": "1", "KEYHOLD_ADMIN_BIND": "", "KEYHOLD_DRAIN_DELAY": "0"}
    return kept | quiet | database_of(Path(folder)) | (extra or {})


def run(*arguments, folder, env=None, stdin="", check=None, binary=BINARY):
    """Runs one keyhold command to its end; checks the exit code if one is given."""
    done = subprocess.run([binary, *arguments], cwd=folder, env=environment(folder, env), input=stdin, text=True,
                          capture_output=True, timeout=300)
    if check is not None:
        assert done.returncode == check, f"keyhold {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done


def make_database(folder, env=None):
    """What a command finds that looks after data: none of them makes a database itself."""
    run("db", "create", folder=folder, env=env, check=0)


class Server:
    def __init__(self, folder, env=None, arguments=("dev", "--bind", "127.0.0.1:0"), host="127.0.0.1", preexec=None, binary=BINARY):
        self.folder = Path(folder)
        self.env = env
        self.host = host
        self.log_path = self.folder / "server.log"
        with open(self.log_path, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen([binary, *arguments], cwd=folder, env=environment(folder, env),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, preexec_fn=preexec)
        self.port = self._wait_for_port()
        self.url = f"http://{self.host}:{self.port}"

    def log(self):
        return self.log_path.read_bytes()[self.log_start:].decode(errors="replace")

    def _wait_for_port(self):
        """The banner names the address that was bound; then it must answer."""
        def port():
            if self.process.poll() is not None:
                raise AssertionError(f"keyhold ended with {self.process.returncode}:\n{self.log()}")
            found = re.search(rf"https?://{re.escape(self.host)}:(\d+)", self.log())
            return int(found.group(1)) if found and accepts(int(found.group(1)), self.host) else None

        def complaint():
            self.process.kill()
            return f"keyhold did not start within {START_SECONDS} s:\n{self.log()}"
        return eventually(port, START_SECONDS, complaint)

    @property
    def admin_port(self):
        """Of a server that was started with KEYHOLD_ADMIN_BIND; it is the second address that it names."""
        return int(re.search(r"(?:Metrics +|administration: )http://127\.0\.0\.1:(\d+)", self.log()).group(1))

    def stop(self, how=signal.SIGTERM, seconds=30):
        """Stops it as systemd does; it must end by itself, with 0, and have told nobody a secret."""
        stored = self.stored_secrets()  # the journal is gone when it has stopped
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError(f"keyhold did not stop within {seconds} s:\n{self.log()[-2000:]}") from None
        assert self.process.returncode == 0, f"keyhold ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        leaked = NEVER_LOGGED.findall(self.log())
        assert not leaked, f"in the log: {leaked}"
        stored += self.stored_secrets()
        assert not stored, f"in the database: {stored}"

    def stored_secrets(self):
        """What stands in a file of the database, its journal too, and must not: our secrets, and what makes the refresh tokens that it gave us."""
        secrets = [*NEVER_STORED]
        tokens = handed_out.get(self.port, set())
        for token in tuple(tokens):  # a test that ends badly may still refresh
            bytes_of_secret = base64.urlsafe_b64decode(token[4:] + b"==")[16:48]
            secrets += [bytes_of_secret, bytes_of_secret.hex().encode(), base64.urlsafe_b64encode(bytes_of_secret).rstrip(b"=")]
        contents = [(path.name, path.read_bytes()) for path in self.folder.glob("*.db*") if path.is_file()]
        return ([(name, secret) for name, content in contents for secret in secrets if secret in content] +
                [(name, token) for name, content in contents for token in REFRESH_TOKENS.findall(content) if token in tokens])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def memory_kib(self):
        """Resident set size."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_seconds(self):
        """What it has computed so far, in all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False
