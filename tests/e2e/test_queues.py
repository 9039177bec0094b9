# SPDX-License-Identifier: Apache-2.0
"""That the tests know what a server has read (queues.py): a server of this test reads what it is told to."""
import socket

import pytest
from queues import ESTABLISHED, is_let_go, servers_end, wait_until_read
from wire import Connection


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_what_is_not_read_is_counted_also_before_the_connection_is_accepted(listener):
    with Connection(listener.getsockname()[1]) as connection:
        connection.send(b"x" * 77)
        assert servers_end(connection) == (ESTABLISHED, 77)
        with listener.accept()[0] as accepted:
            accepted.recv(70)
            assert servers_end(connection) == (ESTABLISHED, 7)
            accepted.recv(7)
            wait_until_read(connection)
            assert not is_let_go(connection)


@pytest.mark.parametrize("unread", [b"", b"x"], ids=["quietly", "with a reset"])
def test_who_was_let_go_is_told_from_who_was_not(listener, unread):
    with Connection(listener.getsockname()[1]) as connection:
        accepted, _ = listener.accept()
        connection.send(unread)
        assert not is_let_go(connection)
        accepted.close()
        assert is_let_go(connection)
        wait_until_read(connection)
