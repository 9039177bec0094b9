# SPDX-License-Identifier: Apache-2.0
# Tokens of Django's REST framework: simplejwt's (https://django-rest-framework-simplejwt.readthedocs.io/en/latest/settings.html)
# and ninja_jwt's, which is made after it, and those of the older djangorestframework-jwt. None of them has a `sub` by itself.
import ast
import re

SIMPLE = {"SIMPLE_JWT": "rest_framework_simplejwt", "NINJA_JWT": "ninja_jwt"}


class RestFramework:
    """The part of Finder (find.py) that is about them."""
    def settings_of_tokens(self):
        """(module, what it says, the line, the library), of the dict in the settings or of the settings alone."""
        for module in self.modules:
            for name in (*SIMPLE, "JWT_AUTH"):
                if isinstance(given := module.names.get(name), ast.Dict):
                    return module, {key.value: value for key, value in zip(given.keys, given.values) if isinstance(key, ast.Constant)}, given, name
        for name, library in SIMPLE.items():
            if any(re.search(rf"\b{library}\b", text) for path, (_, text) in self.texts.items() if path.endswith(".py")):
                try:
                    module = self.evaluator.django_settings()
                except Unknown:  # noqa: F821 it stands before (modules.py)
                    return None
                return module, {}, next(iter(module.names.values()), module.tree.body[0]), name
        return None

    def from_rest_framework(self):
        if (settings := self.settings_of_tokens()) is None:
            return False
        module, entries, node, name = settings
        is_old = name == "JWT_AUTH"
        key, algorithm, life = ("JWT_SECRET_KEY", "JWT_ALGORITHM", "JWT_EXPIRATION_DELTA") if is_old else ("SIGNING_KEY", "ALGORITHM", "ACCESS_TOKEN_LIFETIME")
        for what, one in (("secret_key", key), ("algorithm", algorithm)):
            if one in entries:
                self.try_value(what, entries[one], module, lambda value: isinstance(value, str))
        if key not in entries:
            self.of_secret_key(module, node)
        where = f"{module.name}:{node.lineno}"
        self.note("expire_minutes", self.minutes_of(self.evaluator.or_none(entries[life], module, {})) if life in entries else 5, where)
        if is_old:
            self.without_sub("user_id", where)
            self.note("token_claims", "user_id=id,username,email", where)
        else:
            self.users_of_simple_jwt(entries, module, where)
        return True

    def of_secret_key(self, module, node):
        """Of the settings that the application runs with, which may be another file than that of the tokens' settings."""
        if "SECRET_KEY" not in module.names:
            try:
                module = self.evaluator.django_settings()
            except Unknown:  # noqa: F821
                pass
        self.try_value("secret_key", module.names.get("SECRET_KEY") or ast.copy_location(ast.Name("SECRET_KEY", ast.Load()), node), module, lambda value: isinstance(value, str))

    def users_of_simple_jwt(self, entries, module, where):
        """Which claim names people, and by which of their fields."""
        said = {}
        for name, usual in (("USER_ID_CLAIM", "user_id"), ("USER_ID_FIELD", "id"), ("TOKEN_TYPE_CLAIM", "token_type")):
            node = entries.get(name)
            said[name] = usual if node is None else self.evaluator.or_none(node, module, {}) or (None if not isinstance(node, ast.Constant) else "")
            if said[name] is None:
                self.not_found.append((f"{module.name}:{node.lineno}", f"token_claims: what {name} is has to be computed"))
        claim, field, kind = said.values()
        if not claim or not field or kind is None:
            return
        told = [f"{kind}:access"] if kind else []
        if claim != "sub":
            told.append(f"{claim}={field}" if claim != field else claim)
        audience = self.evaluator.or_none(entries["AUDIENCE"], module, {}) if "AUDIENCE" in entries else None
        told += [f"aud:{audience}"] if isinstance(audience, str) and re.fullmatch(r"[\w:./-]+", audience) else []
        told += [one for one in self.added_claims() if re.split("[=:]", one)[0] not in {re.split("[=:]", other)[0] for other in told}]
        if claim == "sub":
            self.note("subject", field, where)
        else:
            self.without_sub(claim, where)
        self.note("token_claims", ",".join(told), where)

    def added_claims(self):
        """What get_token() of a serializer of the application's puts into a token, as token_claims has it."""
        for module in self.modules:
            for function in [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef) and node.name == "get_token"]:
                for node in ast.walk(function):
                    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript) or not isinstance(node.targets[0].slice, ast.Constant):
                        continue
                    name = str(node.targets[0].slice.value)
                    if made := self.claim(name, node.value, Scope(module, function)):  # noqa: F821 it stands before (modules.py)
                        yield made
                    else:
                        self.not_found.append((f"{module.name}:{node.lineno}", f"the claim {name}, `{ast.unparse(node.value)}`, cannot be made by Keyhold: --token-claims says what is like it"))
