# SPDX-License-Identifier: Apache-2.0
"""The embedded pages: two codings of one content, and tags by which a browser keeps them."""
import gzip
import re
from urllib.parse import urljoin

import pytest
from wire import ask

PAGES = {"/docs": "text/html; charset=utf-8", "/redoc": "text/html; charset=utf-8", "/docs/oauth2-redirect": "text/html; charset=utf-8",
         "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8", "/docs/swagger-ui.css": "text/css; charset=utf-8",
         "/redoc/redoc.standalone.js": "text/javascript; charset=utf-8", "/favicon.svg": "image/svg+xml"}


def get(server, path, **fields):
    return ask(server.port, "GET", path, [(name.replace("_", "-"), value) for name, value in fields.items()])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_the_same_compressed_or_not(server, path):
    plain, packed = get(server, path), get(server, path, Accept_Encoding="br, gzip;q=0.8")
    assert (plain.status, packed.status) == (200, 200)
    assert plain.header("content-encoding") is None and packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.header("content-type") == packed.header("content-type") == PAGES[path]
    assert "accept-encoding" in plain.items("vary") & packed.items("vary")
    assert plain.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("refusing", ["gzip;q=0", "identity", "br", "", "gzip;q=0.000, *;q=0"])
def test_who_does_not_accept_gzip_gets_none(server, refusing):
    assert get(server, "/docs", Accept_Encoding=refusing).header("content-encoding") is None


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_that_has_a_page_is_told_that_it_did_not_change(server, path):
    for coding in ({}, {"Accept_Encoding": "gzip"}):
        first = get(server, path, **coding)
        tag = first.header("etag")
        assert re.fullmatch(r'"[A-Za-z0-9_-]+"', tag), tag
        for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = get(server, path, If_None_Match=condition, **coding)
            assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
        assert get(server, path, If_None_Match='"other"', **coding).status == 200


def test_the_two_codings_have_tags_of_their_own(server):
    assert get(server, "/docs").header("etag") != get(server, "/docs", Accept_Encoding="gzip").header("etag")


def test_what_a_page_names_is_there_and_on_this_server(server):
    for page in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        named = re.findall(r'(?:src|href)="([^"]+)"', get(server, page).body.decode())
        assert named
        for target in named:
            assert not re.match(r"[a-z]+:|//", target), target
            assert get(server, urljoin(page, target), Accept="text/html").status == 200, target
