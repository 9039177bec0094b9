# SPDX-License-Identifier: Apache-2.0
# What libraries make of the little that they are told: which key they sign with, how long their tokens live, and what stands
# in those besides what the application says. Each is a row; how they are asked is in makers.py and tokens.py.
import ast
import collections
import json
import re

# create_access_token(...) of these: the words for whom it names, for further claims and for its life; the setting of the
# usual life; and what each such token says by itself, without which the library refuses one.
Creator = collections.namedtuple("Creator", "homes subject more life setting key says")
CREATORS = (
    # https://flask-jwt-extended.readthedocs.io/en/stable/options.html
    Creator(("flask_jwt_extended",), "identity", "additional_claims", "expires_delta", "JWT_ACCESS_TOKEN_EXPIRES", "JWT_SECRET_KEY", {}),
    # https://indominusbyte.github.io/fastapi-jwt-auth/configuration/general/
    Creator(("fastapi_jwt_auth", "another_fastapi_jwt_auth", "async_fastapi_jwt_auth", "libre_fastapi_jwt"), "subject", "user_claims", "expires_time", "authjwt_access_token_expires", "authjwt_secret_key", {"type": "access"}),
    # https://authx.yezz.me/
    Creator(("authx",), "uid", "data", "expiry", "JWT_ACCESS_TOKEN_EXPIRES", "JWT_SECRET_KEY", {"type": "access"}),
)
USUAL_MINUTES = 15  # of all of them

# What is made with a key: by which word and at which place, the words for its algorithm and its life, and the usual life in
# minutes; home: the library, as others have classes of that name; None: any.
Strategy = collections.namedtuple("Strategy", "home key at algorithm life minutes")
STRATEGIES = {
    "JWTStrategy": Strategy(None, ("secret",), 0, "algorithm", ("lifetime_seconds", 1), None),  # https://fastapi-users.github.io/fastapi-users/latest/configuration/authentication/strategies/jwt/
    **dict.fromkeys(("JWTAuth", "JWTCookieAuth", "OAuth2PasswordBearerAuth"), Strategy("litestar", ("token_secret",), None, "algorithm", ("default_token_expiration", None), 24 * 60)),  # https://docs.litestar.dev/2/reference/security/jwt.html
    "LoginManager": Strategy("fastapi_login", ("secret",), 0, "algorithm", ("default_expiry", None), 15),  # https://fastapi-login.readthedocs.io/
    **dict.fromkeys(("Initialize", "initialize"), Strategy("sanic_jwt", ("secret",), None, "algorithm", ("expiration_delta", None), 30)),  # https://sanic-jwt.readthedocs.io/en/latest/pages/configuration.html
    **dict.fromkeys(("JwtAccessBearer", "JwtAccessCookie", "JwtAccessBearerCookie"), Strategy("fastapi_jwt", ("secret_key",), 0, "algorithm", ("access_expires_delta", None), 15)),  # https://k4black.github.io/fastapi-jwt/
    "AuthXConfig": Strategy("authx", ("JWT_SECRET_KEY",), None, "JWT_ALGORITHM", ("JWT_ACCESS_TOKEN_EXPIRES", None), 15),
}
# Libraries that make or read tokens of the kind that Keyhold has, by the first word of what is imported.
OF_TOKENS = re.compile(r"^(jwt|jose|authlib|joserfc|jwcrypto|python_jwt|flask_jwt\w*|flask_praetorian|fastapi_jwt\w*|\w+_fastapi_jwt\w*|fastapi_users\w*|fastapi_login|authx|rest_framework_simplejwt|rest_framework_jwt|ninja_jwt|ninja_extra|dj_rest_auth|djoser|graphql_jwt|sanic_jwt|oauth2_provider|strawberry_django_jwt|\w*jwt\w*)$", re.I)
OF_FRAMEWORKS = re.compile(r"^(flask\w*|django|fastapi|starlette|quart\w*|sanic|aiohttp\w*|bottle|litestar|tornado|pyramid|falcon|robyn|blacksheep|itsdangerous)$", re.I)
OF_SESSIONS = re.compile(r"\bsession\b|SessionMiddleware|flask_login|login_user|contrib\.sessions|contrib\.auth|itsdangerous|set_secure_cookie|secure_cookie", re.I)
OF_LARAVEL = re.compile(r'"(?:tymon|php-open-source-saver)/jwt-auth"\s*:')


