"""What readers type, as numbers, shapes and orders: in the writing of many keyboards; `reading.mjs` again in the page.

A number is read exactly, as a `Fraction`. What cannot be read raises `Unreadable` with a key of the words that say why.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

__all__ = ["Unreadable", "read_number", "read_order", "read_shape", "tidy"]

LONGEST = 200  # characters of an answer
MOST_DIGITS = 40

SIGNS = {
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("×✕✖*·⋅∙хХ", "x"),  # the last two are Cyrillic
    **dict.fromkeys("،、", ","),
    **dict.fromkeys("’‘ʼ´`٬", "'"),
    **dict.fromkeys("⁄∕÷", "/"),
    "٫": ".",
    "٪": "%",
    "；": ";",
}
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
NUMERAL = r"\d(?:[\d.,'_ ]*\d)?\.?|\.\d+"
NUMBER = re.compile(
    rf"(?:[=~≈] ?)?(?P<sign>[+-]?) ?(?P<numeral>{NUMERAL})"
    r"(?:e(?P<power>[+-]?\d+)| ?x ?10 ?\^ ?(?P<tens>[+-]?\d+)| ?/ ?(?P<under>\d[\d,'_ ]*))?"
    r" ?(?P<unit>%|[a-zA-Zµ][a-zA-Zµ .-]*)?"
)
PREFIX = re.compile(r"(?P<prefix>thousand|million|billion|trillion|[kKMGT](?![a-z]))? ?(?P<rest>.*)")
POWERS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12}
SAME = ((r"per ?cent", "%"), (r"\bpx\b", "pixels"), (r"\bmins?\b", "minutes"))
GROUPS = re.compile(r"\d{1,3}(?:([ '_])\d{3})(?:\1\d{3})*(?P<rest>[.,]\d+)?")


class Unreadable(ValueError):
    """An answer that is no answer.

    Attributes:
        why: a key of the words under "unreadable".
        got: what arrived.
        part: of several answers, the place of this one, from 0.
    """

    def __init__(self, why: str, got: str = "") -> None:
        self.why, self.got, self.part = why, got, None
        super().__init__(f"{why}: {got!r}")


def tidy(text: str) -> str:
    """The same answer in plain characters: digits of any script, one minus, one multiplication sign, single spaces.

    Raises:
        Unreadable: for nothing, and for very much.
    """
    if len(text) > LONGEST:
        raise Unreadable("long", text[:40] + "…")
    out, raised = [], False
    for c in HIDDEN.sub("", text):
        if "！" <= c <= "～":  # the wide forms
            c = chr(ord(c) - 0xFEE0)
        c = SIGNS.get(c, c)
        if c in RAISED:
            out.append(f"{'' if raised else '^'}{RAISED.index(c)}")
        else:
            out.append(str(unicodedata.decimal(c, c)))
        raised = c in RAISED
    plain = " ".join("".join(out).split())
    if not plain:
        raise Unreadable("empty")
    return plain


def _plain(numeral: str, whole: bool) -> str | None:
    """A numeral without its grouping and with a decimal point; None where the grouping is none."""
    if re.search(r"[ '_]", numeral):
        found = GROUPS.fullmatch(numeral)
        return re.sub(r"[ '_]", "", numeral).replace(",", ".") if found else None
    commas, dots = numeral.count(","), numeral.count(".")
    if commas and dots:
        point = max(",.", key=numeral.rindex)
        other = "," if point == "." else "."
        integer, _, rest = numeral.rpartition(point)
        grouped = point not in integer and re.fullmatch(rf"\d{{1,3}}(\{other}\d{{3}})+", integer)
        return f"{integer.replace(other, '')}.{rest}" if grouped else None
    if not commas and (not dots or (dots == 1 and not whole)):
        return numeral
    sign = "," if commas else "."
    # 25,557,032 or 2,55,57,032; a single group of three after a number that does not begin with 0
    if re.fullmatch(rf"[1-9]\d{{0,2}}(\{sign}\d{{2,3}})*\{sign}\d{{3}}", numeral):
        return numeral.replace(sign, "")
    return numeral.replace(sign, ".") if commas + dots == 1 else None


def read_number(text: str, unit: str = "", whole: bool = False, question: str = "") -> Fraction:
    """The number in an answer, exactly.

    Args:
        text: what was typed; a unit and a word such as "million" or a letter such as G may stand behind it.
        unit: the unit that may be given.
        whole: whether a whole number is asked for, so that 74.112 can only be 74,112.
        question: what was asked; where it has no unit, a noun of it may be given, or % for a hundredth.

    Raises:
        Unreadable: says why.
    """
    plain = tidy(text)
    found = NUMBER.fullmatch(plain)
    if not found:
        raise Unreadable("product" if re.fullmatch(r"[\d .,x+*/()^-]*\d[\d .,x+*/()^-]*", plain) else "number", text)
    power = int((found["power"] or found["tens"] or "0")[:6]) + _scale(found["unit"] or "", unit, whole, question, text)
    digits = _plain(found["numeral"].replace(", ", ","), whole and not power)
    if digits is None:
        raise Unreadable("grouping", text)
    if abs(power) > MOST_DIGITS or len(digits) > MOST_DIGITS:
        raise Unreadable("enormous", text)
    value = Fraction(digits.rstrip(".")) * Fraction(10) ** power
    if found["under"]:
        under = int(re.sub(r"[ ,'_]", "", found["under"]))
        if not under:
            raise Unreadable("zero", text)
        value /= under
    return -value if found["sign"] == "-" else value


def _scale(given: str, unit: str, whole: bool, question: str, text: str) -> int:
    """The power of ten in what stands behind a number; what else stands there has to be the unit."""
    given = given.strip(" .")
    if not given or same_unit(given, unit, question):
        return 0
    found = PREFIX.fullmatch(given)
    if found["prefix"] and (not found["rest"] or same_unit(found["rest"], unit, question)):
        return POWERS[found["prefix"]]
    if _bare(given) == "%" and not unit and not whole:  # of a share
        return -2
    raise Unreadable("unit", text)


def same_unit(given: str, unit: str, question: str = "") -> bool:
    """Whether a word is the unit or how it begins, in any case, in the singular or the plural; if there is no unit,
    whether it stands in the question."""
    word, whole = _bare(given), _bare(unit)
    if unit:
        return word == whole or whole.startswith(f"{word} ")
    if word == "%":
        return re.search("(?:in|how many) %", _bare(question)) is not None
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", _bare(question)) is not None


def _bare(words: str) -> str:
    """In lower case, with one way to write what has several; without the last s."""
    out = words.lower()
    for pattern, plain in SAME:
        out = re.sub(pattern, plain, out)
    return out.rstrip("s")


def read_shape(text: str) -> list[int]:
    """The whole numbers of a shape: 128x28x28, (128, 28, 28), 128 28 28, torch.Size([128, 28, 28]).

    Raises:
        Unreadable: says why.
    """
    plain = re.sub(r"\bby\b|X", "x", re.sub(r"^torch\.size", "", tidy(text), flags=re.I))
    bare = re.sub(r"^[\s(\[{]+|[\s)\]},;]+$", "", plain)
    parts = re.split(r" ?x ?" if "x" in bare else r" ?[,;] ?| ", bare)
    numbers = [_plain(part, True) if re.fullmatch(r"\d[\d,'_ ]*", part) else None for part in parts]
    if any(number is None or not number.isdigit() or len(number) > 15 for number in numbers):
        raise Unreadable("shape", text)
    if len(numbers) > 5:
        raise Unreadable("many", text)
    return [int(number) for number in numbers]


def read_order(text: str, count: int) -> list[int]:
    """The places that letters name, from 0: "B, A, C" gives [1, 0, 2].

    Raises:
        Unreadable: says why.
    """
    letters = re.sub(r"[\s,;.<>→/()\[\]-]|\b(?:and|then)\b", "", tidy(text)).upper()
    if not re.fullmatch("[A-Z]+", letters) or len(letters) > 26:
        raise Unreadable("letters", text)
    places = [ord(letter) - ord("A") for letter in letters]
    if sorted(places) != list(range(count)):
        raise Unreadable("each", text)
    return places
