# SPDX-License-Identifier: Apache-2.0
"""What `keyhold doctor` says of an application: each rule on a text that breaks it, with file and line, and on the same text repaired, of which it says nothing."""
import json

import pytest
from reader import read, write
from server import run

DONE, CONFIGURATION, PROBLEMS = 0, 7, 8

CLEAN = {
    ".env": "SECRET_KEY=7d1f0c2ab8e94d5f9a3c6e1b2d4f8a7c\n",
    "app/config.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nACCESS_TOKEN_EXPIRE_MINUTES = 30\n",
    "app/security.py": "from datetime import datetime, timedelta, timezone\nimport jwt\nfrom passlib.context import CryptContext\nfrom .config import SECRET_KEY\n\npwd_context = CryptContext(schemes=['argon2', 'bcrypt', 'md5_crypt'], deprecated='auto')\n\n\n"
                       "def create_access_token(data, minutes):\n    payload = data.copy()\n    payload.update({'exp': datetime.now(timezone.utc) + timedelta(minutes=minutes)})\n    return jwt.encode(payload, SECRET_KEY, algorithm='HS256')\n\n\n"
                       "def read_token(token):\n    return jwt.decode(token, SECRET_KEY, algorithms=['HS256'])\n",
    "app/main.py": "from fastapi import Depends, FastAPI\nfrom fastapi.security import OAuth2PasswordRequestForm\nfrom slowapi import Limiter\n\napp = FastAPI()\nlimiter = Limiter(key_func=str)\n\n\n"
                   "@app.post('/login')\n@limiter.limit('5/minute')\ndef login(form: OAuth2PasswordRequestForm = Depends()):\n    user = find(form.username)\n    if not pwd_context.verify(form.password, user.password):\n        raise HTTPException(401)\n"
                   "    return create_access_token({'sub': user.username}, 30)\n\n\n@app.post('/register')\ndef register(user: UserCreate):\n    if user.password != user.password2:\n        raise HTTPException(422)\n",
    "static/app.js": "// localStorage.setItem('token', t)\nlocalStorage.setItem('theme', 'dark')\nfetch('/login', {credentials: 'include'})\n",
}
JWT = "import jwt\nfrom jose import jwt as jose_jwt\nfrom fastapi import FastAPI, Form, Query\napp = FastAPI()\n"
EXP = "    return jwt.encode({'sub': name, 'exp': later}, KEY)\n"

