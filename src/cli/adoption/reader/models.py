# SPDX-License-Identifier: Apache-2.0
# What the models of an application give the columns of a new row that says nothing of them: SQLAlchemy's, SQLModel's, Django's,
# Tortoise's and Peewee's. What its registration gives (registration.py) comes before that.
import ast
import copy
import re

# Of columns that a library's base adds no facts are needed: a yes or no of theirs is followed by its name.
PLAIN_TYPES = {"String", "Text", "Unicode", "UnicodeText", "VARCHAR", "CHAR", "NVARCHAR", "TEXT", "CLOB", "Integer", "BigInteger", "SmallInteger", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "Boolean", "BOOLEAN", "Float", "Numeric",
               "DECIMAL", "Double", "REAL", "FLOAT", "NUMERIC", "DateTime", "Date", "Time", "TIMESTAMP", "DATETIME", "DATE", "JSON", "JSONB", "ARRAY", "UUID", "Uuid", "GUID", "ForeignKey", "AutoString", "Identity", "Sequence",
               "MutableDict", "MutableList", "as_mutable", "EmailType", "CIText", "CITEXT", "CheckConstraint", "str", "int", "bool", "float", "datetime", "date", "dict", "list", "Any", "Decimal", "EmailStr", "LONGTEXT", "MEDIUMTEXT", "BIT"}
COLUMN_CALLS = ("Column", "mapped_column")
FIELD_CALL = re.compile(r"^[A-Z]\w*Field$|^(ForeignKey|OneToOne|BooleanField)$")
LIBRARY_BASES = {"SQLAlchemyBaseUserTable": "user", "SQLAlchemyBaseUserTableUUID": "user", "SQLModelBaseUserDB": "user"}
DJANGO_BASES = ("AbstractUser", "AbstractBaseUser", "PermissionsMixin")


class ModelColumn:
    def __init__(self, name, given, where):
        self.name, self.given, self.where = name, given, where


class Model:
    """A table of the application, as its code describes it."""
    def __init__(self, table, made, module, library):
        self.table, self.made, self.module, self.library, self.variable = table, made, module, library, ""
        self.columns = {}  # by the attribute's name
        self.types = {}    # of it: how a member of an Enum is written: by its "name", its "value", "plain" for what it is itself, "" where that is not understood

    def name_of(self, attribute):
        return self.columns[attribute].name if attribute in self.columns else attribute


