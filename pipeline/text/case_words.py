"""Words whose case is known without a dictionary: days, acronyms, units, titles."""

from __future__ import annotations

DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
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
