# SPDX-License-Identifier: Apache-2.0
# What is dangerous in an application, with file and line and what to do: for `keyhold doctor`. Nothing of it is run, and
# nothing is written. What cannot be told from the texts is not said.
import ast
import os
import re

RULES = {
    "key-in-code": ("The key that signs tokens stands in the code: whoever reads the code, or a copy of it, can sign in as anybody", "read it from the environment or a file outside of the code, and take a new one: `openssl rand -hex 32`"),
    "key-fallback": ("Where the variable is not set, tokens are signed with a key that stands in the code, and nothing tells", "leave the default out, so that the application does not start without its key"),
    "long-life": ("Access tokens live for {0}: a stolen one opens the account for as long, as nothing takes it back", "let them live for 15 to 30 minutes, and give out refresh tokens that can be ended"),
    "no-exp": ("A token without `exp` is good for ever", "put `exp` into each token (RFC 7519 §4.1.4)"),
    "utcnow": ("datetime.{0}() has no time zone: its `.timestamp()`, and a comparison with local time, are hours off, and so is the end of a token that comes of them; Python 3.12 deprecates it", "use datetime.now(timezone.utc)"),
    "algorithm-from-token": ("The token says itself by which algorithm it is checked, so that whoever makes one chooses it (RFC 8725 §2.1)", "name the algorithms that are yours: algorithms=[\"HS256\"]"),
    "not-verified": ("A token is read without its signature being checked", "check the signature before anything that it says is believed"),
    "password-in-query": ("The password comes in the URL, which stands in logs, histories and referrers", "take it from the body: a form, or a model of pydantic's"),
    "local-storage": ("A token is kept in {0}, which every script on the page can read", "keep it in a cookie with HttpOnly, Secure and SameSite"),
    "no-rate-limit": ("Nothing limits how often somebody may try a password here", "limit attempts by account and by address"),
    "fast-hash": ("A password is hashed by {0}, of which a graphics card tries thousands of millions in a second", "hash with bcrypt, Argon2id or scrypt; `keyhold import` takes over what is there"),
    "plain-password": ("A password is compared as it was typed, so it is kept as it was typed", "keep a hash of it, and compare with the library that made it"),
    "cors-with-credentials": ("Any web site may call this with its visitor's cookies: allow_origins is * with allow_credentials", "name the origins that are yours"),
    "debug": ("The debugger of a Flask application runs the code of whoever reaches it", "leave debug out, or take it from the environment"),
}
LIMITERS = re.compile(r"slowapi|fastapi_limiter|flask_limiter|ratelimit|rate_limit|throttl|django_axes|\baxes\b|limits\b|aiolimiter|brute", re.I)
LOG_IN = re.compile(r"log_?in|sign_?in|(^|/)token$|authenticate|/auth$", re.I)
SCRIPTS = (".js", ".jsx", ".mjs", ".ts", ".tsx", ".html", ".htm", ".vue", ".svelte", ".jinja", ".j2")
STORED = re.compile(r"\b(localStorage|sessionStorage)\s*(?:\.\s*setItem\s*\(\s*[`'\"][^`'\"]*(?:token|jwt)[^`'\"]*[`'\"]|\s*\.\s*setItem\s*\(\s*[\w.]*(?:token|jwt)[\w.]*\s*,|(?:\.\s*|\[\s*['\"])\w*(?:token|jwt)\w*(?:['\"]\s*\])?\s*=[^=])", re.I)
METHODS = {"get", "post", "put", "patch", "delete", "api_route", "route"}
LONGEST_MINUTES = 24 * 60


def last_name(node):
    return ast.unparse(node).rsplit(".", 1)[-1]


