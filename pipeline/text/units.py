"""Units of measure and currencies as news writes them.

A unit has readings, since "pounds" are money or weight and "$" is one of many dollars; a reading
is the thing measured and how much of it the unit is. Two quantities are the same if they have a
reading in common: 1,000 m and 1 km, but not 1 km and 1 mile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Reading = tuple[str, float]
Readings = tuple[Reading, ...]

_DOLLARS = ("usd", "aud", "cad", "nzd", "hkd", "sgd", "twd", "other dollar")
_ANY_DOLLAR: Readings = tuple((code, 1.0) for code in _DOLLARS)
_CENT: Readings = (*((code, 0.01) for code in _DOLLARS), ("euro", 0.01), ("rand", 0.01))
_MILE, _POUND = 1609.344, 453.59237

_CURRENCIES = {
    "usd": "usd", "aud": "aud", "gbp": "£ gbp quid", "euro": "€ euro euros eur", "yen": "yen jpy",
    "yuan": "yuan rmb renminbi cny", "rupee": "₹ rs rupee rupees inr", "won": "₩ krw",
    "rouble": "₽ rouble roubles ruble rubles", "shekel": "₪ shekel shekels", "naira": "₦ naira",
    "peso": "₱ peso pesos", "franc": "franc francs chf", "krona": "krona kronor krone kroner",
    "rand": "rand", "real": "reais", "lira": "lira liras", "dinar": "dinar dinars",
    "dirham": "dirham dirhams", "riyal": "riyal riyals rial rials", "baht": "baht",
    "shilling": "shilling shillings", "rupiah": "rupiah", "ringgit": "ringgit",
    "zloty": "zloty zlotys", "forint": "forint forints", "hryvnia": "hryvnia hryvnias",
    "taka": "taka", "cedi": "cedi cedis", "bitcoin": "bitcoin bitcoins",
}  # fmt: skip

_WORDS: Mapping[str, Readings] = {
    word: readings
    for words, readings in (
        ("metre metres meter meters m", (("length", 1.0),)),
        ("km kms kilometre kilometres kilometer kilometers", (("length", 1e3),)),
        ("cm centimetre centimetres centimeter centimeters", (("length", 0.01),)),
        ("mm millimetre millimetres millimeter millimeters", (("length", 1e-3),)),
        ("mile miles mi", (("length", _MILE),)),
        ("foot feet ft", (("length", 0.3048),)),
        ("inch inches", (("length", 0.0254),)),
        ("yard yards yd yds", (("length", 0.9144),)),
        ("gram grams gramme grammes g", (("mass", 1.0),)),
        ("kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes", (("mass", 1e3),)),
        ("tonne tonnes", (("mass", 1e6),)),
        ("ton tons", (("mass", 1e6), ("mass", 907184.74), ("mass", 1016046.9))),
        ("ounce ounces oz", (("mass", 28.349523),)),
        ("lb lbs", (("mass", _POUND),)),
        ("stone", (("mass", 14 * _POUND),)),
        ("litre litres liter liters", (("volume", 1.0),)),
        ("gallon gallons", (("gallon", 1.0),)),
        ("barrel barrels", (("barrel", 1.0),)),
        ("acre acres", (("area", 4046.8564),)),
        ("hectare hectares ha", (("area", 1e4),)),
        ("mph", (("speed", _MILE),)),
        ("kph kmh kmph", (("speed", 1e3),)),
        ("knot knots", (("speed", 1852.0),)),
        ("second seconds sec secs", (("time", 1.0),)),
        ("minute minutes min mins", (("time", 60.0),)),
        ("hour hours hr hrs", (("time", 3600.0),)),
        ("day days", (("time", 86400.0),)),
        ("week weeks", (("time", 604800.0),)),
        ("fortnight fortnights", (("time", 1209600.0),)),
        ("month months", (("months", 1.0),)),
        ("year years yr yrs", (("months", 12.0),)),
        ("decade decades", (("months", 120.0),)),
        ("century centuries", (("months", 1200.0),)),
        ("watt watts", (("power", 1.0),)),
        ("kw kilowatt kilowatts", (("power", 1e3),)),
        ("mw megawatt megawatts", (("power", 1e6),)),
        ("gw gigawatt gigawatts", (("power", 1e9),)),
        ("kwh kilowatt-hours", (("energy", 1e3),)),
        ("mwh megawatt-hours", (("energy", 1e6),)),
        ("kb kilobyte kilobytes", (("data", 1e3),)),
        ("mb megabyte megabytes", (("data", 1e6),)),
        ("gb gigabyte gigabytes", (("data", 1e9),)),
        ("tb terabyte terabytes", (("data", 1e12),)),
        ("% percent pct pc percentage", (("percent", 1.0),)),
        ("point points", (("percentage point", 1.0), ("point", 1.0))),
        ("$ dollar dollars", _ANY_DOLLAR),
        ("cent cents", _CENT),
        ("pound pounds", (("gbp", 1.0), ("other pound", 1.0), ("mass", _POUND))),
        ("pence p", (("gbp", 0.01),)),
        ("¥", (("yen", 1.0), ("yuan", 1.0))),
        ("am", (("morning", 1.0),)),
        ("pm", (("evening", 1.0),)),
        *((words, ((currency, 1.0),)) for currency, words in _CURRENCIES.items()),
    )
    for word in words.split()
}

_PHRASES: Mapping[tuple[str, ...], Readings] = {
    ("per", "cent"): (("percent", 1.0),),
    ("percentage", "point"): (("percentage point", 1.0),),
    ("percentage", "points"): (("percentage point", 1.0),),
    ("basis", "points"): (("percentage point", 0.01),),
    **{
        (unit, per, "hour"): (("speed", factor),)
        for unit, factor in (("miles", _MILE), ("kilometres", 1e3), ("kilometers", 1e3))
        for per in ("per", "an")
    },
    ("km", "/", "h"): (("speed", 1e3),),
    ("metric", "tons"): (("mass", 1e6),),
    **dict.fromkeys(
        (("celsius",), ("c",), ("degrees", "celsius"), ("degrees", "c"), ("°", "c")),
        (("celsius", 1.0),),
    ),
    **dict.fromkeys(
        (("fahrenheit",), ("f",), ("degrees", "fahrenheit"), ("degrees", "f"), ("°", "f")),
        (("fahrenheit", 1.0),),
    ),
    **dict.fromkeys(
        (("degrees",), ("degree",), ("°",)),
        (("celsius", 1.0), ("fahrenheit", 1.0), ("degree", 1.0)),
    ),
    **{
        (square, word): tuple(("area", factor * factor) for _, factor in _WORDS[word])
        for square in ("square", "sq")
        for word in "metres meters kilometres kilometers km miles feet foot yards m ft mile".split()
    },
    **{
        ("cubic", word): tuple(("cubic", factor) for _, factor in _WORDS[word])
        for word in "metres meters kilometres kilometers miles feet".split()
    },
}
_LONGEST = max(map(len, _PHRASES))

_DOLLAR_OF = {
    "us": "usd", "american": "usd", "a": "aud", "au": "aud", "australian": "aud", "c": "cad",
    "ca": "cad", "can": "cad", "canadian": "cad", "nz": "nzd", "zealand": "nzd", "hk": "hkd",
    "kong": "hkd", "s": "sgd", "singapore": "sgd", "nt": "twd", "taiwan": "twd",
}  # fmt: skip
_SIGNS = frozenset("$£€¥₹₽₩₪₦₱")
_BEFORE = frozenset({"rs", "usd", "aud", "gbp", "eur", "inr", "jpy", "cny", "rmb", "chf", "krw"})
_CAPITAL = frozenset({"c", "f"})
"""Units that are letters of the alphabet, and units only as capitals."""
_SMALL = frozenset("m g p pc stone rand mi ha foot point points second".split())
"""Words that are units only in small letters."""


_BEGINNINGS = frozenset({*_WORDS, *(phrase[0] for phrase in _PHRASES), *_DOLLAR_OF, "hong", "new"})


def unit_before(words: Sequence[str], number: int) -> tuple[int, Readings]:
    """Where the unit before the number at `number` begins, and its readings; () if there is none.

    Currency signs and codes stand there: `$5`, `US$5`, `Rs 5`.
    """
    at = number - 1
    if at < 0:
        return number, ()
    if words[at] == "." and at and words[at - 1].casefold() == "rs":
        at -= 1
    if words[at] == "$" and at:
        code = _DOLLAR_OF.get(words[at - 1].casefold().replace(".", ""))
        if code and words[at - 1].isupper():
            return at - 1, ((code, 1.0),)
        if words[at - 1] == "R":
            return at - 1, (("real", 1.0),)
    if words[at] in _SIGNS or words[at].casefold() in _BEFORE:
        return at, _WORDS.get(words[at].casefold(), ())
    return number, ()


def unit_after(words: Sequence[str], end: int) -> tuple[int, Readings]:
    """Where the unit that begins at `end` ends, and its readings; () if there is none."""
    first = words[end] if end < len(words) else ""
    if first.casefold().replace(".", "") not in _BEGINNINGS:
        return end, ()
    if first[:1].isupper():
        for at in (end + 1, end + 2):  # Canadian dollars, Hong Kong dollars
            if at < len(words) and words[at] in ("dollar", "dollars"):
                code = _DOLLAR_OF.get(words[at - 1].casefold().replace(".", ""))
                return (at + 1, ((code, 1.0),)) if code else (end, ())
    low = [word.casefold().replace(".", "") for word in words[end : end + _LONGEST]]
    for length in range(len(low), 0, -1):
        readings = _PHRASES.get(tuple(low[:length]))
        if readings and not (low[0] in _CAPITAL and not first.isupper()):
            return end + length, readings
    if low and low[0] in _WORDS and not (low[0] in _SMALL and not first.islower()):
        return end + 1, _WORDS[low[0]]
    return end, ()