class Libraries(Kinds):  # noqa: F821 it stands before this one (kinds.py)
    """The part of Makers (makers.py) that is about libraries."""
    def creator(self):
        """The library whose create_access_token() is meant."""
        homes = {dotted.split(".")[0] for module in self.modules for _, dotted, _ in module.imports.values()}
        return next((one for one in CREATORS if homes & set(one.homes)), None)

    def is_flask(self):
        return any("flask_jwt_extended" in dotted for module in self.modules for _, dotted, _ in module.imports.values())

    def of_creator(self, call):
        """(what stands in it, the key, the algorithm) of a call of a library's, as Makers.parts_of() has it."""
        words, creator = {word.arg: word.value for word in call.keywords}, self.creator()
        subject, more = words.get("subject"), None
        if creator:
            subject, more = words.get(creator.subject), words.get(creator.more)
            subject = subject if subject is not None else call.args[0] if call.args else None
        elif (given := words.get("data") or words.get("payload") or words.get("claims") or (call.args[0] if call.args else None)) is not None:
            life = words.get("expires") or words.get("expires_delta")
            if life is not None and any(row.home == "fastapi_login" for _, row, _, _ in self.strategies()):
                given = ast.fix_missing_locations(ast.copy_location(ast.Dict([None, ast.Constant("exp")], [given, life]), call))
            return given, None, None
        if subject is None:
            return None, None, None
        says = [(ast.Constant(name), ast.Constant(text)) for name, text in (creator.says if creator else {}).items()]
        pairs = [(ast.Constant("sub"), subject), *says, *([(None, more)] if more is not None else [])]
        made = ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
        return ast.fix_missing_locations(ast.copy_location(made, call)), None, None

    # What Flask's library asks of the application: whom a token names, and what else it says.

    def loader(self, name):
        """The function of `@jwt.user_identity_loader`, or of `jwt.user_identity_loader(function)`; MISSING: there is none."""
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(ast.unparse(mark).endswith("." + name) for mark in node.decorator_list):
                    return module, node
        for module, call in self.evaluator.calls(name):
            given = call.args[0] if call.args else None
            found = (module, given) if isinstance(given, ast.Lambda) else self.evaluator.function_or_class(given.id, module) if isinstance(given, ast.Name) else None
            return found if isinstance(found, tuple) else (module, given)
        return MISSING  # noqa: F821 it stands before (evaluate.py)

    def answers_of(self, home, handed):
        """What a loader returns, each with its scope, for what it is handed."""
        module, function = home
        names = [one.arg for one in function.args.args] if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) else []
        given = {names[-1]: handed} if names else {}
        if isinstance(function, ast.Lambda):
            return [(function.body, Scope(module, module.function_around(function), given))]  # noqa: F821
        return [(node.value, Scope(module, function, given)) for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None] if names else []  # noqa: F821

    def ask_loaders(self, token):
        """Puts into a token of Flask's library what its loaders and settings say."""
        if not self.is_flask() or token.key is not None or "sub" not in token.claims:
            return
        identity = token.claims["sub"]
        if (home := self.loader("user_identity_loader")) is not MISSING:  # noqa: F821
            answers = self.answers_of(home, identity)
            called = ast.copy_location(ast.Call(ast.Name(getattr(home[1], "name", "loader"), ast.Load()), [identity[0]], []), identity[0])
            token.claims["sub"] = answers[0] if len(answers) == 1 else (ast.fix_missing_locations(called), identity[1])
        if (home := self.loader("additional_claims_loader")) is not MISSING:  # noqa: F821
            self.add_loaded(token, home, identity)
        for module, name, node in self.config_items():
            if name == "JWT_ENCODE_AUDIENCE":
                token.claims["aud"] = node, Scope(module, module.function_around(node))  # noqa: F821
            elif name == "JWT_IDENTITY_CLAIM" and isinstance(claim := self.evaluator.or_none(node, module, self.around(node, module)), str) and "sub" in token.claims:
                token.claims[claim] = token.claims.pop("sub")
                token.sure.add(claim)

    def add_loaded(self, token, home, identity):
        answers = self.answers_of(home, identity)
        keys = [{getattr(key, "value", None) for key in answer.keys} if isinstance(answer, ast.Dict) else None for answer, _ in answers]
        if not keys or None in keys or any(None in one or one != keys[0] for one in keys):
            token.is_whole = False
            self.not_found.append((f"{home[0].name}:{getattr(home[1], 'lineno', 1)}", "old tokens: what additional_claims_loader adds has to be run, and tokens with it are refused: old_token_claims names those claims, and --token-claims what Keyhold's say"))
            return
        said = dict(token.claims)
        for answer, scope in answers:
            for key, value in zip(answer.keys, answer.values):
                before = token.claims.get(key.value)
                differs = before is not None and key.value not in said and ast.dump(before[0]) != ast.dump(value)
                made = ast.copy_location(ast.Call(ast.Name(getattr(home[1], "name", "loader"), ast.Load()), [], []), value)
                if key.value not in said:
                    token.claims[key.value] = (ast.fix_missing_locations(made) if differs else value), scope
                    token.sure.add(key.value)

    # How long they live.

    def find_creators_life(self):
        """By what each call says, else by the setting, else by the library's own default. Whether it is a library's."""
        creator, tokens = self.creator(), self.tokens()
        if creator is None or any(token.key is not None for token in tokens):
            return False
        lives, by_setting = {}, not tokens
        for token in tokens:
            node = next((word.value for word in token.call.keywords if word.arg == creator.life), None)
            if node is None or isinstance(node, ast.Constant) and node.value is None:
                by_setting = True
                continue
            try:
                minutes = self.minutes_of_setting(creator.life, self.evaluator.value(*self.in_place(node, token.scope)))
                lives.setdefault(minutes, self.where_of(node, token.scope.module))
            except Unknown as unknown:  # noqa: F821
                self.not_found.append((unknown.where or token.where, f"expire_minutes: {unknown.why}"))
                return True
        if by_setting and not lives:
            self.by_name("expire_minutes", re.compile(f"^{creator.setting}$", re.I), usable=lambda value: True, made=self.minutes_of_setting)
            if not any(why.startswith("expire_minutes") for _, why in self.not_found):
                self.note("expire_minutes", USUAL_MINUTES, f"{creator.homes[0]}'s default")
        elif len(lives) == 1 and not by_setting:
            self.note("expire_minutes", *next(iter(lives.items())))
        else:
            self.not_found.append((next(iter(lives.values())), "expire_minutes: some tokens live for " + " or ".join(map(str, sorted(lives))) + " minutes, and others for another time: say old_token_minutes"))
        return True

    def minutes_of_setting(self, name, value):
        """A timedelta(), or seconds."""
        if value is False:
            raise Unknown(f"{name} is False: tokens never end there, and those open nothing here")  # noqa: F821
        minutes = self.minutes_of(value) or self.whole(value, 1 / 60)
        if minutes is None:
            raise Unknown(f"{name} is no time")  # noqa: F821
        return minutes

    # Objects that are made with a key.

    def strategies(self):
        """(what it is called, the row, its module, the call)."""
        for module, node in self.evaluator.calls(*STRATEGIES):
            func = node.func.value if isinstance(node.func, ast.Subscript) else node.func
            called, root = ast.unparse(func).rsplit(".", 1)[-1], ast.unparse(func).split(".", 1)[0]
            row = STRATEGIES[called]
            if row.home is None or module.imports.get(root, ("", root, ""))[1].split(".")[0] in (row.home, "starlite" if row.home == "litestar" else ""):
                yield called, row, module, node

    def from_strategies(self):
        for called, row, module, node in self.strategies():
            words = {word.arg: word.value for word in node.keywords}
            key = next((words[word] for word in row.key if word in words), None)
            if key is None and row.home == "authx":  # config.JWT_SECRET_KEY = "..."
                key = next((value for home, _, holder, value in self.evaluator.later_lines(row.key[0]) if home is module and value is not None and module.names.get(ast.unparse(holder)) is node), None)
            if key is None and row.at is not None and len(node.args) > row.at:
                key = node.args[row.at]
            if key is not None:
                self.keys_of_libraries.append((key, Scope(module, module.function_around(node)), f"{module.name}:{node.lineno}"))  # noqa: F821
            for what, given in (("secret_key", key), ("algorithm", words.get(row.algorithm))):
                if given is not None:
                    self.try_value(what, given, module, lambda value: isinstance(value, str))
            self.life_of_strategy(row, words, module, node)
            where = f"{module.name}:{node.lineno}"
            if called == "JWTStrategy":
                self.of_fastapi_users(words.get("token_audience"), module, where)
            elif row.home == "sanic_jwt":
                claim = self.evaluator.or_none(words["user_id"], module, {}) if "user_id" in words else "user_id"
                self.without_sub(claim or "user_id", where)
                self.note("token_claims", claim, where)
            elif row.home == "fastapi_jwt":
                self.without_sub("subject, with names and values in it", where)
            elif row.home == "litestar":
                self.of_litestar(where)

    def by_setting_of_creator(self):
        """The key of a library's own setting. Whether there is such a setting that is not understood: then no other counts."""
        if (creator := self.creator()) is None or any(token.key is not None for token in self.made):
            return False
        self.by_name("secret_key", re.compile(f"^{creator.key}$", re.I))
        return "secret_key" not in self.found and any(why.startswith("secret_key:") for _, why in self.not_found)

    def life_of_strategy(self, row, words, module, node):
        name, scale = row.life
        given = words.get(name) or (node.args[1] if row.home is None and len(node.args) > 1 else None)
        if given is None and row.home == "fastapi_login":  # each call may say it
            self.usual_life = row.minutes, f"{row.home}'s default"
            return
        if given is None:
            self.note("expire_minutes", row.minutes, f"{row.home}'s default")
            return
        value = self.evaluator.or_none(given, module, self.around(given, module))
        if minutes := self.minutes_of(value) or self.whole(value, 1 / 60):
            self.note("expire_minutes", minutes, f"{module.name}:{given.lineno}")

    def of_fastapi_users(self, audience, module, where):
        said = self.evaluator.or_none(audience, module, self.around(audience, module)) if audience is not None else ("fastapi-users:auth",)
        if not isinstance(said, tuple) or len(said) != 1 or not isinstance(said[0], str):
            self.not_found.append((where, "claims: whom tokens are for, token_audience, is not one text: --token-claims aud:... and old_token_claims say it"))
            said = None
        for what, value in (("claims", f"aud={said[0]}" if said else None), ("token_claims", f"aud:{said[0]}" if said else None), ("subject", "id")):
            self.note(what, value, where)

    def of_litestar(self, where):
        """https://docs.litestar.dev/2/reference/security/jwt.html: each token has `extras`, whatever stands in it."""
        subjects = {}
        for module, call in self.evaluator.calls("login", "create_token"):
            given = next((word.value for word in call.keywords if word.arg == "identifier"), None)
            if given is not None:
                said, place, text, _ = self.subject_of(given, Scope(module, module.function_around(call)))  # noqa: F821
                subjects.setdefault(said, (place, text))
        known = {said: place for said, place in subjects.items() if said}
        if known:
            self.note("subject", next(iter(known)), next(iter(known.values()))[0])
        if subjects and len(known) != 1 or None in subjects:
            self.guess("subject", "Tokens name users by " + ", ".join(f"`{text}` ({place})" for place, text in subjects.values()) + ": --token-sub says which column that is", where)
        self.note("claims", "extras", where)
        self.note("token_claims", "", where)

    # PHP's: https://github.com/tymondesigns/jwt-auth/blob/develop/config/config.php

    def from_laravel(self):
        name = next((name for name, (_, text) in self.texts.items() if name.rsplit("/", 1)[-1] == "composer.json" and OF_LARAVEL.search(text)), None)
        if name is None or "secret_key" not in self.found or self.made:
            return
        text = self.texts[name][1]
        where, variables = f"{name}:{text.count(chr(10), 0, OF_LARAVEL.search(text).start()) + 1}", self.env.all()
        self.note("algorithm", variables.get("JWT_ALGO", ("HS256",))[0], variables.get("JWT_ALGO", ("", where))[1])
        life, place = variables.get("JWT_TTL", ("60", where))
        self.note("expire_minutes", self.whole(life, 1), place)
        for what, value in (("subject", "id"), ("claims", "nbf,prv"), ("token_claims", "")):
            self.note(what, value, where)
        self.not_found.append((where, "jwt-auth refuses tokens without `nbf`, which Keyhold's have not: take 'nbf' out of required_claims in config/jwt.php"))

    # Sessions.

    def makes_no_tokens(self):
        """Where it is seen that an application has sessions and no tokens; nothing where it may have."""
        imported, framework = set(), ""
        for module in self.modules:
            for node in ast.walk(module.tree):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                imported |= {part for name in names for part in name.split(".")}
                if not framework and any(OF_FRAMEWORKS.match(name.split(".")[0]) for name in names):
                    framework = f"{module.name}:{node.lineno}"
            if re.search(r"simplejwt|rest_framework_jwt|ninja_jwt|graphql_jwt|dj_rest_auth", self.texts[module.name][1] if module.name in self.texts else ""):
                return ""
        if any(re.search(r"jwt|jsonwebtoken|^jose$|next-auth|^passport", package) for package in self.node_packages()):
            return ""
        if not framework or self.made or any(self.strategies()) or any(OF_TOKENS.match(name) for name in imported):
            return ""
        for module in self.modules:
            for number, line in enumerate(self.texts[module.name][1].splitlines() if module.name in self.texts else [], 1):
                if OF_SESSIONS.search(line) and not line.lstrip().startswith("#"):
                    return f"{module.name}:{number}"
        return framework

    def find_no_tokens(self):
        """The key of sessions is none of tokens: nobody gets it who has not asked for it."""
        where, name = self.makes_no_tokens(), self.found.get("secret_name", ("",))[0]
        if where and not re.search("jwt|token", name, re.I):
            place = self.found.get("secret_key", ("", ""))[1]
            for what in ("secret_key", "secret_name", "algorithm", "expire_minutes", "subject", "claims", "token_claims"):
                self.found.pop(what, None)
            self.guesses = [guess for guess in self.guesses if guess["what"] != "secret_key"]
            self.note("no_tokens", "sessions", where)
            if place:
                self.not_found.append((place, "secret_key: no code here makes tokens, so this is the key of its sessions, and no key is shared: --secret-key-file says otherwise"))

    def find_secret_name(self):
        """What the key is called where it stands, as the operator looks for it there."""
        if "secret_key" not in self.found:
            return
        name, _, line = self.found["secret_key"][1].rpartition(":")
        rows = self.texts[name][1].splitlines() if name in self.texts else []
        row = rows[int(line) - 1] if line.isdigit() and 0 < int(line) <= len(rows) else ""
        said = re.compile(r"\w*(?:secret|key)\w*", re.I)
        if found := said.search(re.split("[=:]", row)[0]) or said.search(re.sub(r"([\"']).*?\1", "", row)):
            self.note("secret_name", found[0], self.found["secret_key"][1])
