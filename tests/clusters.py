# SPDX-License-Identifier: Apache-2.0
"""Private clusters for the tests: PostgreSQL with a standby, and three nodes of MariaDB Galera. All on free ports of 127.0.0.1."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import databases
from databases import PASSWORD, PASSWORD_IN_URL, POSTGRESQL_PROGRAMS, run_as_nobody, sh
from waiting import eventually

GALERA = Path("/usr/lib/galera/libgalera_smm.so")  # Debian's galera-4
PATIENCE = 60  # seconds; they all start

# wsrep_sst_...: how a node that was away gets what it lacks. Debian's scripts come with a MariaDB that starts by itself. The nodes of the tests begin as
# copies of one folder, so they never need more than the newest writes, which the servers hand over themselves ("bypass"): only the position is told.
STATE_TRANSFER = '''#!/usr/bin/python3
import socket, sys
options = dict(zip(sys.argv[1:], sys.argv[2:]))
if options["--role"] == "joiner":
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(f"ready 127.0.0.1:{server.getsockname()[1]}", flush=True)
        with server.accept()[0] as donor:
            print(donor.makefile().readline().strip(), flush=True)
else:
    if "--bypass" not in sys.argv:
        sys.exit("this node was away for too long")
    host, port = options["--address"].split("/")[0].rsplit(":", 1)
    with socket.create_connection((host, int(port))) as joiner:
        joiner.sendall((options["--gtid"] + "\\n").encode())
    print("done " + options["--gtid"], flush=True)
'''


class Standby(databases.Postgresql):
    """A copy of a primary that follows it, until it is promoted. Its name is what synchronous_standby_names calls it."""
    def __init__(self, primary, name="standby"):
        super().__init__(name)
        self.primary = primary

    def make(self):
        there = f"host=127.0.0.1 port={self.primary.port} user=keyhold password='{PASSWORD}' application_name={self.name}"
        sh(POSTGRESQL_PROGRAMS / "pg_basebackup", "-D", self.data, "-d", there, "-c", "fast", "-X", "stream", "-R")
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        return self

    def is_streaming(self):
        return self.name in self.primary.run_sql("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'").split()

    def promote(self):
        assert self.run_sql("SELECT pg_promote(true, 30)").strip() == "t"


class GaleraNode(databases.Mariadb):
    def __init__(self, number):
        super().__init__(f"galera-{number}")
        self.group_port, self.transfer_port = databases.free_port(), databases.free_port()
        self.members, self.bootstraps, self.position = [], False, None
        script = self.folder / "wsrep_sst_position"
        script.write_text(STATE_TRANSFER)
        script.chmod(0o755)

    def copy(self, other):
        shutil.copytree(other.data, self.data)
        if os.geteuid() == 0:
            for path in [self.data, *self.data.rglob("*")]:
                shutil.chown(path, "nobody", "nogroup")
        (self.data / "gvwstate.dat").unlink(missing_ok=True)

    def more_options(self):
        others = ",".join(f"127.0.0.1:{one.group_port}" for one in self.members)
        provider = f"gmcast.listen_addr=tcp://127.0.0.1:{self.group_port};ist.recv_addr=127.0.0.1:{self.transfer_port};gcache.size=32M"
        return ["--wsrep-on=ON", f"--wsrep-provider={GALERA}", f"--wsrep-cluster-address=gcomm://{'' if self.bootstraps else others}",
                f"--wsrep-node-address=127.0.0.1:{self.group_port}", f"--wsrep-node-name={self.name}", f"--wsrep-provider-options={provider}",
                "--binlog-format=ROW", "--default-storage-engine=InnoDB", "--innodb-autoinc-lock-mode=2", "--wsrep-sst-method=position",
                *([f"--wsrep-start-position={self.position}"] if self.position else [])]

    def _answers(self):
        try:
            return self.status("wsrep_ready") == "ON"
        except RuntimeError:
            return False

    def status(self, name):
        return self.run_sql(f"SHOW STATUS LIKE '{name}'").split()[-1]

    def recover(self):
        """After a kill: how far it had come, as galera_recovery finds out. What it lacks it gets from the others (IST)."""
        log = self.folder / "recover.log"
        subprocess.run([*run_as_nobody(), "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", "--wsrep-on=ON",
                        f"--wsrep-provider={GALERA}", "--wsrep-cluster-address=gcomm://", "--binlog-format=ROW", "--wsrep-recover",
                        "--skip-networking", f"--socket={self.folder}/recover", f"--pid-file={self.folder}/recover.pid", f"--log-error={log}"], check=True)
        self.position = re.findall(r"Recovered position: (\S+)", log.read_text())[-1]
        log.unlink()
        return self

    def start(self):
        self.environment |= {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        super().start()
        self.bootstraps, self.position = False, None
        return self


def galera(count=3):
    """So many nodes that are one cluster: made of one folder's copies, so that none needs a full state transfer."""
    nodes = [GaleraNode(number) for number in range(count)]
    nodes[0].make()
    nodes[0].bootstraps = True
    nodes[0].start()
    nodes[0].stop()
    for node in nodes:
        node.members = nodes
        if node is not nodes[0]:
            node.copy(nodes[0])
    nodes[0].bootstraps = True
    for node in nodes:
        node.start()
    eventually(lambda: all(node.status("wsrep_cluster_size") == str(count) for node in nodes), PATIENCE, "the cluster did not come", every=0.05)
    return nodes
