# SPDX-License-Identifier: Apache-2.0
# What an application's access tokens are: with which key they are signed, how long they live, what they say of whom.
import ast
import re

SECRET = re.compile(r"^(\w+_)?((jwt|auth|token|access_token|app)_*)?(secret|secret_key|jwt_key|signing_key)$|^secretkey$", re.I)
ALGORITHM = re.compile(r"^(\w+_)?(algorithm|alg)$", re.I)
LIFE = re.compile(r"^(?!.*refresh)(?!.*reset)(?!.*(email|verif|confirm))(\w+_)?(access_?)?token_(\w+_)?(expir\w*|lifetime|ttl|life)(_\w+)?$|^jwt_(\w+_)?(expir\w*|lifetime|ttl)(_\w+)?$", re.I)
SHARED = ("HS256", "HS384", "HS512")
UNITS = [(1 / 60, {"s", "sec", "secs", "second", "seconds"}), (1, {"m", "min", "mins", "minute", "minutes"}), (60, {"h", "hr", "hrs", "hour", "hours"}), (1440, {"d", "day", "days"}), (10080, {"week", "weeks"})]
# Every token may have them, and they say nothing of what it is for.
PLAIN_CLAIMS = ("sub", "exp", "iat", "jti", "iss", "nbf")

# "7d", as jsonwebtoken reads it (https://github.com/vercel/ms); a number alone is not taken, as it may be either unit.
OF_NODE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*$", re.I)
SECONDS_OF_NODE = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class TokenFinder(Makers):  # noqa: F821 it stands before this one (makers.py)
    """The part of Finder (find.py) that is about tokens."""
    def find_secret(self):
        self.from_strategies()
        tokens = [token for token in self.tokens() if token.key is not None]
        if "secret_key" not in self.found:
            if tokens:
                self.from_tokens(tokens)
            elif self.keys_of_libraries:
                self.by_the_name_of_the_key(self.keys_of_libraries)
            elif not self.from_rest_framework() and not self.by_setting_of_creator() and not self.from_node_verifiers() and not self.has_sessions_alone():
                self.by_name("secret_key", SECRET, lambda name: not NO_SECRET.search(name), self.rank_of_key)
                if "secret_key" in self.found and any(token.key is not None for token in self.made or []):
                    self.guess("secret_key", "The code that was understood signs no access tokens, only others: the key is taken by its name", self.found["secret_key"][1])
                self.by_name("algorithm", ALGORITHM)
                self.from_laravel()
        self.check_algorithm()
        self.find_secret_name()

    def rank_of_key(self, name):
        if self.is_flask():
            return {"JWT_SECRET_KEY": 0, "SECRET_KEY": 1}.get(name, 2)
        return 0 if re.search(r"jwt|access|token|auth", name, re.I) else 1

    def from_tokens(self, tokens):
        """The key with which access tokens are signed; where that cannot be worked out, no other is taken for it."""
        found = {}
        for token in tokens:
            value, where = self.value_in(token.key, token.scope, "secret_key", token)
            if value is not None:
                found.setdefault(value, where)
        if found:
            value, where = next(iter(found.items()))
            self.note("secret_key", value, where)
            lost = [place for place, why in self.not_found if why.startswith("secret_key:")]
            if others := list(found.values())[1:] + lost:
                self.guess("secret_key", f"Tokens are signed with several keys: that of {where} is taken, and not that of " + ", ".join(dict.fromkeys(others)), where)
        else:
            self.by_the_name_of_the_key([(token.key, token.scope, token.where) for token in tokens])
        for token in tokens:
            if token.algorithm is not None:
                value, where = self.value_in(token.algorithm, token.scope, "algorithm", token)
                if value:
                    self.note("algorithm", value, where)

    def by_the_name_of_the_key(self, keys):
        """A name that stands in no file that is read, as of another package, may be that of a setting; and so may that of a
        field of an object which is made in a way that is not understood, if one .env alone says it."""
        nodes = [self.resolved(key, scope) for key, scope, _ in keys]
        names = {getattr(node, "id", getattr(node, "attr", "")) for node, _ in nodes}
        known = [why for _, why in self.not_found if why.startswith("secret_key:")]
        if len(names) != 1 or not (name := names.pop()):
            return
        if all(why.endswith(" is not known") and "(" not in why for why in known):
            self.by_name("secret_key", re.compile(f"^{re.escape(name)}$", re.I))
        elif all(isinstance(node, ast.Attribute) and self.evaluator.or_none(*self.in_place(node.value, scope)) is None for node, scope in nodes):
            said = [(value, where) for found in self.env.files.values() for key, (value, where) in found.items() if key.lower() in self.variables_of_field(name)]
            if len(said) == 1:
                self.note("secret_key", *said[0])
        if "secret_key" in self.found:
            self.guess("secret_key", f"What signs at {keys[0][2]} stands in no file that was read, or is not understood: {self.found['secret_key'][1]} is taken for it, which is called so too", self.found["secret_key"][1])

    def variables_of_field(self, name):
        """What the variables of a field are called, in small letters: by the classes that have it, or else as it is."""
        found = set()
        for module in self.modules:
            for made in module.classes.values():
                settings = Settings(module, made)
                if self.evaluator.is_pydantic(settings) and (declared := self.evaluator.declared(settings, name)) and isinstance(declared[0], (ast.Assign, ast.AnnAssign)):
                    aliases = self.evaluator.aliases(settings, name, declared[0].value, getattr(declared[0], "annotation", None))
                    found.update(one.lower() for one in aliases or [self.evaluator.prefix(settings) + name])
        return found or {name.lower()}

    def value_in(self, node, scope, what, token):
        self.evaluator.sources = []
        try:
            value = self.evaluator.in_scope(node, scope)
            value = value.decode() if isinstance(value, bytes) else value
            if isinstance(value, str) and value:
                return value, self.source_of(value) or self.where_of(*self.at(node, scope))
            self.not_found.append((token.where, f"{what}: it is no text"))
        except Unknown as unknown:
            self.not_found.append((unknown.where or token.where, f"{what}: {unknown.why}"))
        except UnicodeDecodeError:
            self.not_found.append((token.where, f"{what}: it is bytes that are no text: name a file of them with --secret-key-file"))
        return None, ""

    def at(self, node, scope):
        node, scope = self.resolved(node, scope)
        return (node.node, node.scope.module) if isinstance(node, Bound) else (node, scope.module)

    def without_sub(self, name, where):
        self.not_found.append((where, f"subject: its tokens have no `sub` (they say {name}), so that old ones open nothing here"))
        self.note("subject", "none", where)

    def check_algorithm(self):
        value, where = self.found.get("algorithm", ("", ""))
        key = self.found.get("secret_key", ("", ""))
        if value and value not in SHARED or key[0].startswith("-----BEGIN"):
            for what in ("secret_key", "algorithm", "subject", "claims", "token_claims"):
                self.found.pop(what, None)
            self.guesses = [guess for guess in self.guesses if guess["what"] != "secret_key"]
            self.not_found.append((where or key[1], f"secret_key: it signs by {value or 'a key pair'}, with a key that Keyhold does not share: no old token opens Keyhold, and none of Keyhold's the application"))
            self.is_signed_otherwise = True

    # How long they live.

    def find_life(self):
        lives = {}
        if "no_tokens" in self.found:
            return
        for token in self.tokens():
            if token.module.is_node and token.is_whole and "exp" not in token.claims:
                self.not_found.append((token.where, "old tokens: those that are made here have no `exp`, and Keyhold takes none that never ends"))
            if "exp" in token.claims:
                for minutes, where in self.lives_of(*token.claims["exp"]).items():
                    lives.setdefault(minutes, where)
        if len(lives) == 1:
            self.note("expire_minutes", *next(iter(lives.items())))
        if self.find_creators_life():
            return
        self.by_name("expire_minutes", LIFE, rank=lambda name: "access" not in name.lower(), made=self.life_of)
        if not lives and self.usual_life:
            self.note("expire_minutes", *self.usual_life)
        if "expire_minutes" not in self.found and lives:
            self.not_found.append((next(iter(lives.values())), "expire_minutes: tokens live for " + " or ".join(map(str, sorted(lives))) + " minutes: say old_token_minutes"))

    def minutes_of(self, value):
        return max(1, int(value.total_seconds() / 60)) if hasattr(value, "total_seconds") and value.total_seconds() > 0 else None

    def whole(self, value, scale):
        """None for what is no number, or yes or no."""
        try:
            number = float(value) if not isinstance(value, bool) else 0
        except (TypeError, ValueError):
            return None
        return int(number * scale) if number * scale >= 1 else None

    def life_of(self, name, value):
        """By the unit in its name, or else by that of the timedelta() that it goes into."""
        if found := self.minutes_of(value):
            return found
        if isinstance(value, str) and (found := OF_NODE.match(value)):
            return max(1, int(float(found[1]) * SECONDS_OF_NODE[found[2][0].lower()] / 60))
        words = re.split(r"_+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
        scale = next((scale for word in reversed(words) for scale, units in UNITS if word in units or len(word) > 8 and any(word.endswith(unit) for unit in units if len(unit) > 3)), None)
        if scale is None:
            used = {word.arg for _, call in self.evaluator.calls("timedelta") for word in call.keywords for one in ast.walk(word.value)
                    if getattr(one, "attr", getattr(one, "id", getattr(one, "value", None))) == name}
            scale = next((scale for scale, units in UNITS if used and used <= units), None)
        if scale is None:
            raise Unknown(f"nothing says whether {name} counts minutes, seconds or days: say old_token_minutes")
        return self.whole(value, scale)

    def lives_of(self, node, scope):
        """minutes -> where: of the timedelta() that `exp` is made of, what was handed over before what stands in its place."""
        if isinstance(node, NodeLife):  # noqa: F821 node_signing.py
            return self.life_by_ms(node, scope)
        handed, own, left, seen = {}, {}, [(node, scope, False)], set()
        while left and len(seen) < 60:
            one, place, is_handed = left.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            found = handed if is_handed else own
            for inner in ast.walk(one):
                if isinstance(inner, ast.Call) and ast.unparse(inner.func).rsplit(".", 1)[-1] == "timedelta":
                    if minutes := self.minutes_of(self.evaluator.or_none(*self.in_place(inner, place))):
                        found.setdefault(minutes, self.where_of(inner.keywords[0].value, place.module) if inner.keywords else f"{place.module.name}:{inner.lineno}")
                elif isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add) and re.search(r"\btime\(\)", ast.unparse(inner.left)):
                    if minutes := self.whole(self.evaluator.or_none(*self.in_place(inner.right, place)), 1 / 60):
                        found.setdefault(minutes, f"{place.module.name}:{inner.lineno}")
                elif isinstance(inner, ast.Name):
                    left += self.what_stands_for(inner.id, place, is_handed)
                elif isinstance(inner, ast.Attribute) and minutes_of_field(self, inner, place):
                    found.setdefault(minutes_of_field(self, inner, place), self.where_of(inner, place.module))
        return handed or own

    def what_stands_for(self, name, scope, is_handed):
        found = []
        if name in scope.given:
            node, place = scope.given[name]
            if not (isinstance(node, ast.Constant) and node.value is None):
                found.append((node, place, is_handed or place is not scope and place.function is not None))
        if scope.function:
            found += [(node.value, scope, is_handed) for node in ast.walk(scope.function) if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
                      and any(isinstance(target, ast.Name) and target.id == name for target in targets_of(node))]
        if not found and isinstance(one := scope.module.names.get(name), ast.AST):
            found.append((one, Scope(scope.module), is_handed))
        if not found and name in scope.module.imports:
            level, dotted, original = scope.module.imports[name]
            other = self.evaluator.find_module(level, dotted, scope.module)
            if other and original in other.names:
                found.append((other.names[original], Scope(other), is_handed))
        return found

    # Whom they name, and what else they say.

    def find_subject(self):
        if self.is_signed_otherwise or "subject" in self.found and ("token_claims" in self.found or self.found["subject"][0] == "none"):
            return
        tokens = [token for token in self.tokens() if token.claims or token.module.is_node]
        subjects, numbers = {}, []
        for token in tokens:
            if "sub" in token.claims:
                said, where, text, is_text = self.subject_of(*token.claims["sub"])
                subjects.setdefault(said, (where, text))
                if said in ("id", "pk", "user_id") and not is_text and (where, text) not in numbers:
                    numbers.append((where, text))
        for where, text in numbers:
            self.not_found.append((where, f"subject: `{text}` is not made a text: if it is a number, old tokens open nothing at Keyhold, whose own have the same digits as a text"))
        known = {said: place for said, place in subjects.items() if said}
        if known:
            said, (where, _) = next(iter(known.items()))
            self.note("subject", said, where)
            if len(known) > 1:
                self.guess("subject", "Tokens name users by " + ", ".join(f"their {one} ({place})" for one, (place, _) in known.items()) + f": {said} is taken. --token-sub says otherwise", where)
        elif subjects:
            where, text = subjects[None]
            self.guess("subject", f"What `sub` is was not understood, `{text}`: --token-sub says it", where)
        elif tokens and all(token.is_whole for token in tokens):
            names = [name for name in tokens[0].claims if name not in PLAIN_CLAIMS]
            self.without_sub(", ".join(names) or "nobody", tokens[0].where)
        self.claims_of_all(tokens)

    def subject_of(self, node, scope):
        """(the column, where, the expression, whether it is surely a text)."""
        place, is_text = f"{scope.module.name}:{node.lineno}", False
        for _ in range(8):
            node, scope = self.resolved(node, scope)
            is_text = is_text or isinstance(node, ast.JoinedStr) or isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in ("str", "text_type", "__str__")
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in ("str", "int", "text_type", "UUID") and len(node.args) == 1:
                node = node.args[0]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("__str__", "lower", "strip") and not node.args:
                node = node.func.value
            elif isinstance(node, ast.JoinedStr) and len(node.values) == 1 and isinstance(node.values[0], ast.FormattedValue):
                node = node.values[0].value
            elif not isinstance(node, ast.Name):
                break
        place = f"{scope.module.name}:{node.lineno}" if hasattr(node, "lineno") else place
        text = ast.unparse(node)
        holder = ""
        if isinstance(node, ast.Attribute):
            holder, name = ast.unparse(node.value), node.attr
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            holder, name = ast.unparse(node.value), node.slice.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".get") and node.args and isinstance(node.args[0], ast.Constant):
            holder, name = ast.unparse(node.func.value), str(node.args[0].value)
        elif isinstance(node, ast.Name) and node.id in ("username", "user_name", "email", "user_id", "user_email", "login"):
            name = node.id.removeprefix("user_") if node.id == "user_email" else node.id
        else:
            return None, place, text, is_text
        # What somebody has typed to log in is the name by which people log in.
        if re.search(r"form|credential|payload|request|body|_in\b|(^|\.)data$", holder, re.I) and name in ("username", "email", "login"):
            name = "login"
        if re.search(r"payload|decoded|claims|token", holder, re.I) and name == "sub":
            return None, place, text, is_text
        return name, place, text, is_text

    def claims_of_all(self, tokens):
        names, told, where = {}, {}, tokens[0].where if tokens else ""
        others = [token for token in self.made or [] if token.kind == "other"]
        for token in tokens:
            for name, (node, scope) in token.claims.items():
                if name in PLAIN_CLAIMS:
                    continue
                said = self.rule_of(name, node, scope, tokens, others)
                if said:
                    names.setdefault(said, None)
                    where = f"{scope.module.name}:{node.lineno}" if not names else where
                if name == "scope" and self.text_claim(node, scope) is not None:
                    continue  # find_demands() tells it
                made = self.claim(name, node, scope)
                if made:
                    told.setdefault(name, made)
                elif name not in told:
                    self.not_found.append((f"{scope.module.name}:{getattr(node, 'lineno', token.call.lineno)}", f"the claim {name}, `{ast.unparse(node)}`, cannot be made by Keyhold: --token-claims says what is like it"))
            if "nbf" in token.claims:
                names.setdefault("nbf", None)
        self.note("claims", ",".join(names), where)
        self.note("token_claims", ",".join(told.values()), where)

    def rule_of(self, name, node, scope, tokens, others):
        """As old_token_claims has it. What tells tokens of several kinds apart is never let in with any value."""
        text = self.text_claim(node, scope)
        if name not in MARKS and self.says_kind(name):
            if rule := self.rule_of_kind(name, tokens):
                return rule
            self.not_found.append((f"{scope.module.name}:{getattr(node, 'lineno', 1)}", f"old tokens: those that say {name}, `{ast.unparse(node)}`, are refused, as it is not known which of them are access tokens: old_token_claims says it, as in {name}=false"))
            return None
        if isinstance(value := self.fixed(node, scope), bool):
            text = str(value).lower()
        is_mark = name in MARKS or text in ACCESS or any(name in other.claims and self.fixed(*other.claims[name]) is not None for other in others)
        if text and re.fullmatch(r"[^,=\s]+", text) and (is_mark or name == "aud"):
            if all(name in token.claims and self.fixed(*token.claims[name]) in (text, value) for token in tokens):
                return f"{name}={text}"
        if not is_mark and name != "aud":
            is_always = value is None and not isinstance(node, ast.Constant) and all(name in token.sure for token in tokens)
            return f"{name}=*" if is_always else name
        if text not in ACCESS or name not in MARKS:
            self.not_found.append((f"{scope.module.name}:{getattr(node, 'lineno', 1)}", f"claims: what access tokens say in {name}, `{ast.unparse(node)}`, is not known: --old-token-claims or old_token_claims says it"))
        return None

    def claim(self, name, node, scope):
        """A claim as token_claims has it; nothing for what follows neither from a column nor from the text."""
        text = self.text_claim(node, scope)
        if text and re.fullmatch(r"[\w:./-]+", text):
            return f"{name}:{text}"
        if not scope.module.is_node and self.is_enum_value(node):
            node = node.value
        while isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.func, ast.Name) and node.func.id in ("str", "int", "bool"):
            node = node.args[0]
        if isinstance(node, ast.Name):
            node, scope = self.resolved(node, scope)
        if scope.module.is_node:
            node = self.field_of_user(node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.attr not in ("value", "name") or scope.module.is_node):
            return name if node.attr == name else f"{name}={node.attr}"
        return None

    def is_enum_value(self, node):
        """`user.role.value` of an Enum whose names are its values: SQLAlchemy keeps the names."""
        if not isinstance(node, ast.Attribute) or node.attr not in ("value", "name") or not isinstance(node.value, ast.Attribute):
            return False
        if node.attr == "name":
            return True
        for module in self.modules:
            for made in module.classes.values():
                if made.name.lower().endswith(node.value.attr.lower().rstrip("s")) and any("Enum" in ast.unparse(base) for base in made.bases):
                    members = [(ast.unparse(one.targets[0]), one.value) for one in made.body if isinstance(one, ast.Assign)]
                    return bool(members) and all(isinstance(value, ast.Constant) and value.value == name for name, value in members)
        return False


def minutes_of_field(finder, node, scope):
    """A field of settings that is a timedelta()."""
    return finder.minutes_of(finder.evaluator.or_none(*finder.in_place(node, scope)))