# rule, file, the text that breaks it, its line, the text repaired
BROKEN = [
    ("key-in-code", "config.py", 'SECRET_KEY = "7d1f0c2ab8e94d5f9a3c6e1b2d4f8a7c"\n', 1, 'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n'),
    ("key-in-code", "auth.py", JWT + "def make(data):\n    data['exp'] = later\n    return jwt.encode(data, 'a-key-in-a-call', algorithm='HS256')\n", 7, JWT + "def make(data):\n    data['exp'] = later\n    return jwt.encode(data, os.environ['KEY'], algorithm='HS256')\n"),
    ("key-in-code", "config.py", 'class Settings(BaseSettings):\n    SECRET_KEY: str = "a default that is published"\n', 2, "class Settings(BaseSettings):\n    SECRET_KEY: str\n"),
    ("key-fallback", "auth.py", JWT + "def make(name):\n    return jwt.encode({'sub': name, 'exp': later}, os.environ['KEY'])\nSECRET_KEY = os.environ.get('SESSION_KEY') or 'you-will-never-guess'\n", 7,
     JWT + "def make(name):\n    return jwt.encode({'sub': name, 'exp': later}, os.environ['KEY'])\nSECRET_KEY = os.environ.get('SESSION_KEY') or other()\n"),
    ("long-life", "config.py", "ACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24 * 8\n", 1, "ACCESS_TOKEN_EXPIRE_MINUTES = 60\n"),
    ("long-life", ".env", "ACCESS_TOKEN_EXPIRE_DAYS=30\n", 1, "ACCESS_TOKEN_EXPIRE_MINUTES=15\nREFRESH_TOKEN_EXPIRE_DAYS=30\n"),
    ("no-exp", "auth.py", JWT + "def make(name):\n    return jwt.encode({'sub': name}, KEY, algorithm='HS256')\n", 6, JWT + "def make(name):\n" + EXP),
    ("no-exp", "auth.py", JWT + "def make(data):\n    return jwt.encode(data, KEY)\n\ndef login(user):\n    return make({'sub': user.name})\n", 6, JWT + "def make(data):\n    return jwt.encode(data, KEY)\n\ndef login(user):\n    return make({'sub': user.name, 'exp': later})\n"),
    ("no-exp", "auth.py", "from jose import jwt\ndef make(user):\n    payload = {'sub': user.name}\n    return jwt.encode(payload, KEY)\n", 4, "from jose import jwt\ndef make(user):\n    payload = claims_of(user)\n    return jwt.encode(payload, KEY)\n"),
    ("no-exp", "auth.py", JWT + "def make(data, ends=None):\n    if ends:\n        data['exp'] = ends\n    return jwt.encode(data, KEY)\n\ndef login(user):\n    return make({'sub': user.name})\n", 8, JWT + "def make(data, ends=None):\n    if ends:\n        data['exp'] = ends\n    return jwt.encode(data, KEY)\n\ndef login(user):\n    return make({'sub': user.name}, later)\n"),
    ("long-life", "auth.py", JWT + "EXP = timedelta(days=8)\ndef make(user):\n    return jwt.encode({'sub': user.name, 'exp': now() + EXP}, os.environ['KEY'])\n", 5, JWT + "EXP = timedelta(minutes=8)\ndef make(user):\n    return jwt.encode({'sub': user.name, 'exp': now() + EXP}, os.environ['KEY'])\n"),
    ("local-storage", "web/app.js", "const TOKEN_KEY = 'x'\nlocalStorage.setItem(TOKEN_KEY, t)\n", 2, "const TOKEN_KEY = 'x'\nlocalStorage.removeItem(TOKEN_KEY)\n"),
    ("password-in-query", "main.py", JWT + "@app.get('/me')\ndef me(name: str, pw: str):\n    pass\n", 6, JWT + "@app.post('/me')\ndef me(name: str = Form(), pw: str = Form()):\n    pass\n"),
    ("utcnow", "auth.py", JWT + "def make(data):\n    data.update({'exp': datetime.utcnow() + timedelta(minutes=15)})\n    return jwt.encode(data, KEY)\n", 6, JWT + "def make(data):\n    data.update({'exp': datetime.now(timezone.utc) + timedelta(minutes=15)})\n    return jwt.encode(data, KEY)\n"),
    ("utcnow", "auth.py", "def is_expired(token):\n    return token.ends < datetime.datetime.utcfromtimestamp(now)\n", 2, "def created():\n    return datetime.datetime.utcnow()\n"),
    ("algorithm-from-token", "auth.py", JWT + "def read(token):\n    header = jwt.get_unverified_header(token)\n    return jwt.decode(token, KEY, algorithms=[header['alg']])\n", 7, JWT + "def read(token):\n    header = jwt.get_unverified_header(token)\n    return jwt.decode(token, keys[header['kid']], algorithms=['RS256'])\n") ,
    ("algorithm-from-token", "auth.py", JWT + "def read(token):\n    return jwt.decode(token, KEY)\n", 6, JWT + "def read(token):\n    return jwt.decode(token, KEY, ['HS256'])\n"),
    ("algorithm-from-token", "auth.py", JWT + "def read(token):\n    return jwt.decode(token, KEY, algorithms=['HS256', 'none'])\n", 6, JWT + "ALGORITHM = 'HS256'\ndef read(token):\n    return jwt.decode(token, KEY, algorithms=[ALGORITHM])\n"),
    ("not-verified", "auth.py", JWT + "def read(token):\n    return jwt.decode(token, options={'verify_signature': False})\n", 6, JWT + "def read(token):\n    return jwt.decode(token, KEY, algorithms=['HS256'], options={'verify_aud': False})\n"),
    ("not-verified", "auth.py", JWT + "def read(token):\n    return jose_jwt.get_unverified_claims(token)\n", 6, JWT + "def read(token):\n    return jose_jwt.decode(token, KEY, algorithms='HS256')\n"),
    ("password-in-query", "main.py", JWT + "@app.post('/register')\ndef register(username: str, password: str):\n    pass\n", 6, JWT + "@app.post('/register')\ndef register(username: str = Form(), password: str = Form()):\n    pass\n"),
    ("password-in-query", "main.py", JWT + "@app.get('/users')\nasync def change(new_password: str = Query(None)):\n    pass\n", 6, JWT + "@app.get('/users')\nasync def change(body: NewPassword):\n    pass\n"),
    ("password-in-query", "views.py", "def login():\n    return check(request.args.get('password'))\n", 2, "def login():\n    return check(request.form.get('password'))\n"),
    ("local-storage", "web/app.js", "const t = await login()\nlocalStorage.setItem('access_token', t)\n", 2, "localStorage.removeItem('access_token')\n"),
    ("local-storage", "templates/index.html", "<script>\nsessionStorage.jwt = answer.token;\n</script>\n", 2, "<script>\nif (sessionStorage.jwt == null) out();\n</script>\n"),
    ("no-rate-limit", "main.py", JWT + "@app.post('/token')\ndef token(form_data: OAuth2PasswordRequestForm = Depends()):\n    pass\n", 6, JWT + "from slowapi import Limiter\n@app.post('/token')\ndef token(form_data: OAuth2PasswordRequestForm = Depends()):\n    pass\n"),
    ("fast-hash", "auth.py", "import hashlib\ndef hash_password(password):\n    return hashlib.sha256(password.encode()).hexdigest()\n", 3, "import bcrypt, hashlib\ndef hash_password(password):\n    return bcrypt.hashpw(hashlib.sha256(password.encode()).digest(), bcrypt.gensalt())\n"),
    ("fast-hash", "auth.py", "from passlib.context import CryptContext\ncontext = CryptContext(schemes=['hex_md5'])\n", 2, "from passlib.context import CryptContext\ncontext = CryptContext(schemes=['bcrypt', 'hex_md5'], deprecated='auto')\n"),
    ("plain-password", "auth.py", "def check(user, password):\n    return user.password == password\n", 2, "def check(user, password):\n    return verify(password, user.password)\n"),
    ("plain-password", "auth.py", "def check(user, form):\n    if form['password'] != user.password:\n        raise Refused\n", 2, "def check(user, form):\n    if form.password != form.confirm_password:\n        raise Refused\n"),
    ("cors-with-credentials", "main.py", JWT + "app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n", 5, JWT + "app.add_middleware(CORSMiddleware, allow_origins=['https://app.example'], allow_credentials=True)\n"),
    ("debug", "app.py", "from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)\n", 3, "from flask import Flask\napp = Flask(__name__)\napp.run(debug=DEBUG)\n"),
]


