# SPDX-License-Identifier: Apache-2.0
"""A private Postfix on a free port: Debian's programs, with a configuration, a queue and mailboxes in a temporary folder. It has to be root."""
import email
import email.policy
import os
import pwd
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from server import free_port
from waiting import eventually

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.example.org
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {certificate}/tls.pem
smtpd_tls_key_file = {certificate}/tls.key
smtpd_tls_security_level = encrypt
smtpd_tls_loglevel = 1
smtpd_recipient_restrictions = {restrictions}
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd{implicit}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def why_not():
    """Why there is none; empty if there can be one."""
    if not Path("/usr/lib/postfix/sbin/master").exists():
        return "Debian's postfix is not installed"
    return "" if os.geteuid() == 0 else "Postfix has to be root"


class Postfix:
    def __init__(self, folder, authority, names, restrictions="permit_mynetworks", implicit=False, host="localhost"):
        self.folder, self.port = folder, free_port()
        authority.issue(names=(host,))
        shutil.copytree(authority.folder, folder / "certificate")
        nobody = pwd.getpwnam("nobody")
        for name in ("config", "queue", "data", "boxes"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "boxes", "nobody", "nogroup")
        for parent in (folder, *folder.parents):  # who delivers is nobody
            if parent.owner() == "root" and not parent.stat().st_mode & 1:
                parent.chmod(parent.stat().st_mode | 0o011)
        boxes = ", ".join(f"{{ {name}@example.com = {name}/ }}" for name in names)
        (folder / "config/main.cf").write_text(MAIN.format(folder=folder, certificate=folder / "certificate", uid=nobody.pw_uid, gid=nobody.pw_gid, boxes=boxes,
                                                           restrictions=restrictions))
        (folder / "config/master.cf").write_text(MASTER.format(port=self.port, implicit=" -o smtpd_tls_wrappermode=yes" if implicit else ""))
        self.scheme = "smtps" if implicit else "smtp"
        self.url = f"{self.scheme}://localhost:{self.port}"
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(["/usr/sbin/postfix", "-c", self.folder / "config", "start-fg"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(self.folder / "errors", "wb"), start_new_session=True)
        eventually(lambda: self.process.poll() is not None or self.accepts(), what=self.complaint)
        assert self.process.poll() is None, self.complaint()
        return self

    def __exit__(self, *_):
        os.kill(int((self.folder / "queue/pid/master.pid").read_text()), signal.SIGTERM)  # it leads a session of its own
        self.process.wait(30)

    def accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 10).close()
        except OSError:
            return False
        return True

    def log(self):
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def complaint(self):
        return f"Postfix: {(self.folder / 'errors').read_text()}{self.log()[-3000:]}"

    def mails(self, name):
        """What stands in the box of somebody, in the order in which it came."""
        files = sorted((self.folder / "boxes" / name).glob("new/*"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
