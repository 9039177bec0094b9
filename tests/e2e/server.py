"""Starts and stops the keyhold that is tested. The only place that knows how it is started."""
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("KEYHOLD_BINARY", ROOT / "build/release/keyhold")).resolve()
SECRET_KEY = "end-to-end-tests-sign-with-these-characters"
# Everything but the cost of a hash and the form of the log is as users have it; the tests that measure time or start a bare `dev` leave that too.
QUICK = {"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
# Passwords of the tests begin with this, tokens with the base64url of '{"': neither may be in a log.
PASSWORD = "pa55-of-the-tests"
NEVER_LOGGED = ("pa55-", "eyJ", SECRET_KEY)
START_SECONDS = 30  # a sanitized binary on a busy machine; the real one takes milliseconds


def environment(folder, extra=None):
    """Nothing of the caller's settings but what finds programs."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
    return kept | {"HOME": str(folder), "NO_COLOR": "1"} | (extra or {})


def run(*arguments, folder, env=None, stdin="", check=None):
    """Runs one keyhold command to its end; checks the exit code if one is given."""
    done = subprocess.run([BINARY, *arguments], cwd=folder, env=environment(folder, env), input=stdin, text=True,
                          capture_output=True, timeout=60)
    if check is not None:
        assert done.returncode == check, f"keyhold {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done


class Server:
    def __init__(self, folder, env=None, arguments=("dev", "--bind", "127.0.0.1:0")):
        self.folder = Path(folder)
        self.env = env
        self.log_path = self.folder / "server.log"
        with open(self.log_path, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen([BINARY, *arguments], cwd=folder, env=environment(folder, env),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.port = self._wait_for_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def log(self):
        return self.log_path.read_bytes()[self.log_start:].decode(errors="replace")

    def _wait_for_port(self):
        """The banner names the address that was bound; then it must answer."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"keyhold ended with {self.process.returncode}:\n{self.log()}")
            found = re.search(r"https?://127\.0\.0\.1:(\d+)", self.log())
            if found and accepts(int(found.group(1))):
                return int(found.group(1))
            time.sleep(0.01)
        self.process.kill()
        raise AssertionError(f"keyhold did not start within {START_SECONDS} s:\n{self.log()}")

    def stop(self, how=signal.SIGTERM, seconds=30):
        """Stops it as systemd does; it must end by itself, with 0, and have told nobody a secret."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError(f"keyhold did not stop within {seconds} s:\n{self.log()[-2000:]}") from None
        assert self.process.returncode == 0, f"keyhold ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        leaked = [secret for secret in NEVER_LOGGED if secret in self.log()]
        assert not leaked, f"in the log: {leaked}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def memory_kib(self):
        """Resident set size."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
