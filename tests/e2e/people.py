# SPDX-License-Identifier: Apache-2.0
"""People who use a server."""
import time

from server import PASSWORD
from waiting import PATIENCE, eventually, until
from wire import ask


def coming_back(come, code=None):
    """What `come` is answered in the end. Whoever is told to come back does: for this reason, or for any."""
    def answer():
        said = come()
        if said.status != 503 or said.header("retry-after") is None or code and said.json().get("code") != code:
            return said
        until(time.monotonic() + int(said.header("retry-after")))
    return eventually(answer, 2 * PATIENCE, "nobody had the time")


def when_there_is_a_place(come):
    """On a machine that is busy with other things a password may find no place in time."""
    return coming_back(come, "overloaded")


class Account:
    """Somebody who registered and logged in."""
    def __init__(self, port, name, password=PASSWORD):
        self.port, self.name, self.password = port, name, password
        registered, logged_in = (when_there_is_a_place(lambda path=path: ask(port, "POST", path, json={"username": name, "password": password}))
                                 for path in ("/register", "/login"))
        assert registered.status == 200, registered.body
        assert logged_in.status == 200, logged_in.body
        self.token = logged_in.json()["access_token"]

    def greeting(self, token=None):
        return ask(self.port, "GET", "/protected", token=token or self.token)
