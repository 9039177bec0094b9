# SPDX-License-Identifier: Apache-2.0
"""The revocation feed and the guards that follow it, in each language: a log-out counts elsewhere within a second, and nobody's thread waits for it."""
import os
import statistics
import time

import jwt
import pytest
from conftest import Account
from expect import problem
from feed import PATH, Waiting, fingerprint, get, newest, quiet, read, sid_of
from guards import LANGUAGES, guard_of
from oidc import ENV, Provider
from people import when_there_is_a_place
from queues import GONE, end_of, wait_until_read
from server import DATABASE, PASSWORD, QUICK, Server, free_port, run
from waiting import eventually
from wire import ask

ROUNDS = 100 if os.environ.get("KEYHOLD_TEST_LONG") else 20
PROMISE = 1.0  # seconds, of most log-outs: any one may meet a moment at which the machine is busy with others
TOLD = 6.0  # seconds: whoever was not told is answered after eight, or asks again then


@pytest.fixture
def provider(tmp_path):
    started = Provider(tmp_path, {"KEYHOLD_IO_THREADS": "1", "KEYHOLD_DRAIN_TIMEOUT": "60"})  # longer than a stop may take here
    yield started
    started.stop()


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def guard(provider, language):
    made = []

    def make(**options):
        made.append(guard_of(language, provider.url, **options))
        assert made[-1].said == "ready"
        return made[-1]

    yield make
    for one in made:
        assert one.stop() == 0


def log_in(provider, name, **more):
    answer = when_there_is_a_place(lambda: ask(provider.port, "POST", "/login", json={"username": name, "password": PASSWORD} | more))
    assert answer.status == 200, answer.body
    return answer.json()["access_token"]


def log_out(provider, token):
    assert ask(provider.port, "POST", "/logout", token=token).status == 200


def keyhold(provider, *words, stdin=""):
    return run(*words, folder=provider.folder, env=ENV, stdin=stdin, check=0)


def refused_as_it_was_told(guard, token):
    """How long it took from now on."""
    begin = time.monotonic()
    eventually(lambda: guard.check(token) == "401 token_not_live", what=lambda: f"{guard.check(token)}; {guard.trouble()}; {guard.ask('revocations')}", every=0.002)
    assert (took := time.monotonic() - begin) <= TOLD, took
    return took


def told_in_time(provider, token_of, end, waiters=1):
    """Whoever waits at the provider is told of a session that ended, within the promise most of the times."""
    took = []
    for _ in range(5):
        token, before = token_of(), newest(provider)
        waiting = [Waiting(provider, before) for _ in range(waiters)]
        wait_until_read(*(one.connection for one in waiting))
        end(token)
        begin = time.monotonic()
        answers = [one.answer() for one in waiting]
        took.append(time.monotonic() - begin)
        assert read(provider, answers[0].body).sessions == [fingerprint(sid_of(token))]
        assert all(fingerprint(sid_of(token)) in answer.body for answer in answers)
    assert statistics.median(took) <= PROMISE, took


# The feed.

def test_a_log_out_stands_in_the_feed_as_a_fingerprint_and_nobody_elses_does(provider):
    ann, bob = Account(provider.port, "ann"), Account(provider.port, "bob")
    before = newest(provider)
    log_out(provider, ann.token)
    page = get(provider, before)
    assert page.sessions == [fingerprint(sid_of(ann.token))]
    assert page.claims["after"] == before and page.claims["whole"] is True and page.claims["more"] is False
    assert page.claims["keep"] == 30 * 60
    assert fingerprint(sid_of(bob.token)) not in get(provider).sessions
    assert sid_of(ann.token).encode() not in ask(provider.port, "GET", PATH).body


def test_a_changed_role_stands_there_with_its_account_and_time(provider):
    ann = Account(provider.port, "ann")
    keyhold(provider, "role", "add", "editor", "notes:write")
    before = newest(provider)
    keyhold(provider, "role", "grant", "editor", "ann")
    page = get(provider, before)
    subject = jwt.decode(ann.token, options={"verify_signature": False})["sub"]
    assert page.sessions == [] and list(page.accounts) == [fingerprint(subject)]
    assert abs(page.accounts[fingerprint(subject)] - time.time()) < 60
    before = page.claims["last"]
    keyhold(provider, "role", "remove", "editor", "notes:write")
    assert abs(get(provider, before).claims["roles_changed_at"] - time.time()) < 60