@pytest.mark.parametrize("rule, name, text, line, repaired", BROKEN, ids=[f"{number}-{one[0]}" for number, one in enumerate(BROKEN)])
def test_what_is_dangerous_is_told_with_its_line_and_nothing_once_it_is_repaired(rule, name, text, line, repaired, tmp_path):
    told = read(tmp_path, {name: text}, "doctor")["findings"]
    assert [(one["rule"], one["where"]) for one in told] == [(rule, f"{name}:{line}")]
    assert told[0]["says"] and told[0]["do"] and "{" not in told[0]["says"]
    assert read(tmp_path, {name: repaired}, "doctor")["findings"] == []


def test_each_rule_has_a_text_that_breaks_it(tmp_path):
    import ast
    from reader import ROOT
    tree = ast.parse((ROOT / "src/cli/adoption/reader/doctor.py").read_text())
    rules = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "RULES")
    assert set(rules) == {one[0] for one in BROKEN}


def test_of_a_clean_application_it_says_nothing(tmp_path):
    write(tmp_path, CLEAN)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = run("doctor", ".", folder=tmp_path, check=DONE)
    assert done.stdout == "" and "nothing" in done.stderr
    assert json.loads(run("doctor", ".", "--json", folder=tmp_path, check=DONE).stdout)["findings"] == []
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}, "it never writes"


