"""The methods of the Sheets API v4 over the spreadsheets of grid.py.

Each function takes a Call and gives the reply as a dict, or raises Refusal.
"""

import json
import re
from dataclasses import dataclass, field

from . import oauth
from .grid import Area, Refusal
from .writes import apply, plan

RENDER = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
DATES = ("SERIAL_NUMBER", "FORMATTED_STRING")
DIMENSION = ("ROWS", "COLUMNS")
ECHO = ("includeValuesInResponse", "responseValueRenderOption",
        "responseDateTimeRenderOption")
COMMON = {"alt", "fields", "prettyPrint", "key", "quotaUser", "access_token",
          "$.xgafv", "callback", "oauth_token"}
BOUNDS = ("sheetId", "startRowIndex", "endRowIndex", "startColumnIndex",
          "endColumnIndex")


@dataclass
class Call:
    """One request as the methods see it."""

    book: object
    query: dict
    body: object = None
    range: str = ""
    options: dict = field(default_factory=dict)

    def choice(self, source, name, allowed, default=None):
        """An enumeration from the query or a body."""
        value = source.get(name, default)
        value = value[-1] if isinstance(value, list) and value else value
        if value is None or value not in allowed:
            if value is None or value == "":
                raise Refusal(f"'{name}' is required but not specified")
            raise Refusal(f"Invalid value at '{name}', \"{value}\"")
        return value


def bad_field(name, where=""):
    """The refusal of a field that the API does not have."""
    place = f" at '{where}'" if where else ""
    return Refusal(f'Invalid JSON payload received. Unknown name "{name}"'
                   f"{place}: Cannot find field.")


def known(source, names, where=""):
    """Refuse anything but an object with these fields."""
    if not isinstance(source, dict):
        raise Refusal(f"Invalid value at '{where or 'body'}'")
    for name in source:
        if name not in names:
            raise bad_field(name, where)


# ---- reading

def spreadsheets_get(call):
    """GET /{id}: tabs, gids, sizes."""
    book = call.book
    mask = "".join(call.query.get("fields", []))
    if (call.query.get("includeGridData", ["false"])[-1] == "true"
            or re.search(r"\bdata\b", mask)):
        raise Refusal("The stand-in gives no grid data; ask for values.",
                      501, "UNIMPLEMENTED")
    return {"spreadsheetId": book.id,
            "properties": {"title": book.title, "locale": book.locale,
                           "autoRecalc": "ON_CHANGE", "timeZone": book.zone,
                           "defaultFormat": {}},
            "sheets": [_tab_resource(index, tab)
                       for index, tab in enumerate(book.tabs)],
            "spreadsheetUrl": "https://docs.google.com/spreadsheets/d/"
                              f"{book.id}/edit"}


def _tab_resource(index, tab):
    properties = {"sheetId": tab.gid, "title": tab.title, "index": index,
                  "sheetType": "GRID",
                  "gridProperties": {"rowCount": tab.row_count,
                                     "columnCount": tab.column_count}}
    if tab.hidden:
        properties["hidden"] = True
    return {"properties": properties}


def _reading(call, source):
    return (call.choice(source, "valueRenderOption", RENDER, RENDER[0]),
            call.choice(source, "dateTimeRenderOption", DATES, DATES[0]),
            call.choice(source, "majorDimension", DIMENSION, DIMENSION[0]))


def _value_range(area, render, dates, dimension):
    reply = {"range": area.name(), "majorDimension": dimension}
    values = area.tab.read(area, render, dates, dimension == "COLUMNS")
    if values:
        reply["values"] = values
    return reply


def values_get(call):
    """GET /{id}/values/{range}"""
    options = _reading(call, call.query)
    return _value_range(call.book.area_of_a1(call.range), *options)


def values_batch_get(call):
    """GET /{id}/values:batchGet"""
    options = _reading(call, call.query)
    areas = [call.book.area_of_a1(text)
             for text in call.query.get("ranges", [])]
    reply = {"spreadsheetId": call.book.id}
    if areas:
        reply["valueRanges"] = [_value_range(area, *options)
                                for area in areas]
    return reply


