"""What cells of a spreadsheet hold: typing, formulas, display, order.

A cell is a plain str, int, float or bool; "" is an empty cell.  Where the
display differs from the value (a date, a formula, 1,234) it is a Special.

Formulas are worked out once, when they are entered.  Known are arithmetic,
text, single references and HYPERLINK; functions that would fetch something
give #N/A, unknown names #NAME?, and what cannot be parsed #ERROR!.
"""

import ast
import math
import operator
import re
from datetime import datetime, timedelta

EPOCH = datetime(1899, 12, 30)
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
FETCHING = {"IMAGE", "IMPORTDATA", "IMPORTFEED", "IMPORTHTML",
            "IMPORTRANGE", "IMPORTXML", "WEBSERVICE"}
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))"
                    r"(?:\.\d*)?(?:[eE][-+]?\d{1,3})?%?")
CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?"
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: " + CLOCK + ")?")
SLASH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: " + CLOCK + ")?")
TIME = re.compile(CLOCK)
REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


class Special:
    """A value that is shown in another way than it is stored."""

    __slots__ = ("value", "shown", "formula", "dated")

    def __init__(self, value, shown, formula=None, dated=False):
        self.value = value
        self.shown = shown
        self.formula = formula
        self.dated = dated

    def __eq__(self, other):
        return (isinstance(other, Special)
                and (self.value, self.shown, self.formula)
                == (other.value, other.shown, other.formula))

    def __repr__(self):
        return f"Special({self.value!r}, {self.shown!r}, {self.formula!r})"


class FormulaError(Exception):
    """Carries what the cell shows instead of a result, such as #NAME?."""


# ---- addresses

def letters(column):
    """The name of a zero-based column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_of(name):
    """The zero-based number of a column name."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


# ---- what comes out

def tidy(number):
    """A whole number as int, so that JSON shows 5 and not 5.0."""
    if isinstance(number, float) and number.is_integer():
        return int(number) if abs(number) < 2 ** 53 else number
    return number


def general(number):
    """A number in the default format: 12 digits and more as 9.1E+11."""
    if number and not 1e-5 <= abs(number) < 1e11:
        mantissa, exponent = f"{number:.5E}".split("E")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}E{exponent}"
    return str(number) if isinstance(number, int) else f"{number:.10g}"


