# SPDX-License-Identifier: Apache-2.0
"""What administrators look up among a million users and a million events: one page of a hundred at a time, by GET /admin/api/users and /events,
on each of the databases. PostgreSQL and MariaDB are private servers with a buffer of 64 MB, on this machine; the server and they share it."""
import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from peers import KEYHOLD, ROOT, SECRET_KEY, Peer, clean_environment, free_port
from suite_import import PASSWORD_HASH, STEP, Server, Sqlite, keyhold
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

COUNT = 1_000_000
PASSWORD = "umbrella-fjord-teaspoon"
ASKED = 200  # each question, in turn with the others
# A second apart, of a hundred accounts; their ids sort by time. They have their places in the chain already, since a server would seal them first.
EVENTS = """INSERT INTO keyhold_events (id, sequence, happened_at, kind, account_id, actor_id, door, object, reason, times, personal_digest, address, device, note, salt, hash)
SELECT {id}, n, 1700000000 + n, CASE WHEN n % 20 = 0 THEN 'password_changed' ELSE 'signed_in' END, {account}, '', 'api', 'x', '', 1, '', '192.0.2.7', 'Mozilla/5.0', '', '', 'x'
FROM {numbers}"""
SPELLED = {  # a number in twelve digits, and the numbers
    "SQLite": ("printf('%012d', {})", "(WITH RECURSIVE seq(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < 1000000) SELECT n FROM seq)"),
    "PostgreSQL": ("lpad(({})::text, 12, '0')", "generate_series(1, 1000000) AS n"),
    "MariaDB": ("lpad({}, 12, '0')", "(SELECT seq AS n FROM seq_1_to_1000000) AS numbers"),
}


def account(number):
    return f"018c0000-0000-7000-8000-{number:012d}"


def fill(database, folder):
    """Users by `keyhold import`, events by one statement, because a million requests would take long. Their hashes are no true chain."""
    say(f"importing {COUNT:,} users into {database.name}")
    keyhold(folder, database, "db", "create")
    assert keyhold(folder, database, "import", "csv", "users.csv", "--apply")[0]["added"] == COUNT
    say(f"writing {COUNT:,} events into {database.name}")
    spell, numbers = SPELLED[database.name]
    joined = "CONCAT({}, {})" if database.name == "MariaDB" else "{} || {}"
    database.sql(EVENTS.format(id=joined.format("'018c0000-0000-7000-8000-'", spell.format("n")),
                               account=joined.format("'018c0000-0000-7000-8000-'", spell.format("n % 100")), numbers=numbers))
    database.sql(f"UPDATE keyhold_event_chain SET sequence = {COUNT}, hash = 'x'")
    environment = clean_environment() | {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url}
    for command, said in ((["user", "add", "root"], PASSWORD + "\n"), (["role", "grant", "admin", "root"], "")):
        subprocess.run([str(KEYHOLD), *command], cwd=folder, env=environment, input=said, text=True, check=True, capture_output=True)
    return environment


class Asker:
    """An administrator, on a connection that stays open."""
    def __init__(self, peer):
        self.fields = {"Authorization": f"Bearer {peer.post('/login', {'username': 'root', 'password': PASSWORD})['access_token']}"}
        self.connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)

    def ask(self, path):
        """The seconds that the answer takes, and the answer."""
        started = time.perf_counter()
        self.connection.request("GET", path, headers=self.fields)
        answer = self.connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - started
        assert answer.status == 200, (path, answer.status, body)
        return seconds, json.loads(body)


def questions(asker):
    """Each with how many it finds; the first is what the others are held against."""
    users, events = "/admin/api/users", "/admin/api/events"
    second = quote(asker.ask(users)[1]["next"])
    second_event = quote(asker.ask(events)[1]["next"])
    return {
        "users, page 1": (users, 100), "users, page 2": (f"{users}?cursor={second}", 100), "users, page 5,000": (f"{users}?cursor=user0499899", 100),
        "users, last page": (f"{users}?cursor=user0999899", 100), "users, prefix of 1,000": (f"{users}?prefix=user0777", 100),
        "users, by address": (f"{users}?by=email", 100), "users, by address, last page": (f"{users}?by=email&cursor=user0999899%40example.com", 100),
        "users, prefix of addresses": (f"{users}?by=email&prefix=user0777", 100), "users, exactly one": (f"{users}?username=user0777777", 1),
        "users, exactly one address": (f"{users}?email=user0777777%40example.com", 1),
        "events, page 1": (events, 100), "events, page 2": (f"{events}?cursor={second_event}", 100),
        "events, last page": (f"{events}?cursor={account(101)}", 100), "events of an account": (f"{events}?account={account(7)}", 100),
        "events of a kind": (f"{events}?kind=password_changed", 100),
    }


def measure_on(database, folder):
    """All questions take turns, so that none has the buffers to itself. Every answer is checked for its number of rows."""
    environment = fill(database, folder)
    port = free_port()
    peer = Peer("Keyhold", [str(KEYHOLD), "serve", "--bind", f"127.0.0.1:{port}", "--admin-bind", "", "--drain-delay", "0", "--access-log", "false"],
                environment | {"KEYHOLD_EVENTS_DAYS": "0"}, port, folder, "/nothing")  # those below are old
    try:
        asker = Asker(peer)
        asked = questions(asker)
        took = {name: [] for name in asked}
        say(f"asking {database.name}")
        for number in range(ASKED + 5):
            for name, (path, count) in asked.items():
                seconds, answer = asker.ask(path)
                assert len(answer.get("users", answer.get("events"))) == count, (name, answer)
                if number >= 5:  # the first ones fill buffers
                    took[name].append(seconds * 1000)
    finally:
        peer.process.terminate()
        peer.process.wait(30)
    rows = []
    for name, times in took.items():
        first = took["events, page 1" if name.startswith("events") else "users, page 1"]
        rows.append([f"{database.name}: {name}", f"{median(times):.2f}", f"{quantiles(times, n=20)[-1]:.2f}", f"{median(times) / median(first):.2f}"])
    return rows


def measure(options):
    makers = {"sqlite": lambda folder: Sqlite(folder), "postgresql": lambda _: Server(databases.Postgresql), "mariadb": lambda _: Server(databases.Mariadb)}
    rows = []
    for name in [options.only] if options.only else makers:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            with open(folder / "users.csv", "w") as file:
                file.write("username,email,password_hash\n")
                for i in range(COUNT):
                    user = f"user{(i * STEP) % COUNT:07d}"
                    file.write(f"{user},{user}@example.com,{PASSWORD_HASH}\n")
            database = makers[name](folder)
            try:
                rows += measure_on(database, folder)
            finally:
                database.remove()
    yield (f"Pages of a hundred among {COUNT:,} users and {COUNT:,} events (each asked {ASKED} times)",
           ["database and question", "ms, median", "ms, 95th percentile", "beside page 1"], rows)
