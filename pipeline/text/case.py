"""In which letters a line is written, where case says nothing of its words: capitals, lower case or
a capital for every word; and words whose case is known without a dictionary."""

from __future__ import annotations

import re
from typing import Literal

Style = Literal["capitals", "lower", "title", "normal"]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FEWEST = 4
"""Words from which on a line shows how it is written; a name or a heading of three does not."""
_FEWEST_TITLE = 8
"""Words from which on a line with a capital for each is a text, and not a headline in the style of
many papers, which readers of headlines know."""
_SHARE = 0.85
_SMALL = frozenset(
    "a an and as at be but by for from had has have he her his if in is it its nor of on or our "
    "she so than that the their they this to up was we were when which who will with you".split()
)
"""Words that a headline leaves in lower case, most of them."""

ACRONYMS = frozenset(
    "un eu uk usa uae nato imf wto opec asean unicef unesco gdp ceo cfo fbi cia nsa nasa fifa uefa "
    "nba nfl nhl mlb fda epa ftc fcc irs ap afp upi bbc cnn nbc cbs itv rte hbo ibm hsbc ubs bp gm "
    "bmw vw ai dna rna hiv tv pc ngo mp gp vat cpi ecb ftse dax nyse mit ucla nypd lapd ira eta "
    "plo pkk anc bjp cdu spd usaid unhcr iaea icc icj osce oecd brics ii iii iv vi vii viii xi"
    "".split()
)
ALWAYS_LOWER = frozenset(
    "mph kph km kg lb lbs ft mm cm ml hz kw mw gw kwh mwh pct bn mln tln hrs hr yr yrs th nd rd st "
    "vs ltd sq oz bpd bps pp ppm bushel bushels tonne tonnes".split()
)
"""Units, and words of markets that the list of ordinary words lacks."""
TITLES = frozenset(
    "president governor senator king queen prince princess pope general captain colonel major "
    "judge justice sheriff detective inspector superintendent professor sergeant chancellor sir "
    "dame lord lady mayor minister archbishop bishop cardinal rabbi sheikh emir sultan ayatollah "
    "admiral lieutenant corporal private coach miss mr mrs ms dr prof rev gen gov sen rep lt col "
    "sgt capt maj congressman congresswoman councillor representative secretary ambassador".split()
)
FIRST_NAMES = frozenset(
    "mark bill frank jack sue dean ray grant rob pat dick nick drew hunter mason frances".split()
)
"""Those that are ordinary words."""
STARTERS = frozenset("the it he she they but this we his her its their there".split())
"""Words that begin a sentence after "in the U.S.", and do not go on with one."""


def style_of(line: str) -> Style:
    """How a line is written; `normal` where it is too short to tell."""
    words = _WORD.findall(line)
    if len(words) < _FEWEST:
        return "normal"
    long = [word for word in words if len(word) > 1]
    if sum(map(str.isupper, long)) >= _SHARE * len(long):
        return "capitals"
    if line.islower():
        return "lower"
    if len(words) >= _FEWEST_TITLE and sum(w[0].isupper() for w in words) >= _SHARE * len(words):
        small = [word for word in words[1:] if word.lower() in _SMALL]
        if len(small) >= 2 and all(word[0].isupper() for word in small):
            return "title"
    return "normal"


def is_headline_style(line: str) -> bool:
    """Whether most words begin with a capital, names or not."""
    words = _WORD.findall(line)
    capital = [word for word in words if word[0].isupper()]
    return len(capital) > 0.6 * len(words)
