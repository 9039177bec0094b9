# SPDX-License-Identifier: Apache-2.0
"""Which names are the same person. The same table on every database: a collation of MariaDB's or PostgreSQL's would see it otherwise."""
import unicodedata

import pytest
from expect import problem
from server import PASSWORD
from wire import ask

# (what, a name, another, whether they are one person)
NAMES = [
    ("upper and lower case", "bob", "BOB", True),
    ("upper and lower case outside ASCII", "ÉMILE", "émile", True),
    ("an accent", "bób", "bob", False),
    ("an accent, composed and decomposed", "zoë", unicodedata.normalize("NFD", "zoë"), True),
    ("sharp s and ss", "strauß", "strauss", True),
    ("dotless i", "ısaac", "isaac", False),
    ("capital I and dotless i", "ISAK", "ısak", False),
    ("the Kelvin sign and k", "\u212aelvin", "kelvin", True),
    ("the Ångström sign and å", "\u212bsa", "åsa", True),
    ("full width", "Ｍａｒｙ", "mary", True),
    ("ligature fi", "ﬁona", "fiona", True),
    ("superscript two", "r²d2", "r2d2", True),
    ("final and other sigma", "οδυσσεύς", "ΟΔΥΣΣΕΎΣ", True),
    ("Greek o and Latin o", "οtto", "otto", False),
    ("Cyrillic a and Latin a", "аnna", "anna", False),
    ("one emoji and another", "😀", "😃", False),
    ("an emoji and nothing", "joe😀", "joe", False),
    ("a space within", "jo ann", "joann", False),
    ("one space and two", "a b", "a  b", True),
    ("a percent sign", "b%b", "bab", False),
    ("an underscore", "c_c", "cac", False),
    ("a backslash", "d\\d", "dd", False),
    ("a quote and two", "e'e", "e''e", False),
    ("digits of another script", "user٣", "user3", False),
    ("length", "x" * 255, "x" * 256, False),
]


def register(server, name):
    return ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD})


def log_in(server, name):
    return ask(server.port, "POST", "/login", json={"username": name, "password": PASSWORD}).status


@pytest.mark.parametrize(("first", "second", "same"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_who_is_the_same_person(start, first, second, same):
    server = start()
    assert register(server, first).status == 200
    assert log_in(server, second) == (200 if same else 401)
    answer = register(server, second)
    if same:
        problem(answer, 400, "username_taken")
    else:
        assert answer.status == 200 and answer.json()["username"] == unicodedata.normalize("NFC", second)
    assert log_in(server, first) == 200


@pytest.mark.parametrize("name", ["bob ", " bob", "bob\t", "bo\u200bb", "bob\u0000", "\u0301bob"])
def test_names_that_only_look_like_another_are_nobodys(server, name):
    assert register(server, name).status == 422
    assert log_in(server, name) == 401
