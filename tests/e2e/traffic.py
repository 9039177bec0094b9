# SPDX-License-Identifier: Apache-2.0
"""Many clients that ask without end, on kept connections and on new ones, and remember every failure."""
import threading

from waiting import eventually
from wire import Connection, request_bytes


class Traffic:
    def __init__(self, connect, token, kept=8, fresh=8):
        self.connect = connect
        self.request = request_bytes("GET", "/protected", [("Authorization", f"Bearer {token}")])
        self.going = True
        self.answers = [0] * (kept + fresh)
        self.failures = []
        self.threads = [threading.Thread(target=self._ask, args=(number, number < kept)) for number in range(kept + fresh)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()

    def count(self):
        return sum(self.answers)

    def goes_on(self, more=200, seconds=60):
        """Waits for so many more answers."""
        goal = self.count() + more
        eventually(lambda: self.failures or self.count() >= goal, seconds, "nothing is answered any more")

    def _ask(self, number, keep):
        connection = None
        while self.going and not self.failures:
            try:
                connection = connection or self.connect()
                connection.send(self.request)
                answer = connection.read()
                if answer.status != 200:
                    self.failures.append(f"{answer.status} {answer.body[:200]!r}")
                self.answers[number] += 1
                if not keep or answer.header("connection") == "close":
                    connection.socket.close()
                    connection = None
            except (OSError, AssertionError) as broken:
                self.failures.append(f"{'kept' if keep else 'new'} connection: {broken!r}")


def over_tcp(port):
    return lambda: Connection(port)