def formatted(cell, pattern="automatic"):
    """The text a person sees."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Special):
        return cell.shown
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if pattern == "0":
        return f"{cell:.0f}"
    if pattern == "#,##0":
        return f"{cell:,.0f}"
    return general(cell)


def unformatted(cell, dates_as_text=False):
    """The value as JSON has it."""
    if not isinstance(cell, Special):
        return cell
    return cell.shown if dates_as_text and cell.dated else cell.value


def formula_or_value(cell, dates_as_text=False):
    """What the edit box holds."""
    if isinstance(cell, Special) and cell.formula:
        return cell.formula
    return unformatted(cell, dates_as_text)


# ---- what a person types

def typed(text, lookup=None, day_first=False):
    """The cell that comes of typing text into it."""
    if text[:1] == "'":
        return text[1:]
    bare = text.lstrip(INVISIBLE)
    if bare[:1] == "=" and len(bare) > 1:
        return evaluate(bare, bare[1:], lookup)
    trimmed = text.strip()
    for read in (_boolean, _number):
        cell = read(trimmed)
        if cell is not None:
            return cell
    if bare[:1] == "+" and len(bare) > 1:
        return evaluate("=" + bare, bare, lookup)
    cell = _moment(trimmed, day_first)
    return text if cell is None else cell


def _boolean(text):
    return {"TRUE": True, "FALSE": False}.get(text.upper())


def _number(text):
    if not text or not NUMBER.fullmatch(text):
        return None
    value = float(text.rstrip("%").replace(",", ""))
    if math.isinf(value):
        return None
    if text[-1] == "%":
        return Special(tidy(value / 100), text)
    return Special(tidy(value), text) if "," in text else tidy(value)


def _seconds(hour, minute, second, half):
    hour = int(hour)
    if half:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return hour * 3600 + int(minute) * 60 + int(second or 0)


def _moment(text, day_first):
    """Dates and times become serial numbers of days."""
    match = TIME.fullmatch(text)
    if match:
        return Special(_seconds(*match.groups()) / 86400, text, dated=True)
    match = ISO_DAY.fullmatch(text)
    if match:
        year, month, day = match.group(1, 2, 3)
    else:
        match = SLASH_DAY.fullmatch(text)
        if not match:
            return None
        month, day, year = match.group(1, 2, 3)
        if day_first:
            month, day = day, month
    try:
        moment = datetime(int(year), int(month), int(day))
    except ValueError:
        return None
    if match.group(4):
        moment += timedelta(seconds=_seconds(*match.group(4, 5, 6, 7)))
    return Special(tidy((moment - EPOCH) / timedelta(days=1)), text,
                   dated=True)


# ---- formulas

def evaluate(source, expression, lookup=None):
    """A formula cell: the source as entered and what it comes to."""
    expression = re.sub(r"(?<![\w.])0+(?=\d)", "", expression.strip())
    try:
        tree = ast.parse(expression.replace("^", "**"), mode="eval")
        value = _value(tree.body, lookup)
    except FormulaError as error:
        value = str(error)
    except (ArithmeticError, TypeError):
        value = "#NUM!"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        value = "#ERROR!"
    value = tidy(value)
    return Special(value, formatted(value), source)


ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub,
              ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.Pow: operator.pow}


def _value(node, lookup):
    if isinstance(node, ast.Constant):
        if type(node.value) in (int, float, str):
            return node.value
    elif isinstance(node, ast.Name):
        return _named(node.id.upper(), lookup)
    elif isinstance(node, ast.Call):
        return _called(node, lookup)
    elif isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, lookup)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.USub):
            return -_amount(operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left = _amount(_value(node.left, lookup))
        right = _amount(_value(node.right, lookup))
        if isinstance(node.op, ast.Div) and not right:
            raise FormulaError("#DIV/0!")
        return ARITHMETIC[type(node.op)](left, right)
    raise FormulaError("#ERROR!")


def _named(name, lookup):
    if name in ("TRUE", "FALSE"):
        return name == "TRUE"
    match = REFERENCE.fullmatch(name)
    if not match or not lookup:
        raise FormulaError("#NAME?")
    return unformatted(lookup(int(match[2]) - 1, column_of(match[1])))


def _called(node, lookup):
    name = node.func.id.upper() if isinstance(node.func, ast.Name) else ""
    if name in FETCHING:
        raise FormulaError("#N/A")
    if name != "HYPERLINK" or not node.args:
        raise FormulaError("#NAME?")
    return _value(node.args[-1], lookup)


def _amount(value):
    if isinstance(value, str):
        value = _number(value.strip()) if value else 0
    if isinstance(value, Special):
        value = value.value
    if value is None:
        raise FormulaError("#VALUE!")
    return float(value)


# ---- lines of cells

def trim(line):
    """The line without blanks at its end."""
    end = len(line)
    while end and line[end - 1] == "":
        end -= 1
    return line[:end] if end < len(line) else line


def trimmed(lines):
    """The lines without blanks at their ends, and without blank last ones."""
    lines = [trim(line) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def turned(lines):
    """Rows to columns."""
    wide = max(map(len, lines), default=0)
    return [[line[col] if col < len(line) else "" for line in lines]
            for col in range(wide)]


def ordered(lines, col, reverse):
    """As Sheets sorts: numbers, text, TRUE/FALSE; blanks always last."""
    def key(line):
        value = unformatted(line[col])
        kind = 2 if isinstance(value, bool) else isinstance(value, str)
        return kind, value.casefold() if kind == 1 else value

    filled = [ln for ln in lines if col < len(ln) and ln[col] != ""]
    blank = [ln for ln in lines if not (col < len(ln) and ln[col] != "")]
    return sorted(filled, key=key, reverse=reverse) + blank
