# SPDX-License-Identifier: Apache-2.0
"""A crowd that uses several nodes at once, a log of all its calls, and what may not be in that log (docs/several-nodes.md)."""
import itertools
import random
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

from people import when_there_is_a_place
from server import PASSWORD
from waiting import eventually
from wire import ask

KINDS = ("register", "login", "read", "refresh", "logout")
GOES_ON = 60  # seconds, within which every node has found its database again


@dataclass
class Call:
    what: str  # one of KINDS
    node: int
    begin: float  # time.monotonic(), of this one process
    end: float
    status: int  # 0: no answer
    session: int = 0
    used: str = ""  # the refresh token
    got: str = ""  # its successor
    name: str = ""


class Crowd:
    """Threads that register, log in, read, refresh and log out on whichever node comes up, and go on using tokens that were taken back."""
    def __init__(self, nodes, threads=6):
        self.nodes, self.calls, self.ids, self.stopped = nodes, [], itertools.count(1), threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(random.Random(seed),)) for seed in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def done(self):
        """How many calls of a kind each node has answered with 200: {(what, node): count}."""
        return Counter((call.what, call.node) for call in list(self.calls) if call.status == 200)

    def goes_on(self, more=2):
        """Waits until each node has done each kind of call so many times more."""
        goal = self.done() + Counter({pair: more for pair in itertools.product(KINDS, range(len(self.nodes)))})
        eventually(lambda: self.done() >= goal, GOES_ON, lambda: f"{self.done()} of {goal}", every=0.1)

    def call(self, what, node, method, target, session=0, used="", name="", **kwargs):
        begin = time.monotonic()
        try:
            answer = ask(self.nodes[node].port, method, target, **kwargs)
            body = answer.json() if answer.status == 200 else {}
            status = answer.status
        except (OSError, AssertionError):  # the node was killed meanwhile
            body, status = {}, 0
        self.calls.append(Call(what, node, begin, time.monotonic(), status, session, used, body.get("refresh_token", ""), name))
        return status, body

    def _run(self, choose):
        while not self.stopped.is_set():
            self._live(choose, next(self.ids))

    def _live(self, choose, session):
        def node():
            return choose.randrange(len(self.nodes))

        name = f"history-{session}"
        credentials = {"username": name, "password": PASSWORD}
        if self.call("register", node(), "POST", "/register", name=name, json=credentials)[0] != 200:
            return
        status, tokens = self.call("login", node(), "POST", "/login", session, name=name, json=credentials)
        if status != 200:
            return
        for _ in range(choose.randrange(1, 4)):
            self._read(node(), session, tokens)
            status, fresh = self._refresh(node(), session, tokens)
            if status == 200 and choose.random() < 0.3:
                self._refresh(node(), session, tokens)  # the used one again, within its grace: the same successor
            tokens = fresh or tokens
        for number in range(len(self.nodes)):
            self._read(number, session, tokens)  # every node knows it now
        for _ in range(5):
            status, _ = self.call("logout", node(), "POST", "/logout", session, token=tokens["access_token"])
            if status in (200, 401) or self.stopped.is_set():
                break
        for number in [*range(len(self.nodes)), node(), node()]:
            self._read(number, session, tokens)

    def _read(self, node, session, tokens):
        return self.call("read", node, "GET", "/protected", session, token=tokens["access_token"])

    def _refresh(self, node, session, tokens):
        used = tokens["refresh_token"]
        return self.call("refresh", node, "POST", "/refresh", session, used, json={"refresh_token": used})


def problems(calls):
    """What no history may hold; a sentence for each."""
    found = []
    acknowledged, asked = {}, {}
    for call in calls:
        if call.what == "logout":
            asked[call.session] = min(call.begin, asked.get(call.session, call.begin))
        if call.what == "logout" and call.status == 200:
            acknowledged[call.session] = min(call.end, acknowledged.get(call.session, call.end))
    successors = defaultdict(set)
    for call in calls:
        over = acknowledged.get(call.session)
        if over is not None and call.begin > over and call.what in ("read", "refresh") and call.status == 200:
            found.append(f"node {call.node} took a token of session {call.session} {call.begin - over:.4f} s after its log-out was answered")
        if call.what in ("read", "refresh") and call.status == 401 and call.end < asked.get(call.session, call.end + 1):
            found.append(f"node {call.node} refused a {call.what} of session {call.session}, which nobody had ended")
        if call.what == "refresh" and call.status == 200:
            successors[call.used].add(call.got)
        if call.status not in (0, 200, 400, 401, 503):
            found.append(f"{call.what} on node {call.node} was answered {call.status}")
        if call.what == "login" and call.status in (400, 401):
            found.append(f"{call.name} registered and cannot log in: {call.status}")
    found += [f"a refresh token has {len(those)} successors" for those in successors.values() if len(those) > 1]
    return found


def lost(calls, port):
    """Names whose registration was acknowledged and that are free."""
    taken = {call.name for call in calls if call.what == "register" and call.status == 200}
    return [name for name in sorted(taken)
            if when_there_is_a_place(lambda name=name: ask(port, "POST", "/login", json={"username": name, "password": PASSWORD})).status != 200]


def live_successors(calls, port, client):
    """For each session, how many of all the refresh tokens that it was ever given are good now (RFC 7662)."""
    given = defaultdict(set)
    for call in calls:
        if call.got:
            given[call.session].add(call.got)
    return {session: sum(ask(port, "POST", "/introspect", form={"token": token}, fields=[client]).json()["active"] for token in tokens)
            for session, tokens in given.items()}
