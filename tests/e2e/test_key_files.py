# SPDX-License-Identifier: Apache-2.0
"""Files that are no key of the kind that is asked for: what they are, and what makes a key of them, is said."""
import json
import shutil
import subprocess

import pytest
from server import make_database, run

EC = ["-inkey", "ec.pem", "-in", "cert.pem", "-passout", "pass:x"]
COMMANDS = [
    ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sec1.pem"],
    ["pkcs8", "-topk8", "-nocrypt", "-in", "sec1.pem", "-out", "ec.pem"],
    ["pkey", "-in", "ec.pem", "-pubout", "-out", "public.pem"],
    ["req", "-new", "-x509", "-key", "ec.pem", "-subj", "/CN=x", "-out", "cert.pem"],
    ["ec", "-in", "sec1.pem", "-outform", "DER", "-out", "sec1.der"],
    ["pkcs8", "-topk8", "-nocrypt", "-in", "sec1.pem", "-outform", "DER", "-out", "pkcs8.der"],
    ["genpkey", "-algorithm", "ed25519", "-outform", "DER", "-out", "ed25519.der"],
    ["genrsa", "-traditional", "-out", "rsa.pem", "2048"],
    ["rsa", "-in", "rsa.pem", "-outform", "DER", "-traditional", "-out", "pkcs1.der"],
    ["rsa", "-in", "rsa.pem", "-RSAPublicKey_out", "-outform", "DER", "-out", "pkcs1_public.der"],
    ["pkey", "-in", "ec.pem", "-pubout", "-outform", "DER", "-out", "public.der"],
    ["x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der"],
    ["req", "-new", "-key", "ec.pem", "-subj", "/CN=x", "-out", "request.pem"],
    ["req", "-in", "request.pem", "-outform", "DER", "-out", "request.der"],
    ["pkcs8", "-topk8", "-passout", "pass:x", "-in", "sec1.pem", "-out", "sealed.pem"],
    ["pkcs8", "-topk8", "-passout", "pass:x", "-in", "sec1.pem", "-outform", "DER", "-out", "sealed.der"],
    ["ec", "-in", "sec1.pem", "-aes128", "-passout", "pass:x", "-out", "sealed_sec1.pem"],
    ["pkcs12", "-export", *EC, "-out", "store.p12"],
    ["crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-out", "chain.p7b"],
    ["crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-outform", "DER", "-out", "chain.p7c"],
    ["ecparam", "-name", "prime256v1", "-out", "curve.pem"],
]
# What each is called, and what the message says to do about it.
FILES = {
    "sec1.der": ("an EC private key in DER", "openssl pkey -inform DER"), "pkcs8.der": ("a private key in DER", "openssl pkey -inform DER"),
    "ed25519.der": ("a private key in DER", "openssl pkey -inform DER"), "pkcs1.der": ("an RSA private key in DER", "openssl pkey -inform DER"),
    "pkcs1_public.der": ("an RSA public key in DER", "openssl rsa -RSAPublicKey_in -inform DER"), "public.der": ("a public key in DER", "openssl pkey -pubin -inform DER"),
    "cert.der": ("a certificate in DER", "openssl x509 -inform DER"), "request.pem": ("a request for a certificate", "its private key is in another file"),
    "request.der": ("a request for a certificate in DER", "its private key is in another file"), "sealed.pem": ("an encrypted private key in PEM", "openssl pkey -in"),
    "sealed.der": ("an encrypted private key in DER", "openssl pkey -inform DER"), "sealed_sec1.pem": ("an encrypted private key in PEM", "openssl pkey -in"),
    "store.p12": ("a PKCS #12 file", "openssl pkcs12"), "chain.p7b": ("a PKCS #7 file in PEM", "openssl pkcs7"), "chain.p7c": ("a PKCS #7 file", "openssl pkcs7 -inform DER"),
    "curve.pem": ("the name of a curve in PEM, without a key", ""), "ssh": ("a private key of OpenSSH", "ssh-keygen -p -m PKCS8"), "ssh.pub": ("a public key of SSH", "ssh-keygen -e"),
    "empty": ("empty", ""), "noise": ("no key in any form that is known here", ""), "other.json": ("JSON that is no key", ""), "cut.json": ("broken JSON", ""),
    "discovery.json": ("a discovery document", "jwks_uri"), "list.json": ("a JSON array", "keys"), "page.html": ("an HTML or XML page", ""),
    "mark.json": ("a text with a byte order mark", "UTF-8"), "windows.pem": ("a text in UTF-16", "UTF-8"),
}
PUBLIC = {"key": "public.pem", "certificate": "cert.pem"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for command in COMMANDS:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    if shutil.which("ssh-keygen"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ssh"], cwd=folder, check=True)
    key = (folder / "ec.pem").read_text()
    for name, content in {"empty": b"", "noise": b"\x90\x01\xfe" * 100, "other.json": b'{"a": 1}', "cut.json": b'{"keys": [', "list.json": b"[]", "page.html": b"<!doctype html>",
                          "discovery.json": b'{"issuer": "https://x", "jwks_uri": "https://x/keys"}', "mark.json": b"\xef\xbb\xbf{}",
                          "windows.pem": key.encode("utf-16")}.items():
        (folder / name).write_bytes(content)
    for each in folder.iterdir():
        each.chmod(0o600)
    make_database(folder, OWN)
    return folder


OWN = {"KEYHOLD_ISSUER": "https://auth.example"}


def said(folder, *arguments):
    done = run(*arguments, folder=folder, env=OWN, stdin="eyJhbGciOiJFUzI1NiJ9.e30.AAAA\n")
    assert done.returncode != 0 and len(done.stderr.splitlines()) == 1, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stderr


def with_ssh(name):
    return pytest.param(name, marks=pytest.mark.skipif(name.startswith("ssh") and not shutil.which("ssh-keygen"), reason="there is no ssh-keygen"))


@pytest.mark.parametrize("name", map(with_ssh, FILES))
def test_each_message_names_what_the_file_is_and_what_to_do(files, name):
    kind, remedy = FILES[name]
    for arguments in (["token", "verify", "--jwk"], ["token", "verify", "--jwks"], ["key", "import"]):
        message = said(files, *arguments, name)
        assert f"{name}: This is {kind}; wanted is " in message and remedy in message, arguments
    message = said(files, "client", "add", "app", "--redirect-uri", "https://x.example/cb", "--jwks", name)
    assert f"jwks: This is {kind}; wanted is a JWK Set" in message and remedy in message


@pytest.mark.parametrize("name", map(with_ssh, FILES))
def test_the_settings_of_a_certificate_say_it_too(files, name):
    kind, remedy = FILES[name]
    for setting, pair in (("tls_key", ["cert.pem", name]), ("tls_certificate", [name, "ec.pem"])):
        done = run("config", "check", "--tls-certificate", pair[0], "--tls-key", pair[1], folder=files, env=OWN)
        assert done.returncode != 0 and f"{setting}: This is {kind}; wanted is" in done.stdout + done.stderr and remedy in done.stdout + done.stderr


@pytest.mark.parametrize("name", PUBLIC.values(), ids=list(PUBLIC))
def test_a_public_key_is_not_imported_as_a_private_one(files, name):
    assert "wanted is a private key, in PEM or as a JWK" in said(files, "key", "import", name)


def test_a_private_key_in_pem_is_no_jwk_set_of_a_client(files):
    assert "This is a private key in PEM; wanted is a JWK Set (openssl pkey -in FILE -pubout" in said(
        files, "client", "add", "app", "--redirect-uri", "https://x.example/cb", "--jwks", "ec.pem")


def test_the_right_files_are_taken(files):
    """The same commands, so that what is refused above is refused for what the file is."""
    for name in ("ec.pem", "sec1.pem", "public.pem", "cert.pem"):
        done = run("token", "verify", "--jwk", name, folder=files, env=OWN, stdin="eyJhbGciOiJFUzI1NiJ9.e30.AAAA\n")
        assert done.stdout.startswith("refused"), done.stderr
    run("config", "check", "--tls-certificate", "cert.pem", "--tls-key", "ec.pem", folder=files, env=OWN, check=0)
    imported = json.loads(run("--json", "key", "import", "sec1.pem", folder=files, env=OWN, check=0).stdout)
    assert imported["algorithm"] == "ES256"