class ModelFinder:
    """The part of Finder (find.py) that is about models."""
    def find_defaults(self):
        self.find_models()
        self.defaults = self.columns_of_new_rows()

    def find_models(self):
        for module in self.modules:
            if re.search(r"(^|/)(alembic|migrations|versions)/", module.name):
                continue
            for node in module.classes.values():
                if model := self.model_of(Settings(module, node)):
                    self.models.append(model)
            for name, node in module.names.items():
                if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "Table" and len(node.args) > 1 and (model := self.table_of_core(name, node, module)):
                    self.models.append(model)
        # Without a class in these files: Django's own user, and tables that are written to in SQL alone.
        known = {model.table for model in self.models if isinstance(model.table, str)}
        if "table" not in self.found and (at := next((one for one in self.modules if "django" in self.libraries_of(one)), None)):
            self.models.append(Model("auth_user", None, at, "django"))
            self.models[-1].variable = "User"
        for table, module in self.tables_of_inserts():
            if table not in known:
                known.add(table)
                self.models.append(Model(table, None, module, "sql"))

    def libraries_of(self, module):
        if not hasattr(module, "libraries"):
            module.libraries = {name.split(".")[0] for node in ast.walk(module.tree) for name in ([one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else [])}
        return module.libraries

    def model_of(self, made):
        lineage = self.lineage(made)
        library = self.library_of(made, lineage)
        table = self.table_of_model(made, lineage, library) if library else None
        if not table:
            return None
        model = Model(table, made, made.module, library)
        for one in lineage:
            for item in one.node.body:
                self.read_item(model, item, one, lineage)
        return model

    def library_of(self, made, lineage):
        libraries = set().union(*(self.libraries_of(one.module) for one in lineage))
        bases = self.names_of_bases(made)
        if any(word.arg == "table" and isinstance(word.value, ast.Constant) and word.value.value is True for word in made.node.keywords):
            return "sqlmodel"
        calls = {name for one in lineage for item in one.node.body for call in [getattr(item, "value", None)] if isinstance(call, ast.Call) for name in [ast.unparse(call.func).rsplit(".", 1)[-1]]}
        annotated = any(isinstance(item, ast.AnnAssign) and re.match(r"(\w+\.)*Mapped\[", ast.unparse(item.annotation)) for one in lineage for item in one.node.body)
        if calls & set(COLUMN_CALLS) or annotated or bases & set(LIBRARY_BASES):
            return "sqlalchemy"
        if not bases or not (any(FIELD_CALL.match(one) for one in calls) or bases & set(DJANGO_BASES)):
            return None
        return next((one for one in ("tortoise", "peewee", "django") if one in libraries), None)

    # Its table.

    def table_of_model(self, made, lineage, library):
        if library in ("sqlalchemy", "sqlmodel"):
            return self.table_of_sqlalchemy(made, lineage, library)
        meta = {name: (node, one.module) for one in lineage for inner in one.node.body if isinstance(inner, ast.ClassDef) and inner.name == "Meta" for name, node in self.evaluator.fields(Settings(one.module, inner)).items()
                if one.node is made.node or name == "app_label"}  # a table's name is not inherited
        if "abstract" in meta or "proxy" in meta:
            return None
        given = next((meta[name] for name in {"django": ("db_table",), "tortoise": ("table",), "peewee": ("table_name", "db_table")}[library] if name in meta), None)
        if given:
            return self.evaluator.or_none(*given, {})
        if library != "django":
            return re.sub(r"\W+", "_", made.node.name).lower()
        label = self.evaluator.or_none(*meta["app_label"], {}) if "app_label" in meta else self.label_of(made.module)
        return f"{label}_{made.node.name.lower()}" if label else None

    def label_of(self, module):
        """Of Django's application: its AppConfig says it, or else the package's name."""
        parts = module.dotted.split(".")
        parts = parts[:parts.index("models")] if "models" in parts else parts[:-1]
        for other in self.modules:
            if other.dotted == ".".join([*parts, "apps"]):
                for node in other.classes.values():
                    if (found := self.evaluator.fields(Settings(other, node)).get("label")) is not None:
                        return self.evaluator.or_none(found, other, {})
        return parts[-1] if parts else None

    def table_of_sqlalchemy(self, made, lineage, library):
        for one in reversed(lineage):
            for item in one.node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__tablename__" and isinstance(item.body[-1], ast.Return):
                    return self.table_by_class(item.body[-1].value, one.module, made)
            if (said := self.evaluator.fields(one).get("__tablename__")) is not None:
                return self.evaluator.or_none(said, one.module, self.names_in([one]))
        names = self.names_of_bases(made)
        if found := next((LIBRARY_BASES[name] for name in names if name in LIBRARY_BASES), None):
            return found
        if library == "sqlmodel":
            return made.node.name.lower()
        # https://flask-sqlalchemy.palletsprojects.com: a class with a key of its own has its name in small letters with _.
        if any("flask_sqlalchemy" in self.libraries_of(one) for one in self.modules) and "primary_key" in "".join(ast.unparse(one.node) for one in lineage):
            return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", made.node.name).lower().lstrip("_")
        return None

    def table_by_class(self, node, module, made):
        """`return cls.__name__.lower() + "s"`."""
        class PutName(ast.NodeTransformer):
            def visit_Attribute(self, node):
                return ast.copy_location(ast.Constant(made.node.name), node) if ast.unparse(node) == "cls.__name__" else self.generic_visit(node)
        return self.evaluator.or_none(PutName().visit(copy.deepcopy(node)), module, {})

    def table_of_core(self, name, node, module):
        table = self.evaluator.or_none(node.args[0], module, {})
        if not isinstance(table, str):
            return None
        model = Model(table, None, module, "sqlalchemy")
        model.variable = name
        for call in node.args[1:]:
            if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] == "Column" and call.args and isinstance(call.args[0], ast.Constant):
                self.add_column(model, call.args[0].value, call, None, Settings(module, ast.ClassDef(name, [], [], [], [])), ())
        return model

    # Its columns.

    def read_item(self, model, item, owner, lineage):
        if isinstance(item, ast.FunctionDef) and any(ast.unparse(mark).endswith("declared_attr") or "declared_attr." in ast.unparse(mark) for mark in item.decorator_list):
            if isinstance(item.body[-1], ast.Return) and isinstance(item.body[-1].value, ast.Call):
                self.add_column(model, item.name, item.body[-1].value, item.returns, owner, lineage)
            return
        if not isinstance(item, (ast.Assign, ast.AnnAssign)):
            return
        target, annotation = targets_of(item)[0], getattr(item, "annotation", None)
        if not isinstance(target, ast.Name) or target.id.startswith("__"):
            return
        value = item.value
        if isinstance(value, ast.Call) and ast.unparse(value.func).rsplit(".", 1)[-1] in ("deferred", "Annotated") and value.args:
            value = value.args[0]
        if model.library == "sqlmodel":
            return self.add_field(model, target.id, value, annotation, owner, lineage, item)
        if value is None and annotation is not None:
            value = self.column_of_alias(annotation, owner.module)
        if isinstance(value, ast.Call):
            self.add_column(model, target.id, value, annotation, owner, lineage)

    def column_of_alias(self, annotation, module):
        """`created: Mapped[moment]`, where `moment = Annotated[datetime, mapped_column(default=...)]`."""
        inner = annotation.slice if isinstance(annotation, ast.Subscript) else None
        if isinstance(inner, ast.Name):
            home, name = self.module_with(inner.id, module)
            inner = home.names.get(name) if home else None
        return next((one for one in ast.walk(inner) if isinstance(one, ast.Call) and ast.unparse(one.func).rsplit(".", 1)[-1] == "mapped_column"), None) if inner is not None else None

    def add_column(self, model, attribute, call, annotation, owner, lineage):
        called = ast.unparse(call.func).rsplit(".", 1)[-1]
        words = {word.arg: word.value for word in call.keywords if word.arg}
        if called in COLUMN_CALLS:
            return self.add_sqlalchemy(model, attribute, call, words, annotation, owner, lineage)
        if not FIELD_CALL.match(called) or model.library not in ("django", "tortoise", "peewee"):
            return None
        named = next((words[word] for word in ("db_column", "column_name", "source_field") if word in words), None)
        name = self.evaluator.or_none(named, owner.module, {}) if named is not None else attribute + ("_id" if called.startswith(("Foreign", "OneTo")) else "")
        model.types[attribute] = "value" if "Enum" in called else "plain"
        given = None
        if any(isinstance(words.get(word), ast.Constant) and words[word].value is True for word in ("auto_now", "auto_now_add")):
            given = Given("time", "day" if called.startswith("Date") and "ime" not in called else "")
        elif "default" in words:
            given = self.gives(words["default"], owner.module, lineage, True)
        self.put_column(model, attribute, name, given, owner.module, words.get("default", call))
        return None

    def add_sqlalchemy(self, model, attribute, call, words, annotation, owner, lineage):
        args = list(call.args)
        name = args.pop(0).value if args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str) else attribute
        name = self.evaluator.or_none(words["name"], owner.module, {}) if "name" in words else name
        model.types[attribute] = self.written_as([*args, *([words["type_"]] if "type_" in words else [])], annotation, owner.module, lineage)
        default = words.get("insert_default", words.get("default"))
        self.put_column(model, attribute, name, self.gives(default, owner.module, lineage, True) if default is not None else None, owner.module, default if default is not None else call)

    def add_field(self, model, attribute, value, annotation, owner, lineage, item):
        """SQLModel's: what pydantic gives the object stands in the row."""
        name, given, types, at = attribute, None, [], item
        if isinstance(value, ast.Call) and ast.unparse(value.func).rsplit(".", 1)[-1] in ("Field", "Relationship"):
            if ast.unparse(value.func).endswith("Relationship"):
                return
            words = {word.arg: word.value for word in value.keywords if word.arg}
            inner = words.get("sa_column")
            of_column = {}
            if isinstance(inner, ast.Call):
                types = list(inner.args)
                name = types.pop(0).value if types and isinstance(types[0], ast.Constant) and isinstance(types[0].value, str) else name
                of_column = {word.arg: word.value for word in inner.keywords}
            elif isinstance(words.get("sa_column_kwargs"), ast.Dict):
                of_column = {key.value: one for key, one in zip(words["sa_column_kwargs"].keys, words["sa_column_kwargs"].values) if isinstance(key, ast.Constant)}
            types += [words["sa_type"]] if "sa_type" in words else []
            name = of_column["name"].value if isinstance(of_column.get("name"), ast.Constant) else name
            default = words.get("default", value.args[0] if value.args else None)
            if default is not None and not (isinstance(default, ast.Constant) and default.value is ...):
                given, at = self.gives(default, owner.module, lineage), default
            elif "default_factory" in words:
                given, at = self.gives(words["default_factory"], owner.module, lineage, True), words["default_factory"]
            if (given is None or given.kind == "nothing") and "default" in of_column:
                given, at = self.gives(of_column["default"], owner.module, lineage, True), of_column["default"]
        elif value is not None:
            given = self.gives(value, owner.module, lineage)
        model.types[attribute] = self.written_as(types, annotation, owner.module, lineage)
        self.put_column(model, attribute, name, given, owner.module, at)

    def written_as(self, types, annotation, module, lineage):
        """How SQLAlchemy writes a member of an Enum: by its name, where the column's type is of that Enum and nothing says otherwise
        (https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Enum). Empty for types of the application."""
        for one in types:
            home = module
            if isinstance(one, ast.Name) and (found := self.module_with(one.id, module))[0] and (given := found[0].names.get(found[1])) is not None:
                one, home = given, found[0]
            call = one if isinstance(one, ast.Call) else None
            last = ast.unparse(call.func if call else one).rsplit(".", 1)[-1]
            if "Enum" in (last, home.imports.get(last, ("", "", ""))[2]) or last == "ENUM":
                if call and any(word.arg == "values_callable" and not (isinstance(word.value, ast.Constant) and word.value.value is None) for word in call.keywords):
                    return "value"
                return "name" if call and call.args and self.enum_at(call.args[0], home, lineage) else "plain"
            if last not in PLAIN_TYPES and not isinstance(one, ast.Constant):
                return ""
            if last not in ("ForeignKey", "Sequence", "Identity", "CheckConstraint") and not isinstance(one, ast.Constant):
                return "plain"
        return "name" if annotation is not None and any(self.enum_at(one, module, lineage) for one in ast.walk(annotation) if isinstance(one, (ast.Name, ast.Attribute))) else "plain"

    def put_column(self, model, attribute, name, given, module, node):
        if not isinstance(name, str):
            return
        where = f"{module.name}:{node.lineno}"
        if given is not None:
            given = self.as_written(given, model.types.get(attribute, "plain"))
            given.where = where
        model.columns[attribute] = ModelColumn(name, given, where)

    def as_written(self, given, way):
        """What stands in the row for what the object has."""
        if not way and given.kind not in ("time", "nothing", "input"):
            return Given("unknown", str(getattr(given.value, "name", given.value)) + ", as the column's type is the application's own")
        if given.kind != "member":
            return given
        member = given.value
        if way == "name":
            return Given("text", member.name)
        made = given_scalar(member.value, ast.Constant(member.name)) if member.is_plain or way == "value" and member.value is not None else None
        return made if made and made.kind in ("text", "number") else Given("unknown", member.name)

    # All of them.

    def columns_of_new_rows(self):
        """What new rows get, for each table and column once: what the registration gives comes before the model's default."""
        found = {}
        for model in self.models:
            given = {column.name: column.given for column in model.columns.values() if column.given is not None}
            for name, one in self.given_by_registration(model).items():
                given[name] = one
            for name, one in given.items():
                before = found.setdefault((model.table, name), one)
                if not before.is_like(one):
                    found[model.table, name] = Given("unknown", f"{before.value} ({before.where}) or {one.value}", one.where)
        return [{"table": table, "column": name, "kind": one.kind, "value": str(one.value), "where": one.where, "doubt": one.doubt}
                for (table, name), one in found.items() if one.kind not in ("nothing", "input")]