class Doctor(Finder):  # noqa: F821 it stands before this one (find.py)
    reads_node = False  # its rules are about Python

    def __init__(self, folder):
        super().__init__(folder)
        self.findings = []
        self.parents = {}
        for module in self.modules:
            for node in ast.walk(module.tree):
                for child in ast.iter_child_nodes(node):
                    self.parents[child] = node

    def say(self, rule, module, line, *words):
        name = module if isinstance(module, str) else module.name
        says, do = RULES[rule]
        found = {"rule": rule, "where": f"{name}:{line}", "says": says.format(*words), "do": do}
        if found not in self.findings:
            self.findings.append(found)

    def function_around(self, node):
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return node
        return None

    def nodes(self, *kinds):
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, kinds):
                    yield module, node

    # A key, and how long tokens live.

    def look_at_key(self):
        self.find_secret()
        self.find_life()
        key = self.found.get("secret_key")
        if key and ".env" not in key[1] and key[1].split(":")[0].endswith(".py"):
            self.say("key-in-code", *key[1].rsplit(":", 1))
        for module in self.modules:
            names = [*module.items, *module.names.items(), *[pair for made in module.classes.values() for pair in self.evaluator.fields(Settings(module, made)).items()]]  # noqa: F821
            for name, node in names:
                if isinstance(node, ast.AST) and SECRET.match(name) and not NO_SECRET.search(name) and self.has_fallback(node):  # noqa: F821
                    where = f"{module.name}:{node.lineno}"
                    if not any(one["rule"] == "key-in-code" and one["where"] == where for one in self.findings):
                        self.say("key-fallback", module, node.lineno)
        life = self.found.get("expire_minutes")
        if life and int(life[0]) > LONGEST_MINUTES:
            days = int(life[0]) / 1440
            self.say("long-life", *life[1].rsplit(":", 1), f"{days:g} days" if days != 1 else "a day")

    def has_fallback(self, node):
        """`os.getenv(NAME, "text")`, `os.environ.get(NAME) or "text"`."""
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            default = node.values[-1]
        elif isinstance(node, ast.Call) and re.search(r"(^|\.)(getenv|config|env|environ\.get|env\.str)$", ast.unparse(node.func)):
            default = node.args[1] if len(node.args) > 1 else next((word.value for word in node.keywords if word.arg == "default"), None)
        else:
            return False
        return isinstance(default, ast.Constant) and isinstance(default.value, str) and default.value != ""

    # Tokens that are made and read.

    def is_jwt(self, module, node):
        text = ast.unparse(node.func)
        holder = text.rsplit(".", 1)[0] if "." in text else ""
        _, dotted, original = module.imports.get(holder or text, (0, "", ""))
        return holder in ("jwt", "jose.jwt") or "jose" in dotted or dotted.startswith("jwt") or (original == "jwt")

    def look_at_tokens(self):
        for module, node in self.calls("encode"):
            if self.is_jwt(module, node) and not self.has_end(module, node):
                self.say("no-exp", module, node.lineno)
        for module, node in self.calls("decode"):
            if self.is_jwt(module, node):
                self.look_at_decode(module, node)
        for module, node in self.calls("get_unverified_claims", "decode_complete"):
            if last_name(node.func) == "get_unverified_claims":
                self.say("not-verified", module, node.lineno)
        for module, node in self.calls("utcnow", "utcfromtimestamp"):
            outer = self.function_around(node)
            text = ast.unparse(outer) if outer else ast.unparse(self.parents.get(node, node))
            if "datetime" in ast.unparse(node.func) and re.search(r"['\"]exp['\"]|expire|token|jwt", text, re.I):
                self.say("utcnow", module, node.lineno, last_name(node.func))

    def has_end(self, module, node):
        """Whether an `exp` gets into what is signed, here or where the function is called from."""
        def says_exp(one):
            return bool(re.search(r"['\"]exp['\"]|\bexp=|\bexp\b\s*:", ast.unparse(one)))
        outer = self.function_around(node)
        if outer is not None and (parameter := self.only_where_given(outer, says_exp)):
            return all(self.is_given(outer, parameter, call) for _, call in self.calls(outer.name))
        if says_exp(outer or node):
            return True
        given = node.args[0] if node.args else next((word.value for word in node.keywords if word.arg in ("payload", "claims")), None)
        if given is None:
            return True
        if isinstance(given, ast.Name) and outer is None:
            return any(says_exp(one) for one in module.tree.body)
        if isinstance(given, ast.Dict):
            return any(key is None for key in given.keys)  # {**data}: it may be in there
        if isinstance(given, ast.Name):
            own = [one for one in ast.walk(outer) if isinstance(one, ast.Assign) and any(isinstance(target, ast.Name) and target.id == given.id for target in one.targets)]
            if own and all(isinstance(one.value, ast.Dict) and None not in one.value.keys for one in own):
                return False
            arguments = [argument.arg for argument in outer.args.args + outer.args.kwonlyargs]
            made_of = {name.id for one in own for name in ast.walk(one.value) if isinstance(name, ast.Name)} | {given.id}
            if not made_of & set(arguments):
                return any(isinstance(one, ast.Call) for assign in own for one in ast.walk(assign.value) if not isinstance(assign.value, ast.Dict))
            callers = [call for _, call in self.calls(outer.name)]
            return not callers or any(says_exp(self.function_around(call) or call) for call in callers)
        return True  # what a function or an object gives is not known

    def only_where_given(self, function, says_exp):
        """The parameter without which no `exp` is put in: `if expires_delta: data["exp"] = ...`, and no else."""
        said = [one for one in function.body if says_exp(one)]
        if len(said) != 1 or not isinstance(said[0], ast.If) or any(says_exp(one) for one in said[0].orelse):
            return ""
        test = said[0].test
        test = test.left if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot) else test
        optional = [argument.arg for argument, default in zip(reversed(function.args.args), reversed(function.args.defaults)) if isinstance(default, ast.Constant) and default.value is None]
        return test.id if isinstance(test, ast.Name) and test.id in optional else ""

    def is_given(self, function, parameter, call):
        at = [argument.arg for argument in function.args.args].index(parameter)
        return len(call.args) > at or any(word.arg in (parameter, None) for word in call.keywords)

    def look_at_decode(self, module, node):
        words = {word.arg: word.value for word in node.keywords}
        options = ast.unparse(words["options"]) if "options" in words else ""
        is_off = re.search(r"['\"]verify_signature['\"]\s*:\s*False", options) or (isinstance(words.get("verify"), ast.Constant) and words["verify"].value is False)
        if is_off:
            return self.say("not-verified", module, node.lineno)
        given = words.get("algorithms") or (node.args[2] if len(node.args) > 2 else None)
        if given is None:
            return None if any(word.arg is None for word in node.keywords) else self.say("algorithm-from-token", module, node.lineno)
        text = ast.unparse(given)
        outer = self.function_around(node) or module.tree
        for one in ast.walk(outer):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and re.search(rf"\b{re.escape(one.targets[0].id)}\b", text):
                text += " " + ast.unparse(one.value)
        headers = [one.targets[0].id for one in ast.walk(outer) if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and "get_unverified_header" in ast.unparse(one.value)]
        if "get_unverified_header" in text or any(re.search(rf"\b{name}\b", text) for name in headers) or re.search(r"['\"]none['\"]", text, re.I):
            self.say("algorithm-from-token", module, node.lineno)
        return None

    # Passwords.

    def routes(self):
        """(module, function, path) of functions that answer requests."""
        for module, node in self.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in METHODS:
                    path = mark.args[0].value if mark.args and isinstance(mark.args[0], ast.Constant) else ""
                    yield module, node, str(path), mark.func.attr

    def is_fastapi(self, module):
        return any(dotted.split(".")[0] in ("fastapi", "starlette") for _, dotted, _ in module.imports.values()) or any("fastapi" in ast.unparse(one) for one in module.tree.body if isinstance(one, ast.Import))

    def look_at_routes(self):
        has_limit = any(LIMITERS.search(line) for _, (_, text) in self.texts.items() for line in text.splitlines() if re.match(r"\s*(from|import|@)|.*(MIDDLEWARE|INSTALLED_APPS|axes|throttl)", line))
        first = None
        for module, node, path, method in self.routes():
            if self.is_fastapi(module):
                self.look_at_parameters(module, node, path)
            if first is None and (LOG_IN.search(node.name) or LOG_IN.search(path)) and method != "get" and re.search(r"passw|form_data|credentials|OAuth2PasswordRequestForm", ast.unparse(node), re.I):
                first = (module, node.lineno)
        if first and not has_limit:
            self.say("no-rate-limit", *first)
        for module, node in self.nodes(ast.Call, ast.Subscript):
            text = ast.unparse(node)
            if re.match(r"(flask\.)?request\.(args|query_params|GET)(\.get\(|\.getlist\(|\[)\s*['\"](password|passwd|pwd)['\"]", text):
                self.say("password-in-query", module, node.lineno)

    def look_at_parameters(self, module, node, path):
        arguments = node.args.args + node.args.kwonlyargs
        defaults = [None] * (len(node.args.args) - len(node.args.defaults)) + list(node.args.defaults) + list(node.args.kw_defaults)
        for argument, default in zip(arguments, defaults):
            is_plain = default is None or isinstance(default, ast.Constant) or (isinstance(default, ast.Call) and last_name(default.func) == "Query")
            kind = ast.unparse(argument.annotation) if argument.annotation else "str"
            is_text = re.fullmatch(r"(Optional\[)?str\]?( \| None)?|Annotated\[str,.*Query.*\]|SecretStr", kind)
            if re.fullmatch(r"(\w+_)?(password|passwd|pwd|pw|passphrase|passwort)", argument.arg, re.I) and is_plain and is_text and "{" + argument.arg + "}" not in path:
                self.say("password-in-query", module, argument.lineno)

    def look_at_passwords(self):
        for module, node in self.calls("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
            text = " ".join(ast.unparse(one) for one in node.args)
            if re.search(r"passw|passwd|\bpwd\b", text, re.I) and not re.search(r"reset|token", text, re.I) and not self.is_before_a_slow_one(node):
                self.say("fast-hash", module, node.lineno, last_name(node.func))
        for module, node in self.calls("CryptContext"):
            found = re.search(r"['\"](plaintext|hex_md5|hex_sha1|hex_sha256|hex_sha512|md5_crypt|des_crypt|nthash|lmhash|mysql41|ldap_md5|ldap_sha1)['\"]", ast.unparse(node))
            words = {word.arg: word.value for word in node.keywords}
            first = words.get("schemes") or (node.args[0] if node.args else None)
            if found and isinstance(first, (ast.List, ast.Tuple)) and first.elts and found[1] in ast.unparse(first.elts[0]):
                self.say("fast-hash", module, node.lineno, found[1])
        for module, node in self.nodes(ast.Compare):
            if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                continue
            sides = [ast.unparse(node.left), ast.unparse(node.comparators[0])]
            names = [re.fullmatch(r"(?:.*\.|.*\[['\"])?(password|passwd|pwd|plain_password)(?:['\"]\])?", side) for side in sides]
            typed = sum(1 for side in sides if re.search(r"confirm|repeat|again|password_?2|new_", side))
            if all(names) and not typed and sides[0] != sides[1]:
                self.say("plain-password", module, node.lineno)

    def is_before_a_slow_one(self, node):
        outer = self.function_around(node)
        return bool(outer) and bool(re.search(r"bcrypt|argon2|scrypt|pbkdf2", ast.unparse(outer)))

    # What else stands around them.

    def look_around(self):
        for module, node in self.calls("add_middleware", "CORSMiddleware", "CORS"):
            text = ast.unparse(node)
            if re.search(r"(allow_origins|origins)=\[?['\"]\*['\"]|allow_origin_regex=['\"]\.\*['\"]", text) and re.search(r"(allow_credentials|supports_credentials)=True", text):
                self.say("cors-with-credentials", module, node.lineno)
        for module, node in self.calls("run"):
            if any(word.arg == "debug" and isinstance(word.value, ast.Constant) and word.value.value is True for word in node.keywords) and any("flask" in dotted for _, dotted, _ in module.imports.values()):
                self.say("debug", module, node.lineno)
        for place, folders, names in os.walk(self.folder):
            depth = os.path.relpath(place, self.folder).count(os.sep)
            folders[:] = sorted(name for name in folders if name not in SKIPPED and depth < DEEPEST)  # noqa: F821
            for name in sorted(names):
                path = os.path.join(place, name)
                if name.endswith(SCRIPTS) and ".min." not in name and os.path.isfile(path) and os.path.getsize(path) < LARGEST:  # noqa: F821
                    self.look_at_script(os.path.relpath(path, self.folder), self.text_of(path))

    def look_at_script(self, name, text):
        for number, line in enumerate(text.splitlines(), 1):
            if not line.lstrip().startswith(("//", "*")) and (found := STORED.search(line)):
                self.say("local-storage", name, number, found[1])

    def run(self):
        for look in (self.look_at_key, self.look_at_tokens, self.look_at_routes, self.look_at_passwords, self.look_around):
            look()
        key = self.found.get("secret_key")
        unread = [{"where": where, "why": why} for where, why in self.not_found if why.startswith("it is no Python")]
        return {"findings": sorted(self.findings, key=lambda one: (one["where"].rsplit(":", 1)[0], int(one["where"].rsplit(":", 1)[1]))), "files": len(self.modules),
                "key": {"value": key[0], "where": key[1]} if key else None, "not_read": unread}