def values_batch_get_by_data_filter(call):
    """POST /{id}/values:batchGetByDataFilter"""
    known(call.body, ("dataFilters", "majorDimension", "valueRenderOption",
                      "dateTimeRenderOption"))
    options = _reading(call, call.body)
    filters = call.body.get("dataFilters")
    if not isinstance(filters, list) or not filters:
        raise Refusal("Must specify at least one dataFilter.")
    found = {}
    for number, data_filter in enumerate(filters):
        area = _numbered("dataFilters", number, _filtered, call, data_filter)
        if area:
            entry = found.setdefault(area.name(), (area, []))
            entry[1].append(data_filter)
    reply = {"spreadsheetId": call.book.id}
    if found:
        reply["valueRanges"] = [
            {"valueRange": _value_range(area, *options),
             "dataFilters": matched} for area, matched in found.values()]
    return reply


def _numbered(name, number, function, *arguments):
    """Call a function; a refusal says which entry it was about."""
    try:
        return function(*arguments)
    except Refusal as refusal:
        if refusal.status == "INVALID_ARGUMENT":
            refusal.message = f"Invalid {name}[{number}]: {refusal.message}"
        raise


def _filtered(call, data_filter):
    """The area of a DataFilter; None if it matches nothing."""
    kinds = ("a1Range", "gridRange", "developerMetadataLookup")
    known(data_filter, kinds, "dataFilter")
    if len(data_filter) != 1:
        raise Refusal("A data filter must have exactly one of a1Range, "
                      "gridRange and developerMetadataLookup.")
    if "developerMetadataLookup" in data_filter:
        raise Refusal("The stand-in keeps no developer metadata.", 501,
                      "UNIMPLEMENTED")
    if "a1Range" in data_filter:
        return call.book.area_of_a1(str(data_filter["a1Range"]))
    grid = data_filter["gridRange"]
    known(grid, BOUNDS, "gridRange")
    for name, value in grid.items():
        if type(value) is not int or value < 0:
            raise Refusal(f"Invalid value at 'gridRange.{name}' "
                          f"(TYPE_INT32), {value}")
    area = call.book.area_of_grid(grid)
    if not area and call.options["unknown_gid"] == "error":
        raise Refusal(f"No grid with id: {grid.get('sheetId', 0)}")
    return area


# ---- writing

@dataclass
class Entry:
    """One ValueRange of a write: where, what, and what came of it."""

    area: Area
    rows: list
    planned: list
    data_filter: dict = None

    def counts(self):
        """updatedRange and the numbers beside it."""
        reply = {"updatedRange": self.written().name()}
        if self.planned:
            reply["updatedRows"] = len({cell[1] for cell in self.planned})
            reply["updatedColumns"] = len({cell[2] for cell in self.planned})
            reply["updatedCells"] = len(self.planned)
        return reply

    def written(self):
        """The part of the area that values were given for."""
        wide = max(map(len, self.rows), default=0)
        area = self.area
        return Area(area.tab, area.top, area.left,
                    area.top + max(1, len(self.rows)),
                    area.left + max(1, wide))


def _entry(call, area, source, as_typed, data_filter=None):
    rows = source.get("values", [])
    if (not isinstance(rows, list)
            or not all(isinstance(row, list) for row in rows)):
        raise Refusal("Invalid value at 'values' (type.googleapis.com/"
                      "google.protobuf.ListValue)")
    dimension = call.choice(source, "majorDimension", DIMENSION, "ROWS")
    if dimension == "COLUMNS":
        tall = max(map(len, rows), default=0)
        rows = [[col[row] if row < len(col) else None for col in rows]
                for row in range(tall)]
    return Entry(area, rows, plan(area, rows, as_typed), data_filter)


def _as_typed(call, source):
    return call.choice(source, "valueInputOption",
                       ("RAW", "USER_ENTERED")) == "USER_ENTERED"


def _echo(call, source):
    """How to show what was written; None when it was not asked for."""
    wanted = source.get("includeValuesInResponse", False)
    if wanted not in (True, ["true"]):
        return None
    return (call.choice(source, ECHO[1], RENDER, RENDER[0]),
            call.choice(source, ECHO[2], DATES, DATES[0]))


