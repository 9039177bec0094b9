# SPDX-License-Identifier: Apache-2.0
"""Plays systemd: opens sockets, hands them to a server (sd_listen_fds(3)), hears what it notifies (sd_notify(3))."""
import os
import socket
import subprocess

from server import BINARY, START_SECONDS, environment


class Systemd:
    def __init__(self, folder):
        self.folder = folder
        self.sockets = []
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(str(folder / "notify"))
        self.notified.settimeout(START_SECONDS)
        self.processes = []

    def listen(self, name="keyhold", path=None):
        """A listening socket, as a .socket unit makes one; its port."""
        listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        listening.bind(str(path) if path else ("127.0.0.1", 0))
        listening.listen(1024)
        self.sockets.append((name, listening))
        return None if path else listening.getsockname()[1]

    def start(self, env, wait="READY=1", **variables):
        """A process that has the sockets as descriptors 3, 4 ...; returns when it says that it is ready."""
        descriptors = [listening.fileno() for _, listening in self.sockets]
        given = {"LISTEN_FDS": str(len(descriptors)), "LISTEN_FDNAMES": ":".join(name for name, _ in self.sockets),
                 "NOTIFY_SOCKET": str(self.folder / "notify")} | variables

        def take_descriptors():
            high = [os.dup2(descriptor, 200 + i) for i, descriptor in enumerate(descriptors)]
            for i, descriptor in enumerate(high):
                os.dup2(descriptor, 3 + i)

        with open(self.folder / "server.log", "ab") as log:
            process = subprocess.Popen(["sh", "-c", 'LISTEN_PID=${LISTEN_PID:-$$} exec "$@"', "sh", str(BINARY), "serve"], cwd=self.folder,
                                       env=environment(self.folder, env | given), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       close_fds=False, preexec_fn=take_descriptors)
        self.processes.append(process)
        if wait:
            assert self.hears() == wait, self.log()
        return process

    def hears(self):
        """The next thing that is notified."""
        return self.notified.recv(4096).decode()

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for _, listening in self.sockets:
            listening.close()
        self.notified.close()
