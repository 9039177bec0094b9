# SPDX-License-Identifier: Apache-2.0
"""What a server has read of what it was sent, as Linux tells it (sock_diag(7)): a client alone cannot know."""
import errno
import socket
import struct

from waiting import eventually

SOCK_DIAG, BY_FAMILY, REQUEST, ERROR = 4, 20, 1, 2
ANY = 0xFFFFFFFF
ESTABLISHED, LISTENS, GONE = 1, 10, 0
HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
MESSAGE = struct.Struct("=BBBB48xIII")  # inet_diag_msg: family, state, timer, retransmits, id, expires, bytes not read, bytes not acknowledged


def end_of(here, there):
    """Of the socket at `here` whose other end is `there`, both (host, port) of IPv4: (state, bytes not read, bytes not acknowledged)."""
    addresses = b"".join(socket.inet_aton(host).ljust(16, b"\0") for host, _ in (here, there))
    question = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, ANY) + struct.pack("!HH", here[1], there[1]) + addresses + struct.pack("=III", 0, ANY, ANY)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG) as kernel:
        kernel.send(HEADER.pack(HEADER.size + len(question), BY_FAMILY, REQUEST, 1, 0) + question)
        answer = kernel.recv(65536)
    if HEADER.unpack_from(answer)[1] == ERROR:
        code = -struct.unpack_from("=i", answer, HEADER.size)[0]
        if code != errno.ENOENT:
            raise OSError(code, "sock_diag")
        return GONE, 0, 0
    _, state, _, _, _, unread, on_the_way = MESSAGE.unpack_from(answer, HEADER.size)
    # Where there is none, Linux tells of the one that would take a new connection.
    return (GONE, 0, 0) if state == LISTENS else (state, unread, on_the_way)


def servers_end(connection):
    """(state, bytes of what was sent that are not read)."""
    try:
        client, server = connection.socket.getsockname(), connection.socket.getpeername()
    except OSError:  # it was cut
        return GONE, 0
    on_the_way = end_of(client, server)[2]
    state, unread, _ = end_of(server, client)
    return state, on_the_way + unread


def wait_until_read(*connections):
    """Until their server has read all that was sent, or closed."""
    for connection in connections:
        eventually(lambda one=connection: servers_end(one)[1] == 0, what="the server does not read", every=0.001)


def is_let_go(connection):
    """Whether its server has closed it, although the client has not read so far."""
    return servers_end(connection)[0] != ESTABLISHED
