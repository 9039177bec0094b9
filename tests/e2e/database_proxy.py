# SPDX-License-Identifier: Apache-2.0
"""A proxy between Keyhold and a database server that makes the database slow, silent, or lose an answer."""
import socket
import threading
import time

from waiting import eventually, until

FOR_EVER = 3600  # seconds; these threads end with their test

NODE_WORDS = (b"LISTEN", b"UPDATE keyhold_nodes")  # what the connection says that follows the changes and renews the lease


class DatabaseProxy:
    def __init__(self, port):
        self.target = port
        self.delay = 0.0  # seconds, for each message towards the database
        self.silent = threading.Event()  # nothing passes in either direction; what was sent meanwhile is lost with its connection
        self.lose_next_commit = threading.Event()  # the next COMMIT passes, and then it is silent
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.silent.clear()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for source, target, outward in ((client, server, True), (server, client, False)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass_on, args=(source, target, outward), daemon=True).start()

    def _pass_on(self, source, target, outward):
        is_node = False
        try:
            while message := source.recv(65536):
                is_node = is_node or any(word in message for word in NODE_WORDS)
                if outward and self.delay:
                    until(time.monotonic() + self.delay)
                if outward and not is_node and self.lose_next_commit.is_set() and b"COMMIT" in message:
                    self.lose_next_commit.clear()
                    self.silent.set()
                    target.sendall(message)
                    continue
                if self.silent.is_set():
                    eventually(lambda: not self.silent.is_set(), FOR_EVER)
                    break
                target.sendall(message)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def through(url, server, proxy):
    """The URL of a database of `server`, by way of the proxy."""
    assert f":{server.port}/" in url
    return url.replace(f":{server.port}/", f":{proxy.port}/")