def test_each_finding_is_a_line_with_its_place_and_one_with_what_to_do(tmp_path):
    main = "from .config import ACCESS_TOKEN_EXPIRE_MINUTES\n" + CLEAN["app/main.py"].replace("}, 30)", "}, ACCESS_TOKEN_EXPIRE_MINUTES)")
    write(tmp_path, CLEAN | {"app/main.py": main, "app/config.py": 'SECRET_KEY = "your_secret_key"\nACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24 * 8\n', ".env": ""})
    done = run("doctor", ".", folder=tmp_path, check=PROBLEMS)
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines if not line.startswith(" ")] == ["app/config.py:1", "app/config.py:1", "app/security.py:11"], done.stdout
    assert all(line.strip().startswith("Do: ") for line in lines if line.startswith(" ")) and len(lines) == 6
    assert "8 days" in done.stdout and "your_secret_key" not in done.stdout + done.stderr, "no key is ever shown"
    told = json.loads(run("doctor", ".", "--json", folder=tmp_path, check=PROBLEMS).stdout)
    assert [one["rule"] for one in told["findings"]] == ["key-in-code", "weak-key", "long-life"]
    assert all(set(one) == {"rule", "file", "line", "says", "do"} for one in told["findings"])


def test_a_key_that_is_short_or_printed_somewhere_is_told_wherever_it_stands(tmp_path):
    write(tmp_path, CLEAN | {".env": "SECRET_KEY=changethis\n"})
    done = run("doctor", ".", folder=tmp_path, check=PROBLEMS)
    assert done.stdout.startswith(".env:1  ") and "changethis" not in done.stdout


def test_what_is_no_folder_is_refused(tmp_path):
    assert "no folder" in run("doctor", "nowhere", folder=tmp_path, check=CONFIGURATION).stderr


def test_the_document_has_each_rule(tmp_path):
    from reader import ROOT
    page = (ROOT / "docs/doctor.md").read_text()
    for rule in sorted({one[0] for one in BROKEN} | {"weak-key"}):
        assert f"| `{rule}` |" in page, rule


@pytest.mark.parametrize("text", ["class Config:\n    SECRET_KEY = os.environ.get('SECRET_KEY') or 'you-will-never-guess'\n", "class Config:\n    SECRET_KEY = os.getenv('SECRET_KEY', default='dev')\n"])
def test_a_key_that_the_environment_has_may_be_missing_in_another(text, tmp_path):
    told = read(tmp_path, {".env": CLEAN[".env"], "config.py": text}, "doctor")["findings"]
    assert [(one["rule"], one["where"]) for one in told] == [("key-fallback", "config.py:2")]


@pytest.mark.parametrize(("python", "says", "not_this"), [
    (None, "there is no python3 here", "fault of Keyhold"),
    ("#!/bin/sh\nexit 1\n", "the reader failed, which is a fault of Keyhold's", "no python3"),
    ("#!/bin/sh\necho '{\"findi'\n", "the reader failed, which is a fault of Keyhold's", "no python3"),
], ids=["none", "it fails", "it ends half-way"])
def test_a_missing_python_is_told_from_a_reader_that_fails(python, says, not_this, tmp_path):
    write(tmp_path, {"app/main.py": "SECRET_KEY = 'x'\n"} | ({"bin/python3": python} if python else {"bin/other": ""}))
    for file in (tmp_path / "bin").iterdir():
        file.chmod(0o755)
    for words, code in ((("doctor", "app"), CONFIGURATION), (("adopt", "app"), CONFIGURATION)):
        done = run(*words, folder=tmp_path, env={"PATH": str(tmp_path / "bin")}, check=code)
        assert says in done.stderr + done.stdout and not_this not in done.stderr + done.stdout, done.stderr
