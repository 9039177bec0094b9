# SPDX-License-Identifier: Apache-2.0
# Which tokens a Node application signs: by jsonwebtoken, Nest's JwtService, jose, Hono, Fastify and jwt-simple; and with which key it
# takes them where it makes none, by passport-jwt and express-jwt.
import ast
import re

# As jsonwebtoken reads it (https://github.com/vercel/ms#readme): of a number that is no text, seconds.
MS = re.compile(r"(\d+(?:\.\d+)?|\.\d+) *(milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)?(?: from now)?$", re.I)
SECONDS_OF_MS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31557600}
# What a user of the table is called, and what came of a query for one; not what belongs to one, as userProfile.
OF_USER = re.compile(r"(user|usuario|account|member|person|customer|admin|employee|student|teacher|patient|client|body|payload|dto|rows?|results?|found|exist(s|ing)|record|data|entity|given\d+|^u|^me)(\d+|doc|record|row|data|entity|exists|found|info)?$", re.I)
VERIFIERS = ("secretOrKey", "secretOrPublicKey")
JWT_PACKAGES = {"jsonwebtoken", "jose", "@nestjs/jwt", "passport-jwt", "express-jwt", "koa-jwt", "jwt-simple", "njwt", "fast-jwt", "@fastify/jwt", "fastify-jwt", "hono", "next-auth", "@auth/core", "jwt-decode", "@hapi/jwt", "hapi-auth-jwt2"}
NODE_SESSIONS = {"express-session", "cookie-session", "koa-session", "@fastify/session", "iron-session"}


class NodeLife(ast.expr):
    """Stands for `exp`: what jsonwebtoken's expiresIn is given."""
    _fields = ("value",)
    is_moment = False  # of jose, a number is a moment


def at_node(made, node):
    for one in ast.walk(made):
        if not hasattr(one, "lineno"):
            ast.copy_location(one, node)
    return made


