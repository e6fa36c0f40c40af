"""JSON schemas as the Responses API wants them when they are strict.

`fault()` says what such an API would refuse a schema for, `unfit()` what of a
value does not fit a schema, `example()` makes a value that fits.
"""

KEYWORDS = {"type", "properties", "required", "additionalProperties", "items",
            "enum", "description", "anyOf", "const", "$ref", "$defs"}
NEVER = {"allOf", "not", "dependentRequired", "dependentSchemas", "if",
         "then", "else", "default"}
TYPES = {"string": str, "integer": int, "number": (int, float),
         "boolean": bool, "array": list, "object": dict,
         "null": type(None)}
MAX_DEPTH = 10
MAX_PROPERTIES = 5000
MAX_ENUM = 1000


def fault(schema):
    """Why a strict schema is refused, or None."""
    if not isinstance(schema, dict) or schema.get("type") != "object" \
            or "anyOf" in schema:
        return "schema must be a JSON Schema of 'type: \"object\"'"
    count = [0, 0]
    found = _fault(schema, "()", 1, count)
    if not found and count[0] > MAX_PROPERTIES:
        found = f"schema has more than {MAX_PROPERTIES} properties"
    if not found and count[1] > MAX_ENUM:
        found = f"schema has more than {MAX_ENUM} enum values"
    return found


def _fault(schema, where, depth, count):
    strange = sorted(set(schema) - KEYWORDS)
    if strange:
        why = "is not permitted" if strange[0] in NEVER else "is not known"
        return f"In context={where}, '{strange[0]}' {why}"
    if depth > MAX_DEPTH:
        return f"schema is deeper than {MAX_DEPTH} levels"
    count[1] += len(schema.get("enum", ()))
    if "object" in _types(schema):
        names = schema.get("properties", {})
        count[0] += len(names)
        if schema.get("additionalProperties") is not False:
            return (f"In context={where}, 'additionalProperties' is required"
                    " to be supplied and to be false")
        if sorted(schema.get("required", ())) != sorted(names):
            return (f"In context={where}, 'required' is required to be"
                    " supplied and to include every key in properties")
        for name, inner in names.items():
            found = _fault(inner, f"{where}.{name}", depth + 1, count)
            if found:
                return found
    if "array" in _types(schema):
        if "items" not in schema:
            return f"In context={where}, array schema missing items"
        return _fault(schema["items"], f"{where}[]", depth + 1, count)
    return None


def _types(schema):
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def unfit(value, schema, where="$"):
    """What of the value does not fit, or None."""
    kinds = _types(schema)
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{where} is no {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is none of its words"
    if isinstance(value, dict):
        names = schema.get("properties", {})
        if set(value) != set(names):
            return f"{where} has other members than it must"
        return next(filter(None, (unfit(value[n], s, f"{where}.{n}")
                                  for n, s in names.items())), None)
    if isinstance(value, list):
        return next(filter(None, (unfit(v, schema["items"], f"{where}[]")
                                  for v in value)), None)
    return None


def _is(value, kind):
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, TYPES[kind])


def example(schema):
    """A value that fits, the same each time."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = _types(schema)[0]
    if kind == "object":
        return {name: example(inner)
                for name, inner in schema["properties"].items()}
    if kind == "array":
        return [example(schema["items"])]
    return {"string": "word", "integer": 50, "number": 0.5, "boolean": True,
            "null": None}[kind]
