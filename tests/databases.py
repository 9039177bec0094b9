# SPDX-License-Identifier: Apache-2.0
"""Private PostgreSQL and MariaDB servers for the tests, in a temporary folder and on free ports; never the system's.

Both refuse to run as root: then they run as `nobody`. What is not installed is an error: ./test installs it."""
import atexit
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from locks import one_at_a_time
from waiting import eventually

PASSWORD = "p@ss/w:rd of the tests"  # what a URL has to encode
PASSWORD_IN_URL = "p%40ss%2Fw%3Ard%20of%20the%20tests"
POSTGRESQL_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 60
chance = random.Random(os.getpid())
given = set()  # ports


@cache
def claims():
    """A file that all who test here have open, wherever their other files lie: each locks the bytes whose numbers are its ports, until it ends."""
    return open(f"/tmp/keyhold-test-ports-{os.getuid()}", "ab")


def free_port():
    """One that no client is given by the system meanwhile, and no other test: neither in this process nor in one beside it."""
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = chance.randrange(10_000, max(first_of_clients, 20_000))
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                fcntl.lockf(claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        given.add(port)
        return port


def templates():
    """A folder for databases as they are before anybody has used them. Whoever asks first makes it, also for the processes that he starts."""
    if "KEYHOLD_TEST_TEMPLATES" not in os.environ:
        os.environ["KEYHOLD_TEST_TEMPLATES"] = str(folder_of_nobody("keyhold-templates-"))
        atexit.register(shutil.rmtree, os.environ["KEYHOLD_TEST_TEMPLATES"], ignore_errors=True)
    return Path(os.environ["KEYHOLD_TEST_TEMPLATES"])


def run_as_nobody():
    """What to put in front of a command that refuses to be root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] if os.geteuid() == 0 else []


def folder_of_nobody(prefix):
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


def sh(*command, **kwargs):
    done = subprocess.run([*run_as_nobody(), *map(str, command)], capture_output=True, text=True, **kwargs)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def parent_of(stat):
    """The parent of the process that a /proc/*/stat is about; 0 if it has gone."""
    try:
        return int(stat.read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def states_of(processes):
    """Of those that have not ended, as in proc(5): {"T"} if all are stopped."""
    found = set()
    for one in processes:
        try:
            found.add(Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()[0])
        except OSError:
            continue
    return found - {"Z", "X"}


class DatabaseServer:
    """One server; start() again after kill() or stop() goes on with the same data and port."""
    def __init__(self, name):
        self.name = name
        self.folder = folder_of_nobody(f"keyhold-{name}-")
        self.port = free_port()
        self.process = None
        # A MariaDB that starts removes what others left in its folder for temporary files, also what they still use.
        self.environment = os.environ | {"TMPDIR": str(self.folder)}
        atexit.register(self.remove)

    def make(self):
        """A copy of what the first of its kind made: initialising takes seconds of two cores, and there are twenty of them in a run."""
        template = templates() / type(self).kind
        with one_at_a_time(templates() / f"{type(self).kind}.lock"):
            if not template.exists():
                self.initialise()
                sh("cp", "-a", "--sparse=always", self.data, f"{template}.new")
                sh("mv", f"{template}.new", template)
        if not self.data.exists():
            sh("cp", "-a", "--sparse=always", template, self.data)
        return self

    def _launch(self, *command):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([*run_as_nobody(), *map(str, command)], cwd=self.folder, stdin=subprocess.DEVNULL, env=self.environment,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        eventually(lambda: self.process.poll() is not None or self._answers(), START_SECONDS, self.complaint, every=0.05)
        assert self.process.poll() is None, self.complaint()

    def complaint(self):
        return f"{self.name} did not start:\n{self.log()[-3000:]}"

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def processes(self):
        """The server's and all that it has started: PostgreSQL's each lead a group of their own."""
        parent = self.process.pid
        return [parent, *(int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if parent_of(path) == parent)]

    def pause(self):
        """Stops all of them, also one that was just being started."""
        def stopped():
            self.signal_all(signal.SIGSTOP)
            return states_of(self.processes()) == {"T"}
        eventually(stopped)

    def resume(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for one in self.processes():
            try:
                os.kill(one, number)
            except ProcessLookupError:
                continue

    def kill(self):
        """With its children: PostgreSQL does not start again while one of them has its shared memory."""
        killed = self.processes()
        self.signal_all(signal.SIGKILL)
        self.process.wait()
        eventually(lambda: not states_of(killed), what=f"{self.name} was killed and is still there")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.signal_all(signal.SIGCONT)
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgresql(DatabaseServer):
    kind, stop_signal = "postgresql", signal.SIGINT  # "fast": does not wait for its clients

    def __init__(self, name="postgresql"):
        super().__init__(name)
        self.data = self.folder / "data"
        self.url = f"postgresql://keyhold:{PASSWORD_IN_URL}@127.0.0.1:{self.port}/{{}}"

    def initialise(self):
        (self.folder / "password").write_text(PASSWORD)
        sh(POSTGRESQL_PROGRAMS / "initdb", "-D", self.data, "-U", "keyhold", "-A", "scram-sha-256", f"--pwfile={self.folder}/password",
           "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (self.folder / "password").unlink()

    def make(self):
        super().make()
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\n"
                           "max_connections = 200\nshared_buffers = 64MB\n")
        return self

    def start(self):
        self._launch(POSTGRESQL_PROGRAMS / "postgres", "-D", self.data)
        return self

    def _answers(self):
        return subprocess.run([POSTGRESQL_PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def run_sql(self, sql, database="postgres"):
        return sh(POSTGRESQL_PROGRAMS / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port, "-U", "keyhold",
                  "-d", database, "-c", sql, env=os.environ | {"PGPASSWORD": PASSWORD})

    def create(self, database):
        self.run_sql(f'CREATE DATABASE "{database}"')
        return self.url.replace("{}", database)


class Mariadb(DatabaseServer):
    kind, stop_signal = "mariadb", signal.SIGTERM

    def __init__(self, name="mariadb"):
        super().__init__(name)
        self.data = self.folder / "data"
        self.url = f"mysql+pymysql://keyhold:{PASSWORD_IN_URL}@127.0.0.1:{self.port}/{{}}?charset=utf8mb4"

    def initialise(self):
        (self.folder / "first.sql").write_text(
            f"FLUSH PRIVILEGES;\nCREATE USER keyhold@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO keyhold@'%' WITH GRANT OPTION;\n")
        sh("mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal",
           "--skip-test-db", f"--extra-file={self.folder}/first.sql", env=self.environment)

    def start(self):
        self._launch("/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                     f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid", "--max-connections=200",
                     "--innodb-buffer-pool-size=64M", *self.more_options())
        return self

    def more_options(self):
        return []

    def _answers(self):
        try:
            return self.run_sql("SELECT 1") == "1\n"
        except RuntimeError:
            return False

    def run_sql(self, sql, database="mysql"):
        return sh("mariadb", "--no-defaults", f"--socket={self.folder}/socket", "-u", "keyhold", "-N", "-B", database, "-e", sql,
                  env=os.environ | {"MYSQL_PWD": PASSWORD})

    def create(self, database):
        self.run_sql(f"CREATE DATABASE `{database}` CHARACTER SET latin1")
        return self.url.replace("{}", database)


SERVERS = {"postgresql": Postgresql, "mariadb": Mariadb}


def alone(kind, purpose):
    """For a fixture: a server that nobody else uses, so that it can be stopped, paused or set back."""
    server = SERVERS[kind](f"{kind}-{purpose}").make().start()
    yield server
    server.stop()
    server.remove()


def create(kind, name):
    """An empty database on the private server of this kind, made by its own client program; its URL. ./test has started the servers; whoever runs
    one test by hand waits for them here."""
    variable = f"KEYHOLD_TEST_{kind.upper()}"
    if variable not in os.environ:
        start_both()
    template = os.environ[variable]
    url = urlsplit(template)
    place = {"postgresql": ["psql", "-qX", "-h", url.hostname, "-p", str(url.port), "-U", url.username, "-d", "postgres", "-c"],
             "mariadb": ["mariadb", "--no-defaults", "-h", url.hostname, "-P", str(url.port), "-u", url.username, "-e"]}[kind]
    password = unquote(url.password)
    subprocess.run([*place, f"CREATE DATABASE {name}"], check=True, env=os.environ | {"PGPASSWORD": password, "MYSQL_PWD": password})
    return template.replace("{}", name)


@cache
def start_both():
    """Both servers, started once; what the store's tests and the end-to-end tests read is put into the environment."""
    begin = time.monotonic()
    servers = []
    for kind in SERVERS.values():
        server = kind().make().start()
        os.environ[f"KEYHOLD_TEST_{server.name.upper()}"] = server.url
        servers.append(server)
    print("Private database servers: " + ", ".join(f"{one.name} on 127.0.0.1:{one.port} in {one.folder}" for one in servers) +
          f" ({time.monotonic() - begin:.1f} s)", file=sys.stderr, flush=True)
    return servers


if __name__ == "__main__":
    # For working by hand: start both, print the variables, and stop them when standard input ends.
    started = start_both()
    for one in started:
        print(f"export KEYHOLD_TEST_{one.name.upper()}='{one.url}'", flush=True)
    sys.stdin.read()
    for one in started:
        one.stop()
