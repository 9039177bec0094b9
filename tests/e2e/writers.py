# SPDX-License-Identifier: Apache-2.0
"""People who write until their server is gone, and what they were told."""
import json
import random
import threading

from people import when_there_is_a_place
from server import PASSWORD, run
from waiting import eventually
from wire import ask

WRITERS = 4
chance = random.Random(9)


class Writer(threading.Thread):
    """Registers, logs in, refreshes and logs out, and notes what was answered; ends when the server does."""
    def __init__(self, port, prefix):
        super().__init__()
        self.port, self.prefix = port, prefix
        self.registered, self.logged_out, self.live, self.changed = [], [], [], []

    def run(self):
        for number in range(100_000):
            try:
                self.one(f"{self.prefix}-{number}")
            except (OSError, AssertionError):  # the connection ended within an answer
                return

    def post(self, path, status=200, **sent):
        answer = when_there_is_a_place(lambda: ask(self.port, "POST", path, **sent))
        if answer.status not in (status, 204):
            raise AssertionError(f"{path}: {answer.status}")
        return answer

    def one(self, name):
        credentials = {"username": name, "password": PASSWORD}
        self.post("/register", json=credentials)
        self.registered.append(name)
        pair = self.post("/login", json=credentials).json()
        newer = self.post("/refresh", json={"refresh_token": pair["refresh_token"]}).json()
        self.live.append(newer["access_token"])
        if len(self.registered) % 3 == 0:
            self.post("/password", token=newer["access_token"], json={"current_password": PASSWORD, "new_password": PASSWORD + "-new"})
            self.changed.append(name)
        elif len(self.registered) % 2 == 0:
            self.live.remove(newer["access_token"])  # from here on nobody knows which of the two it is
            self.post("/logout", token=newer["access_token"])
            self.logged_out.append(newer["access_token"])


def write_until(port, prefix, kill):
    """Lets writers write, and kills their server in the midst of it, after as many registrations as chance will have; the writers."""
    writers = [Writer(port, f"{prefix}w{i}") for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    enough = chance.randrange(4, 40)
    eventually(lambda: sum(len(writer.registered) for writer in writers) >= enough, every=0.003)
    kill()
    for writer in writers:
        writer.join()
    assert sum(len(writer.registered) for writer in writers) > 0
    return writers


def stored_names(folder, env):
    exported = run("user", "export", folder=folder, env=env, check=0).stdout
    return {json.loads(line)["username"] for line in exported.splitlines()}


def check(writers, port):
    """That what they were told is so."""
    for writer in writers:
        for token in writer.logged_out:
            assert ask(port, "GET", "/protected", token=token).status == 401, "a log-out was lost"
        for token in writer.live:
            assert ask(port, "GET", "/protected", token=token).status == 200, "a session was lost"
        for name in writer.changed:
            statuses = [when_there_is_a_place(lambda said=said: ask(port, "POST", "/login", json=said)).status
                        for said in ({"username": name, "password": PASSWORD}, {"username": name, "password": PASSWORD + "-new"})]
            assert statuses == [401, 200], "a password change was lost"
