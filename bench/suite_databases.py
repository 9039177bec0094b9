# SPDX-License-Identifier: Apache-2.0
"""Accounts found by name per second on private servers of PostgreSQL and MariaDB: Keyhold's store beside pgbench and beside
libmariadb, which prepare the same statement once and run it over and over. Server and clients share this machine."""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import load
from peers import KEYHOLD, ROOT, SECRET_KEY, clean_environment
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

USERS = 100_000
LOOKUPS = ROOT / "build/bench/bench/lookups"
SELECT = ("SELECT id, username, name_key, password_hash, disabled, created_at, generation, password_nfc "
          "FROM keyhold_accounts WHERE name_key = 'user' || :number::text;")


def fill(url, folder):
    """Users by `keyhold import`; the same hash for all, which nobody checks here."""
    password = "$2b$12$" + "A" * 53
    (folder / "users.csv").write_text("username,password_hash\n" + "".join(f"user{i},{password}\n" for i in range(USERS)))
    env = clean_environment() | {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url}
    subprocess.run([str(KEYHOLD), "db", "create"], cwd=folder, env=env, check=True, capture_output=True)
    done = subprocess.run([str(KEYHOLD), "import", "csv", "users.csv", "--apply", "--json"], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)["added"] == USERS, done.stdout + done.stderr


def ours(url, connections, seconds):
    """Keyhold's store in a program without a server (bench/lookups.cpp), each connection with a thread of its own."""
    return load.run([str(LOOKUPS), "keyhold", str(connections), str(seconds), str(USERS)], os.environ | {"LOOKUPS_URL": url})["per_second"]


def pgbench(server, folder, connections, seconds):
    """Each connection prepares its statement once. It reads the first eight of the columns that the store reads."""
    (folder / "lookup.sql").write_text(f"\\set number random(0, {USERS - 1})\n{SELECT}\n")
    command = [databases.POSTGRESQL_PROGRAMS / "pgbench", "-n", "-M", "prepared", "-f", folder / "lookup.sql", "-c", connections, "-j", connections,
               "-T", seconds, "-h", "127.0.0.1", "-p", server.port, "-U", "keyhold", "bench"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=os.environ | {"PGPASSWORD": databases.PASSWORD})
    assert done.returncode == 0, done.stderr
    return float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1))


def libmariadb(server, folder, connections, seconds):
    env = os.environ | {"LOOKUPS_PORT": str(server.port), "LOOKUPS_PASSWORD": databases.PASSWORD, "LOOKUPS_DATABASE": "bench"}
    return load.run([str(LOOKUPS), "libmariadb", str(connections), str(seconds), str(USERS)], env)["per_second"]


def measure(options):
    rows = []
    for kind, peer, raw in [(databases.Postgresql, "pgbench -M prepared", pgbench), (databases.Mariadb, "libmariadb", libmariadb)]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            server = kind().make().start()
            say(f"filling {server.name}")
            url = server.create("bench")
            fill(url, folder)
            for connections in (1, 4, 16):
                say(f"{server.name}, {connections} connections")
                # Who comes first changes from round to round.
                pairs = []
                for number in range(options.rounds):
                    both = [lambda: ours(url, connections, options.seconds), lambda: raw(server, folder, connections, options.seconds)]
                    first = number % 2
                    results = {first: both[first](), 1 - first: both[1 - first]()}
                    pairs.append((results[0], results[1]))
                rows.append([f"{server.name}, {connections} connections", f"{median(mine for mine, _ in pairs):,.0f}", peer,
                             f"{median(theirs for _, theirs in pairs):,.0f}", f"{median(mine / theirs for mine, theirs in pairs):.2f}"])
            server.remove()
    yield (f"Accounts found by name per second among {USERS:,} (medians of {options.rounds}; ratio of each round)",
           ["database", "Keyhold's store", "beside", "per second", "ratio"], rows)