def test_whoever_waits_is_answered_by_the_log_out_and_keeps_no_thread(provider):
    """One I/O thread and fewer threads than there are who wait; log-ins and look-ups go on meanwhile."""
    ann = Account(provider.port, "ann")
    before = quiet(provider)
    threads = len(os.listdir(f"/proc/{provider.process.pid}/task"))
    waiting = [Waiting(provider, before) for _ in range(100)]
    for _ in range(50):
        assert ann.greeting().status == 200
    bob = Account(provider.port, "bob")
    assert len(os.listdir(f"/proc/{provider.process.pid}/task")) <= threads + 8  # threads of pools come with the first work
    log_out(provider, bob.token)
    for one in waiting:
        assert fingerprint(sid_of(bob.token)) in one.answer().body
    told_in_time(provider, lambda: log_in(provider, "bob"), lambda token: log_out(provider, token), waiters=100)


def test_a_log_out_by_another_process_answers_whoever_waits(provider):
    Account(provider.port, "ann")
    quiet(provider)
    told_in_time(provider, lambda: log_in(provider, "ann"), lambda token: keyhold(provider, "session", "revoke", sid_of(token)))


def test_without_news_the_answer_is_that_there_are_none(provider):
    Account(provider.port, "ann")
    before = quiet(provider)
    begin = time.monotonic()
    page = get(provider, before, wait=1)
    assert 1 <= time.monotonic() - begin < TOLD
    assert page.sessions == [] and page.accounts == {} and page.claims["last"] == before and page.claims["whole"] is True
    took = []
    for _ in range(5):
        begin = time.monotonic()
        assert get(provider, before, wait=0).claims["last"] == before
        took.append(time.monotonic() - begin)
    assert min(took) < 1, took


def test_whoever_hangs_up_while_waiting_is_forgotten_and_a_stop_waits_for_nobody(provider):
    before = quiet(provider)
    waiting = [Waiting(provider, before) for _ in range(20)]
    wait_until_read(*(one.connection for one in waiting))
    gone = [(one.connection.socket.getpeername(), one.connection.socket.getsockname()) for one in waiting[:19]]
    for one in waiting[:19]:
        one.hang_up()
    eventually(lambda: all(end_of(*pair)[0] == GONE for pair in gone), TOLD)
    waiting.append(Waiting(provider, before))
    wait_until_read(waiting[20].connection)
    begin = time.monotonic()
    provider.process.terminate()
    assert waiting[20].answer().status in (200, 503)
    waiting[20].hang_up()
    assert provider.process.wait(30) == 0
    assert time.monotonic() - begin < TOLD


def test_there_is_no_feed_where_a_shared_secret_signs(start):
    shared = start(QUICK)
    assert problem(ask(shared.port, "GET", PATH), 404)["code"] == "not_found"


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=61", "wait=-1", "after=99999999999999999999", "after=1&after=2"])
def test_a_question_that_is_none_is_refused(provider, query):
    assert ask(provider.port, "GET", f"{PATH}?{query}").status == 422


def test_a_number_that_is_still_to_come_is_another_databases_so_all_is_told_anew(provider):
    ann = Account(provider.port, "ann")
    log_out(provider, ann.token)
    page = get(provider, newest(provider) + 1000, wait=8)
    assert page.claims["whole"] is False and fingerprint(sid_of(ann.token)) in page.sessions


# The guard.

def test_a_log_out_reaches_a_guard_within_a_second(provider, guard):
    Account(provider.port, "ann")
    following = guard()
    took = []
    for _ in range(ROUNDS):
        token, other = log_in(provider, "ann"), log_in(provider, "ann")
        assert following.check(token).startswith("200") and following.check(other).startswith("200")
        log_out(provider, token)
        took.append(refused_as_it_was_told(following, token))
        assert following.check(other).startswith("200")
    print(f"log-out to refusal, {ROUNDS} rounds: {statistics.median(took):.3f} s in the median, at most {max(took):.3f} s")
    assert statistics.median(took) <= PROMISE, took


def test_what_was_revoked_before_a_guard_began_is_refused_by_its_first_answer(provider, guard):
    ann = Account(provider.port, "ann")
    log_out(provider, ann.token)
    assert guard().check(ann.token) == "401 token_not_live"
    assert guard(follow="no").check(ann.token).startswith("200"), "the token is good but for that"


@pytest.mark.parametrize("how", [
    ("user", "disable", "ann"), ("user", "delete", "ann"), ("user", "set-password", "ann"), ("session", "revoke-all", "ann")], ids=lambda how: how[1])
