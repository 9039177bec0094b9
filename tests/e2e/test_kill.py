# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the midst of writing: whatever was answered is there when the server is back. 50 rounds with --long."""
import os

from server import QUICK, Server
from writers import check, stored_names, write_until

ROUNDS = 50 if os.environ.get("KEYHOLD_TEST_LONG") else 4


def test_what_was_answered_is_there_after_a_kill(tmp_path):
    everybody = set()
    for number in range(ROUNDS):
        server = Server(tmp_path, QUICK)
        writers = write_until(server.port, f"r{number}", server.kill)
        everybody |= {name for writer in writers for name in writer.registered}
        assert not everybody - stored_names(tmp_path, QUICK), f"round {number}"
        again = Server(tmp_path, QUICK)
        check(writers, again.port)
        again.stop()