class NodeSigning:
    """The part of Finder (find.py) that is about Node's tokens."""
    def node_signatures(self):
        """(module, call) of what signs a token."""
        found = []
        for module in self.node_modules():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and last_name_of(node.func) in ("sign", "signAsync", "signSync", "jwtSign", "encode"):  # noqa: F821 node_code.py
                    if (parts := self.parts_of_node(module, node)) is not None:
                        self.known_signatures[node] = parts
                        found.append((module, node))
        return found

    def entries_of(self, node, scope, depth=0):
        """name -> (expression, its scope) of an object, wherever it is made; nothing where it is not understood."""
        for _ in range(8):
            if isinstance(node, Bound):
                node, scope = node.node, node.scope
            elif isinstance(node, ast.Name):
                before = node
                node, scope = self.resolved(node, scope)
                if node is before:
                    node, scope = self.named_elsewhere(node.id, scope)
            elif isinstance(node, ast.Attribute) and depth < 8:
                found = (self.entries_of(node.value, scope, depth + 1) or {}).get(node.attr)
                node, scope = found or (None, scope)
            else:
                break
        if not isinstance(node, ast.Dict):
            return None
        entries = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                entries |= self.entries_of(value, scope, depth + 1) or {} if depth < 8 else {}
            elif isinstance(key, ast.Constant):
                entries[str(key.value)] = value, scope
        return entries

    def step_of_node(self, node, module):
        """(module, expression) of what a name that is imported, or a field of an object, stands for."""
        scope = Scope(module, module.function_around(node))
        if isinstance(node, ast.Attribute):
            found = (self.entries_of(node.value, scope) or {}).get(node.attr)
            return (found[1].module, found[0]) if found else None
        if isinstance(node, ast.Name) and node.id in module.imports and node.id not in module.names:
            made, home = self.named_elsewhere(node.id, scope)
            return (home.module, made) if made is not None else None
        return None

    def home_of(self, name, scope):
        """The function, of those around it, in which a name is given its value."""
        function = scope.function
        while function is not None and name not in scope.given:
            if name in names_given(function.body) or name in self.parameters_of(function):
                return scope if function is scope.function else Scope(scope.module, function, {}, scope.names)
            function = scope.module.function_around(function)
        return scope if name in scope.given else Scope(scope.module, None, {}, scope.names)

    def named_elsewhere(self, name, scope):
        """Of a function around it, of its module or of another one."""
        function = scope.module.function_around(scope.function) if scope.function else None
        if function is not None:
            one = self.evaluator.own_names(function, scope.module).get(name)
            if isinstance(one, ast.AST) and not isinstance(one, Lost):
                return one, Scope(scope.module, function)
        if name in scope.module.names:
            return scope.module.names[name], Scope(scope.module)
        if name in scope.module.imports:
            level, dotted, original = scope.module.imports[name]
            other = self.evaluator.find_module(level, dotted, scope.module)
            if other is not None and original in other.names:
                return other.names[original], Scope(other)
        return None, scope

    def field_of_user(self, node):
        """`rows[0].id` and `user.dataValues.id` as `rows.id`; nothing for a field of what is no user by its name, as `company.id`."""
        if not isinstance(node, ast.Attribute):
            return node
        holder = node.value
        while isinstance(holder, ast.Subscript) and isinstance(holder.slice, ast.Constant) and isinstance(holder.slice.value, int) or isinstance(holder, ast.Attribute) and (holder.attr in ("dataValues", "rows", "_doc", "data") or OF_USER.search(holder.attr)):
            holder = holder.value if isinstance(holder, ast.Subscript) or not OF_USER.search(holder.attr) else at_node(ast.Name(holder.attr, ast.Load()), holder)
        if not isinstance(holder, ast.Name) or not OF_USER.search(holder.id):
            return None
        return at_node(ast.Attribute(holder, node.attr, ast.Load()), node)

    def bound(self, found, scope):
        """An entry as an expression of this scope."""
        if found is None:
            return None
        node, home = found
        return node if home is scope else Bound(node, home)

    def parts_of_node(self, module, call):
        """(what is signed, the key, the algorithm), as parts_of() gives them; nothing where it is no token."""
        scope = Scope(module, module.function_around(call))
        if last_name_of(call.func) == "sign" and (made := self.parts_of_jose(call, scope)):  # noqa: F821
            return made
        package, called = self.package_of(call.func, module) or ("", "")
        holder = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        args = list(call.args)
        if package == "jwt-simple" and called == "encode" and len(args) > 1:
            return args[0], args[1], args[2] if len(args) > 2 else None
        if package == "hono" and called == "sign" and len(args) > 1:
            return args[0], args[1], args[2] if len(args) > 2 else None
        if package in ("jsonwebtoken", "jwt") and called in ("sign", "jwt.sign") or not package and holder == "jwt" and last_name_of(call.func) == "sign" and "jwt" not in module.imports and len(args) > 1:  # noqa: F821
            if len(args) < 2:
                return None
            options = args[2] if len(args) > 2 else None
            return self.with_options(call, args[0], args[1], options, scope, {})
        if isinstance(call.func, ast.Attribute) and last_name_of(call.func) in ("sign", "signAsync", "jwtSign") and (re.search(r"jwt(_?service)?$|token_?service$", holder, re.I) or last_name_of(call.func) == "jwtSign") and args:  # noqa: F821
            if self.is_own(call.func, holder, module):
                return None
            return self.with_options(call, args[0], None, args[1] if len(args) > 1 else None, scope, self.module_options())
        return None

    def is_own(self, function, holder, module):
        """A class of the application's that is called like the library's."""
        root = holder.split(".")[0]
        _, dotted, _ = module.imports.get(root, ("", "", ""))
        if any(one.dotted == dotted for one in self.node_modules()):
            return True
        return not any(package in self.node_packages() for package in ("@nestjs/jwt", "@fastify/jwt", "fastify-jwt")) and any(function.attr in one.defined for one in self.node_modules())

    def with_options(self, call, payload, key, options, scope, usual):
        """jsonwebtoken's options say the claims that have a name of their own there."""
        entries = self.entries_of(options, scope) if options is not None else {}
        if entries is None:
            entries = {"expiresIn": (lost("the options are not understood", call), scope)} if isinstance(options, (ast.Name, ast.Attribute, ast.Call)) and not self.is_callback(options, scope) else {}
        entries = {**usual, **entries}
        keys, values = [None], [payload]
        for name, claim in (("subject", "sub"), ("issuer", "iss"), ("audience", "aud"), ("jwtid", "jti"), ("notBefore", "nbf")):
            if name in entries:
                keys.append(ast.Constant(claim))
                values.append(self.bound(entries[name], scope))
        if "expiresIn" in entries:
            keys.append(ast.Constant("exp"))
            values.append(NodeLife(self.bound(entries["expiresIn"], scope)))
        if key is None:
            key = self.bound(entries.get("secret") or entries.get("privateKey"), scope)
            key = key if key is not None else lost("nothing says with which key it is signed", call)
        return at_node(ast.Dict(keys, values), call), key, self.bound(entries.get("algorithm"), scope)

    def is_callback(self, node, scope):
        return isinstance(node, ast.Name) and any(isinstance(one, ast.FunctionDef) and one.name == node.id for one in ast.walk(scope.module.tree))

    def parts_of_jose(self, call, scope):
        """new SignJWT(payload).setSubject(...)...sign(key)"""
        said, node = {}, call.func.value if isinstance(call.func, ast.Attribute) else None
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said.setdefault(node.func.attr, node.args)
            node = node.func.value
        if not isinstance(node, ast.Call) or last_name_of(node.func) not in ("SignJWT", "UnsecuredJWT") or not call.args:  # noqa: F821
            return None
        keys, values = ([None], node.args[:1]) if node.args else ([], [])
        for name, claim in (("setSubject", "sub"), ("setIssuer", "iss"), ("setAudience", "aud"), ("setJti", "jti"), ("setNotBefore", "nbf")):
            if said.get(name):
                keys.append(ast.Constant(claim))
                values.append(said[name][0])
        if said.get("setExpirationTime"):
            life = NodeLife(said["setExpirationTime"][0])
            life.is_moment = True
            keys.append(ast.Constant("exp"))
            values.append(life)
        header = self.entries_of(said["setProtectedHeader"][0], scope) if said.get("setProtectedHeader") else None
        return at_node(ast.Dict(keys, values), call), call.args[0], self.bound((header or {}).get("alg"), scope)

    def module_options(self):
        """Of JwtModule.register() and of @fastify/jwt: the key and the usual options of all that is signed; of several that differ, none."""
        if self.known_module_options is None:
            found = []
            for module, node, package, called in self.node_calls():
                if package == "@nestjs/jwt" and called in ("JwtModule.register", "JwtModule.registerAsync") and node.args:
                    found.append(self.options_of_module(module, node, node.args[0], called))
            for module in self.node_modules():
                for node in ast.walk(module.tree):
                    if isinstance(node, ast.Call) and last_name_of(node.func) == "register" and len(node.args) > 1 and isinstance(node.args[0], ast.Name) and re.fullmatch(r"@?fastify[-/]jwt", module.imports.get(node.args[0].id, ("", "", ""))[1]):  # noqa: F821
                        found.append({**(self.entries_of(node.args[1], Scope(module, module.function_around(node))) or {"secret": (lost("what it is registered with is not understood", node), Scope(module))})})
            found = [one for one in found if one]
            said = {tuple(sorted((name, ast.dump(node)) for name, (node, _) in one.items() if name in ("secret", "privateKey", "expiresIn"))) for one in found}
            self.known_module_options = found[0] if len(said) == 1 else {"secret": (lost("several lines say with which key", found[0]["secret"][0]), found[0]["secret"][1])} if found and "secret" in found[0] else {}
        return self.known_module_options

    def options_of_module(self, module, node, given, called):
        scope = Scope(module, module.function_around(node))
        try:
            if called.endswith("Async"):
                given, scope = self.made_by_factory(given, scope, "createJwtOptions")
            entries = self.entries_of(given, scope)
            if entries is None:
                raise Unknown("what JwtModule is registered with is not understood", module, node)
        except Unknown as unknown:
            return {"secret": (lost(unknown.why, node), scope)}
        signs = self.entries_of(*entries["signOptions"]) if "signOptions" in entries else {}
        return {**{name: one for name, one in entries.items() if name in ("secret", "privateKey", "secretOrPrivateKey")}, **(signs or {})}

    def life_by_ms(self, node, scope):
        """minutes -> where, as lives_of() gives them."""
        self.evaluator.sources = []
        value = node.value
        while isinstance(value, Bound):
            value, scope = value.node, value.scope
        where = f"{scope.module.name}:{value.lineno}"
        try:
            found = self.evaluator.in_scope(value, scope)
            seconds = None
            if isinstance(found, (int, float)) and not isinstance(found, bool) and not node.is_moment:
                seconds = found
            elif isinstance(found, str) and (said := MS.fullmatch(found.strip())):
                unit = (said[2] or "ms").lower()
                seconds = float(said[1]) * SECONDS_OF_MS["ms" if unit.startswith(("ms", "milli")) else unit[0]]
            if seconds is None or seconds < 1:
                raise Unknown("how long tokens live is not understood")
            return {max(1, int(seconds / 60)): self.source_of(found) or self.where_of(value, scope.module)}
        except Unknown as unknown:
            self.not_found.append((unknown.where or where, f"expire_minutes: {unknown.why}"))
            return {}

    def from_node_verifiers(self):
        """Where it makes no tokens: with which key it takes them."""
        for module in self.node_modules():
            for node in ast.walk(module.tree):
                pairs = zip(node.keys, node.values) if isinstance(node, ast.Dict) else [(node.targets[0].slice, node.value)] if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) else []
                for key, value in pairs:
                    if isinstance(key, ast.Constant) and key.value in VERIFIERS:
                        self.try_value("secret_key", value, module, lambda found: isinstance(found, str))
        for module, node, package, _ in self.node_calls():
            if package in ("express-jwt", "koa-jwt") and node.args:
                entries = self.entries_of(node.args[0], Scope(module, module.function_around(node))) or {}
                if "secret" in entries:
                    self.try_value("secret_key", entries["secret"][0], entries["secret"][1].module, lambda found: isinstance(found, str))
        return "secret_key" in self.found

    def has_sessions_alone(self):
        """express-session's secret signs no tokens."""
        packages = self.node_packages()
        return bool(packages.keys() & NODE_SESSIONS) and not packages.keys() & JWT_PACKAGES and not any(module.name.endswith(".py") for module in self.modules)

    def node_issuers(self):
        """(expression, module, where) of the issuer that verify() and its like ask for."""
        found = []
        for module in self.node_modules():
            for node in ast.walk(module.tree):
                options = None
                if isinstance(node, ast.Call) and last_name_of(node.func) in ("verify", "verifyAsync", "jwtVerify") and len(node.args) > 1:  # noqa: F821
                    options = node.args[-1] if len(node.args) == 2 else node.args[2]
                elif isinstance(node, ast.Dict) and any(getattr(key, "value", "") in VERIFIERS for key in node.keys):
                    options = node
                elif isinstance(node, ast.Dict):
                    options = next((value for key, value in zip(node.keys, node.values) if getattr(key, "value", "") == "verifyOptions"), None)
                entries = self.entries_of(options, Scope(module, module.function_around(node))) if options is not None else None
                if entries and "issuer" in entries:
                    found.append((entries["issuer"][0], entries["issuer"][1].module, node))
        return found
