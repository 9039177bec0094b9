# SPDX-License-Identifier: Apache-2.0
"""Whoever reads German is told everything in German: pages, events, refusals and what is wrong with a field."""
import json
import re
from html import unescape

import pytest
from conftest import Account
from page_reader import Browser
from server import PASSWORD, QUICK, ROOT, Server
from test_admin_pages import PAGES, id_of, keyhold
from wire import ask

PERSONAL = ["/", "/account", "/account/password", "/account/sessions", "/account/events", "/account/close", "/account/address", "/verify", "/sign-out"]
PUBLIC = ["/sign-in", "/sign-up", "/forgot", "/reset", "/problems", "/not-me?token=x", "/first-administrator?token=x", "/nowhere"]


def texts(language):
    lines = "\n".join((ROOT / "web/texts" / folder / f"{language}.txt").read_text() for folder in (".", "admin", "clients", "recovery")).splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith("#"))


def english_sentences():
    """Those that say something else in German, cut at their values: what of them stands in every page."""
    german = texts("de")
    pieces = {piece.strip() for key, text in texts("en").items() if german.get(key, text) != text for piece in re.split(r"\{\{\w+\}\}|<[^>]*>", text)}
    return [piece for piece in pieces if piece.count(" ") >= 2]


def shown(page):
    """What somebody reads, without what stands there in English and says so: sentences of the API, commands."""
    text = re.sub(r"<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\1>", " ", page.split("<main")[1], flags=re.S)
    text = re.sub(r"<(code|pre)\b.*?</\1>", " ", text, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("german"), {name: value for name, value in QUICK.items() if name != "SECRET_KEY"})
    Account(started.port, "ann")
    keyhold(started, "role", "add", "editor", "notes:write")
    keyhold(started, "client", "add", "wiki", "--redirect-uri", "https://wiki.example.com/callback")
    for _ in range(2):
        ask(started.port, "POST", "/login", json={"username": "ann", "password": "pa55-wrong"})
    Account(started.port, "boss")
    keyhold(started, "role", "grant", "admin", "boss")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def boss(server):
    browser = Browser(server.port, language="de")
    browser.get("/sign-in")
    browser.send("/sign-in", username="boss", password=PASSWORD)
    return browser


def test_no_page_says_in_english_what_there_is_german_for(server, boss):
    stranger, sentences = Browser(server.port, language="de"), english_sentences()
    assert len(sentences) > 200
    pages = [(stranger, path) for path in PUBLIC] + [(boss, path) for path in PERSONAL] + [(boss, path.replace("{id}", id_of(server, "ann"))) for path in PAGES]
    for browser, path in pages:
        browser.get(path)
        assert '<html lang="de"' in browser.page, path
        said = re.sub(r"\s+", " ", shown(browser.page))
        assert not [sentence for sentence in sentences if sentence in said], path


def test_an_english_page_would_be_seen(server):
    browser = Browser(server.port)
    browser.get("/forgot")
    assert [sentence for sentence in english_sentences() if sentence in re.sub(r"\s+", " ", shown(browser.page))]


def test_each_kind_of_event_has_a_german_sentence():
    german, kinds = texts("de"), re.findall(r'EventKind\{"(\w+)"', (ROOT / "src/store/events/event_kinds.hpp").read_text())
    assert len(kinds) > 30 and [kind for kind in kinds if f"admin_event.{kind}" not in german] == []


def test_each_code_in_the_list_of_events_and_of_mails_has_a_german_word():
    german, read = texts("de"), lambda path: (ROOT / path).read_text()
    doors = re.findall(r'"(\w+)"', re.search(r"\bdoors[^{;]*\{(.*?)\}", read("src/store/events/event_store.cpp")).group(1))
    reasons = re.findall(r'EndReason \w+\{"(\w+)"', read("src/domain/sessions/sessions.hpp"))
    for folder in ("src/store", "src/domain"):
        reasons += [reason for file in (ROOT / folder).rglob("*.cpp") for reason in re.findall(r'\.?reason = (?:[^,;}]*\? )?"(\w+)"', file.read_text())]
    mails = [kind for kind in json.loads(read("web/mails/en.json")) if kind not in ("origin", "common")]
    assert len(doors) == 6 and len(set(reasons)) > 20 and len(mails) > 10
    codes = [f"admin_door.{code}" for code in doors] + [f"admin_reason.{code}" for code in reasons] + [f"admin_mail.{code}" for code in mails]
    assert [code for code in codes if code not in german or german[code] == texts("en")[code]] == []


def test_no_page_of_an_administrator_shows_a_code_where_there_is_a_word(server, boss):
    """A code that people read stands in <code>, names and addresses in <bdi>."""
    keyhold(server, "session", "revoke-all", "ann")
    keyhold(server, "user", "disable", "ann")
    keyhold(server, "user", "enable", "ann")
    german = " ".join(texts("de").values())  # a hint may name a column
    for path in PAGES:
        boss.get(path.replace("{id}", id_of(server, "ann")))
        said = re.sub(r"<bdi>.*?</bdi>", " ", boss.page, flags=re.S)
        assert [code for code in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", shown(said)) if code not in german] == [], path
        if path in ("/admin/events", "/admin/users/{id}"):
            assert "auf der Befehlszeile" in said and "über die Schnittstelle" in said and "von Hand beendet" in said
            assert ", by " not in said and "keyhold user disable, durch " in said
    boss.get("/admin/settings")
    assert ">Vorgabe<" in boss.page and ">default<" not in boss.page


@pytest.mark.parametrize(("fields", "said"), [({"username": " ", "password": "x"}, ("Ein Name kann nicht mit einem Leerzeichen beginnen oder enden", "Ein Passwort hat mindestens 8 Zeichen")),
                                              ({"username": "a\u200bb", "password": PASSWORD}, ("Ein Name kann keine unsichtbaren Zeichen enthalten",)),
                                              ({"username": "ann", "password": PASSWORD}, ("Diesen Namen gibt es schon",))])
def test_what_is_wrong_with_a_field_is_said_in_german(server, fields, said):
    browser = Browser(server.port, language="de")
    browser.get("/sign-up")
    browser.send("/sign-up", **fields)
    for sentence in said:
        assert sentence in unescape(browser.page), sentence


def test_a_refusal_has_a_german_heading(server):
    browser = Browser(server.port, language="de")
    assert browser.get("/nowhere").status == 404 and "Nicht gefunden" in browser.page and "Not Found" not in browser.page