def values_update(call):
    """PUT /{id}/values/{range}"""
    known(call.body, ("range", "majorDimension", "values"))
    area = call.book.area_of_a1(call.range)
    if call.body.get("range", call.range) != call.range:
        raise Refusal(f"Requested writing to range [{call.range}] but the "
                      f"body names [{call.body['range']}].")
    entry = _entry(call, area, call.body, _as_typed(call, call.query))
    echo = _echo(call, call.query)
    apply(entry.planned)
    return _updated(call, entry, echo)


def _updated(call, entry, echo):
    reply = {"spreadsheetId": call.book.id, **entry.counts()}
    if echo:
        reply["updatedData"] = _value_range(entry.written(), *echo, "ROWS")
    return reply


def _entries(call, make):
    known(call.body, ("valueInputOption", "data") + ECHO)
    as_typed = _as_typed(call, call.body)
    data = call.body.get("data")
    if not isinstance(data, list) or not data:
        raise Refusal("Must specify at least one entry in data.")
    made = [_numbered("data", number, make, call, source, as_typed)
            for number, source in enumerate(data)]
    return [entry for entry in made if entry]


def _by_a1(call, source, as_typed):
    known(source, ("range", "majorDimension", "values"), "data")
    area = call.book.area_of_a1(str(source.get("range", "")))
    return _entry(call, area, source, as_typed)


def _by_filter(call, source, as_typed):
    known(source, ("dataFilter", "majorDimension", "values"), "data")
    data_filter = source.get("dataFilter", {})
    area = _filtered(call, data_filter)
    return area and _entry(call, area, source, as_typed, data_filter)


def _totals(call, entries, responses):
    cells = {(cell[0].gid, cell[1], cell[2])
             for entry in entries for cell in entry.planned}
    reply = {"spreadsheetId": call.book.id}
    if cells:
        reply["totalUpdatedRows"] = len({cell[:2] for cell in cells})
        reply["totalUpdatedColumns"] = len({(c[0], c[2]) for c in cells})
        reply["totalUpdatedCells"] = len(cells)
        reply["totalUpdatedSheets"] = len({cell[0] for cell in cells})
    if responses:
        reply["responses"] = responses
    return reply


def values_batch_update(call):
    """POST /{id}/values:batchUpdate: all of it or nothing."""
    entries = _entries(call, _by_a1)
    echo = _echo(call, call.body)
    for entry in entries:
        apply(entry.planned)
    return _totals(call, entries, [_updated(call, entry, echo)
                                   for entry in entries])


def values_batch_update_by_data_filter(call):
    """POST /{id}/values:batchUpdateByDataFilter: all of it or nothing."""
    entries = _entries(call, _by_filter)
    echo = _echo(call, call.body)
    for entry in entries:
        apply(entry.planned)
    responses = []
    for entry in entries:
        response = {"dataFilter": entry.data_filter, **entry.counts()}
        if echo:
            response["updatedData"] = _whole(call, entry, echo)
        responses.append(response)
    return _totals(call, entries, responses)


def _whole(call, entry, echo):
    """The whole matched range after the update."""
    reply = _value_range(entry.area, *echo, "ROWS")
    if call.options["echo_skipped"]:
        return reply
    written = {cell[1:3] for cell in entry.planned}
    area = entry.area
    for down, line in enumerate(reply.get("values", [])):
        line[:] = [value if (area.top + down, area.left + across) in written
                   else "" for across, value in enumerate(line)]
        while line and line[-1] == "":
            line.pop()
    return reply


# ---- which method a request is for

WRITE = {oauth.FULL, oauth.AUTH + "drive", oauth.AUTH + "drive.file"}
READ = WRITE | {oauth.READONLY, oauth.AUTH + "drive.readonly"}
READING = {"majorDimension", "valueRenderOption", "dateTimeRenderOption"}


@dataclass
class Method:
    """A method of the API: what it counts as and what it accepts."""

    name: str
    run: object
    kind: str               # 'read' or 'write', as quotas count it
    scopes: set
    query: set


