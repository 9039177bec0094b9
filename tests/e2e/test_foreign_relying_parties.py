# SPDX-License-Identifier: Apache-2.0
"""Programs of others that people sign in to by us: Go's go-oidc, httpx-oauth, the Nimbus SDK, and Debian's libapache2-mod-auth-openidc, a certified relying
party, as docs/openid.md has it. Only by ./test --clients."""
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from conformance import Person
from foreign import SOURCES, go, nimbus, python
from oidc import CALLBACK
from proxies import Proxy
from server import ROOT, free_port
from waiting import eventually
from wire import ask

MODULES = Path("/usr/lib/apache2/modules")


# What each finds right, in its default wiring; it is the first line of each program that says what the library does not know.
LIBRARIES = {
    "go-oidc": (lambda: [go("oidc")], {"nonce": True, "of_another_client": True}),
    "httpx-oauth": (lambda: [python(), SOURCES / "python/with_httpx_oauth.py"], {"issuer": True, "wrong_code": "invalid_grant", "revoked": True, "refresh_after_revocation": "invalid_grant"}),
    "nimbus": (lambda: ["java", "-cp", nimbus(), "foreign.SignIn"],
               {"nonce": True, "of_another_client": True, "issuer": True, "wrong_code": "invalid_grant", "introspected": True, "revoked": True, "introspected_after_revocation": False,
                "refresh_after_revocation": "invalid_grant"})}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_signs_a_person_in_refreshes_and_asks_who_it_is(provider, fresh_name, name):
    command, found = LIBRARIES[name]
    client, person = provider.client(f"of-{name}", "--first-party"), Person(provider, fresh_name)
    process = subprocess.Popen([*map(str, command()), provider.url, client.id, client.secret, CALLBACK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    away = urlsplit(process.stdout.readline().strip())
    assert away.path, process.communicate()[1]
    _, back = person.visit(f"{away.path}?{away.query}")
    said, problem = process.communicate(back + "\n", timeout=60)
    assert process.returncode == 0, problem
    assert json.loads(said) == {"state": True, "same_subject": True, "name": fresh_name, "refreshed": True} | found


class Apache:
    """A private one, whose pages are for those who have signed in."""
    def __init__(self, folder, provider):
        self.port = free_port()
        self.url, self.jar = f"http://127.0.0.1:{self.port}", {}
        client = provider.client("of-apache", "--first-party", "--post-logout-redirect-uri", self.url + "/left.html",
                                 "--backchannel-logout-uri", self.url + "/oidc/callback?logout=backchannel", redirect_uri=self.url + "/oidc/callback")
        [recipe] = re.findall(r"```apache\n(.*?)```", (ROOT / "docs/openid.md").read_text(), re.S)
        recipe = recipe.replace("https://auth.example.com", provider.url).replace("https://wiki.example.com", self.url).replace("khc_...", client.secret).replace("OIDCClientID wiki", "OIDCClientID of-apache")
        (folder / "pages").mkdir()
        for name in ("index.html", "left.html"):
            (folder / "pages" / name).write_text(f"this is {name}")
        modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in ("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "headers", "auth_openidc"))
        (folder / "apache.conf").write_text(f"{modules}ServerRoot {folder}\nServerName 127.0.0.1\nUser nobody\nGroup nogroup\nListen 127.0.0.1:{self.port}\nPidFile {folder}/pid\nErrorLog {folder}/errors.log\nLogLevel warn\n"
                                            f"Mutex file:{folder} default\nDocumentRoot {folder}/pages\nDirectoryIndex index.html\nHeader always set X-Seen-User expr=%{{REMOTE_USER}}\n{recipe}"
                                            "<Location /left.html>\nAuthType None\nRequire all granted\n</Location>\n")
        self.errors = folder / "errors.log"
        self.program = Proxy(folder, ["/usr/sbin/apache2", "-d", folder, "-f", folder / "apache.conf", "-DFOREGROUND"], self.port)

    def ask(self, path):
        sent = [("Cookie", "; ".join(f"{name}={value}" for name, value in self.jar.items()))] if self.jar else []
        answer = ask(self.port, "GET", path, fields=[*sent, ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")], host=f"127.0.0.1:{self.port}")
        for key, value in answer.fields:
            if key == "set-cookie":
                name, content = value.split(";")[0].split("=", 1)
                self.jar[name] = content
                if not content:
                    del self.jar[name]
        return answer

    def way(self, answer):
        assert answer.status == 302, (answer.status, answer.body, self.errors.read_text())
        return answer.header("location")


@pytest.fixture
def apache(provider):
    if not (MODULES / "mod_auth_openidc.so").exists() or not shutil.which("/usr/sbin/apache2"):
        pytest.skip("Debian's apache2-bin and libapache2-mod-auth-openidc are not installed")
    with tempfile.TemporaryDirectory(prefix="keyhold-apache-") as folder:  # pytest's own are root's alone, and Apache does not stay root
        Path(folder).chmod(0o755)
        started = Apache(Path(folder), provider)
        yield started
        started.program.stop()


def local(where, of):
    parts = urlsplit(where)
    assert f"{parts.scheme}://{parts.netloc}" == of, where
    return f"{parts.path}?{parts.query}"


def test_apaches_module_signs_in_and_out_and_hears_of_log_outs(provider, apache, fresh_name):
    person = Person(provider, fresh_name)

    def sign_in():
        _, back = person.visit(local(apache.way(apache.ask("/")), provider.url))
        home = apache.way(apache.ask(local(back, apache.url)))
        page = apache.ask(local(home, apache.url).removesuffix("?"))
        assert page.status == 200 and page.body == b"this is index.html" and page.header("x-seen-user").startswith(fresh_name), (page.fields, apache.errors.read_text())

    sign_in()
    assert apache.ask("/").status == 200
    out = apache.way(apache.ask("/oidc/callback?logout=" + quote(apache.url + "/left.html", safe="")))
    pages, left = person.visit(local(out, provider.url))
    assert not pages and left.startswith(apache.url + "/left.html"), "with the ID token that it was given nobody is asked"
    assert apache.ask("/").status == 302 and person.ask("GET", "/account").status == 401
    sign_in()
    person.sign_out()
    eventually(lambda: apache.ask("/").status == 302, 30, lambda: apache.errors.read_text() + provider.log()[-2000:])