def test_whatever_ends_a_session_reaches_the_guard(provider, guard, how):
    ann, bob = Account(provider.port, "ann"), Account(provider.port, "bob")
    following = guard()
    assert following.check(ann.token).startswith("200")
    keyhold(provider, *how, stdin="pa55-another-one\n")
    refused_as_it_was_told(following, ann.token)
    assert following.check(bob.token).startswith("200")


def test_a_token_that_says_more_than_its_account_may_is_refused_and_the_next_one_is_good(provider, guard):
    Account(provider.port, "ann")
    keyhold(provider, "role", "add", "editor", "notes:write")
    keyhold(provider, "role", "grant", "editor", "ann")
    following = guard()
    token = log_in(provider, "ann")
    # A token of the second in which the role was granted counts as older.
    eventually(lambda: following.ask(f"scope notes:write {log_in(provider, 'ann')}").startswith("200"))
    token = log_in(provider, "ann")
    assert following.ask(f"scope notes:write {token}").startswith("200")
    keyhold(provider, "role", "revoke", "editor", "ann")
    refused_as_it_was_told(following, token)
    token = log_in(provider, "ann")
    assert following.ask(f"scope notes:write {token}") == "403 insufficient_scope"


def test_a_key_that_is_dropped_ends_its_tokens_at_the_guard(provider, guard):
    ann = Account(provider.port, "ann")
    following = guard(wait_for_keys=0)
    assert following.check(ann.token).startswith("200")
    keyhold(provider, "key", "rotate")
    keyhold(provider, "key", "drop", jwt.get_unverified_header(ann.token)["kid"])
    begin = time.monotonic()
    eventually(lambda: following.check(ann.token) == "401 token_key_unknown", what=lambda: following.check(ann.token))
    assert time.monotonic() - begin <= TOLD


def test_the_key_of_the_feed_costs_no_stranger_the_fetch_of_a_new_key(provider, guard):
    """The first answer is under a key that was made for it; a token under a key that comes right after is taken with the next fetch, cool-down or not."""
    Account(provider.port, "ann")
    following = guard(wait_for_keys=20_000)
    run("key", "rotate", "--at-once", folder=provider.folder, env=ENV, check=0)
    assert following.check(log_in(provider, "ann")).startswith("200")


def test_the_feeds_own_token_opens_nothing(provider, guard, language):
    # Nor where its type is taken: it is for somebody else.
    careless = {"type": "revocations+jwt"} if language == "cpp" else {"types": "at+jwt,revocations+jwt"}
    guards = [guard(), guard(**careless)]
    token = ask(provider.port, "GET", PATH).body.partition(b"\n")[0].decode()
    assert [one.check(token) for one in guards] == ["401 token_claims"] * 2
    assert ask(provider.port, "GET", "/protected", token=token).status == 401


def test_while_the_issuer_is_away_tokens_are_taken_and_afterwards_the_guard_catches_up(tmp_path, language):
    port = free_port()
    words = ("dev", "--bind", f"127.0.0.1:{port}")
    server = Server(tmp_path, ENV, arguments=words)
    ann, bob = Account(port, "ann"), Account(port, "bob")
    patient, strict = (guard_of(language, server.url, **more) for more in ({}, {"stale": 6}))
    assert all(one.check(ann.token).startswith("200") for one in (patient, strict))
    assert patient.ask("revocations").startswith("followed ")
    server.stop()
    run("session", "revoke", sid_of(ann.token), folder=tmp_path, env=ENV, check=0)
    eventually(lambda: strict.check(ann.token).startswith("503"), what=lambda: strict.ask("revocations"))
    assert strict.check(bob.token).startswith("503") and patient.check(ann.token).startswith("200")
    assert patient.trouble() != ""
    server = Server(tmp_path, ENV, arguments=words)
    for one in (patient, strict):
        eventually(lambda one=one: one.check(ann.token) == "401 token_not_live", what=lambda one=one: one.check(ann.token) + one.trouble())
        assert one.check(bob.token).startswith("200") and one.trouble() == ""
        assert one.stop() == 0
    server.stop()


@pytest.mark.skipif(DATABASE == "sqlite", reason="one file, one machine")
def test_a_log_out_at_one_node_reaches_a_guard_that_follows_another(tmp_path):
    first, second = (Server(tmp_path, ENV | {"KEYHOLD_ISSUER": "http://127.0.0.1:1"}, arguments=("dev", "--bind", f"127.0.0.1:{free_port()}")) for _ in range(2))
    first.url = second.url = "http://127.0.0.1:1"
    Account(first.port, "ann")
    quiet(second)
    told_in_time(second, lambda: log_in(first, "ann"), lambda token: log_out(first, token))
    first.stop()
    second.stop()