METHODS = {
    ("GET", ""): Method("spreadsheets.get", spreadsheets_get, "read", READ,
                        {"ranges", "includeGridData",
                         "excludeTablesInBandedRanges"}),
    ("GET", "/values/"): Method("values.get", values_get, "read", READ,
                                READING),
    ("PUT", "/values/"): Method("values.update", values_update, "write",
                                WRITE, {"valueInputOption", *ECHO}),
    ("GET", "/values:batchGet"): Method(
        "values:batchGet", values_batch_get, "read", READ,
        READING | {"ranges"}),
    ("POST", "/values:batchGetByDataFilter"): Method(
        "values:batchGetByDataFilter", values_batch_get_by_data_filter,
        "read", WRITE, set()),
    ("POST", "/values:batchUpdate"): Method(
        "values:batchUpdate", values_batch_update, "write", WRITE, set()),
    ("POST", "/values:batchUpdateByDataFilter"): Method(
        "values:batchUpdateByDataFilter",
        values_batch_update_by_data_filter, "write", WRITE, set()),
}


def check_query(method, query):
    """Refuse query parameters that the method does not have."""
    for name in query:
        if name not in method.query | COMMON:
            raise Refusal(
                f'Invalid JSON payload received. Unknown name "{name}": '
                "Cannot bind query parameter. Field could not be found in "
                "request message.")


def parse_body(raw):
    """The JSON object of a request body."""
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=float.fromhex)
    except (ValueError, RecursionError):
        raise Refusal("Invalid JSON payload received.") from None
    known(body, body)
    return body


# ---- field masks

def mask_tree(mask):
    """a,b(c,d.e) as {'a': {}, 'b': {'c': {}, 'd': {'e': {}}}}."""
    tokens = re.findall(r"[A-Za-z0-9_*]+|[(),./]", mask)
    if "".join(tokens) != mask.replace(" ", ""):
        raise Refusal("Request contains an invalid argument.")
    tree = _mask_list(tokens)
    if tokens:
        raise Refusal("Request contains an invalid argument.")
    return tree


def _mask_list(tokens):
    tree = {}
    while True:
        node = tree
        while True:
            if not tokens or not re.match(r"[\w*]", tokens[0]):
                raise Refusal("Request contains an invalid argument.")
            node = node.setdefault(tokens.pop(0), {})
            if not tokens or tokens[0] not in "./":
                break
            tokens.pop(0)
        if tokens and tokens[0] == "(":
            tokens.pop(0)
            node.update(_mask_list(tokens))
            if not tokens or tokens.pop(0) != ")":
                raise Refusal("Request contains an invalid argument.")
        if not tokens or tokens[0] != ",":
            return tree
        tokens.pop(0)


def masked(value, tree):
    """What a field mask leaves of a reply."""
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        kept = [masked(item, tree) for item in value]
        return [item for item in kept if item != {}]
    if not isinstance(value, dict):
        return value
    kept = {name: masked(item, tree[name]) for name, item in value.items()
            if name in tree}
    return {name: item for name, item in kept.items()
            if item != {} or value[name] == {}}


SPREADSHEET_FIELDS = mask_tree(
    "spreadsheetId,spreadsheetUrl,properties,namedRanges,"
    "developerMetadata,dataSources,dataSourceSchedules,sheets("
    "properties(sheetId,title,index,sheetType,hidden,rightToLeft,tabColor,"
    "tabColorStyle,dataSourceSheetProperties,gridProperties("
    "rowCount,columnCount,frozenRowCount,frozenColumnCount,hideGridlines,"
    "rowGroupControlAfter,columnGroupControlAfter)),"
    "data,merges,conditionalFormats,filterViews,protectedRanges,"
    "basicFilter,charts,bandedRanges,developerMetadata,rowGroups,"
    "columnGroups,slicers,tables)")


def check_mask(tree, fields=SPREADSHEET_FIELDS):
    """Refuse a mask with names that a Spreadsheet does not have."""
    for name, inner in tree.items():
        if name != "*" and name not in fields:
            raise Refusal("Request contains an invalid argument.")
        if name in fields and fields[name]:
            check_mask(inner, fields[name])
