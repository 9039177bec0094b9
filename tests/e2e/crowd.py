# SPDX-License-Identifier: Apache-2.0
"""Load from a process of its own: many connections ask for GET /protected without pause."""
import json
import select
import subprocess
import sys
from pathlib import Path

from wire import Connection, request_bytes


class Crowd:
    """with Crowd(port, 64, token) as crowd: ...   Afterwards each of its answers must have been 200."""
    def __init__(self, port, connections, token):
        self.process = subprocess.Popen([sys.executable, Path(__file__), str(port), str(connections)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(token + "\n")
        self.process.stdin.flush()
        self.connections = connections
        self.answers = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        said, _ = self.process.communicate(timeout=60)
        if kind is not None:
            return
        seen = json.loads(said)
        assert not seen["wrong"], seen["wrong"]
        self.answers = seen["answers"]
        assert self.answers >= self.connections


def main():
    port, count = map(int, sys.argv[1:])
    request = request_bytes("GET", "/protected", [("Authorization", f"Bearer {sys.stdin.readline().strip()}")])
    connections = [Connection(port) for _ in range(count)]
    answers, wrong = 0, []
    while not wrong:
        for connection in connections:
            connection.send(request)
        for connection in connections:
            answer = connection.read()
            answers += 1
            if answer.status != 200:
                wrong.append(f"{answer.status} {answer.body.decode()}")
        if select.select([sys.stdin], [], [], 0)[0]:
            break
    print(json.dumps({"answers": answers, "wrong": wrong}))


if __name__ == "__main__":
    main()
