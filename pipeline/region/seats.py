"""Where organisations of many countries sit: cities that stand for them, not for a country."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from pipeline.region.hits import Mention

_EU = r"EU|E\.U\.|European\s(?:Union|Commission|Council|Parliament|Central\sBank|Court|Community)"
_UN = r"UN|U\.N\.|United\sNations|UNITED\sNATIONS|Security\sCouncil|UNICEF|UNHCR"
_SEATS: Mapping[str, str] = {
    "brussels": rf"{_EU}|NATO|Nato|EC|ECOFIN",
    "strasbourg": rf"{_EU}|Council\sof\sEurope|(?:European\s)?[Cc]ourt\sof\s[Hh]uman\s[Rr]ights",
    "luxembourg": _EU,
    "frankfurt": rf"{_EU}|ECB",
    "the hague": rf"{_UN}|ICC|ICJ|OPCW|Europol|International\s(?:Criminal\s)?Court|[Tt]ribunal",
    "hague": rf"{_UN}|ICC|ICJ|OPCW|Europol|International\s(?:Criminal\s)?Court|[Tt]ribunal",
    "geneva": rf"{_UN}|WHO|WTO|ILO|GATT|World\s(?:Health|Trade)\sOrgani[sz]ation|Red\sCross|"
    r"Human\sRights\sCouncil",
    "vienna": rf"{_UN}|OPEC|Opec|IAEA|OSCE|International\sAtomic\sEnergy\sAgency",
    "new york": rf"{_UN}|General\sAssembly",
    "nairobi": r"UNEP|U\.?N\.?\sEnvironment|UN-Habitat",
    "rome": r"FAO|World\sFood\sProgram(?:me)?|WFP|Food\sand\sAgriculture\sOrgani[sz]ation",
    "paris": r"OECD|UNESCO|Unesco|IEA|International\sEnergy\sAgency|FATF",
    "washington": r"IMF|World\sBank|International\sMonetary\sFund|OAS",
    "addis ababa": r"African\sUnion|AU",
    "jakarta": r"ASEAN|Asean",
    "abuja": r"ECOWAS|Ecowas",
    "lyon": r"Interpol|INTERPOL",
    "lausanne": r"IOC|International\sOlympic\sCommittee|Court\sof\sArbitration\sfor\sSport|CAS",
    "zurich": r"FIFA|Fifa",
    "nyon": r"UEFA|Uefa",
    "basel": r"BIS|Bank\sfor\sInternational\sSettlements|Basel\sCommittee",
    "riyadh": r"GCC|Gulf\sCooperation\sCouncil",
    "jeddah": r"OIC|Organi[sz]ation\sof\sIslamic\sCooperation",
    "montevideo": r"Mercosur|MERCOSUR",
    "minsk": r"CIS|Commonwealth\sof\sIndependent\sStates",
}
"""A city in lower case, and the names of which an article has one where the city is their seat."""

_ORGANISATIONS = {city: re.compile(rf"\b(?:{names})(?!\w)") for city, names in _SEATS.items()}
_SEEN_AS = frozenset(form for city in _SEATS for form in (city.title(), city.upper()))

_READ = 2000
"""Characters of a text in which an article names the organisation that it is about."""


def seats(mentions: Sequence[Mention], title: str, text: str) -> Collection[str]:
    """Countries that an article names by the seat of an organisation alone, which it names too:
    "BRUSSELS - EU leaders agreed in Brussels ..."."""
    sources = {True: title, False: text}
    named = [(one.alpha2, sources[one.in_title][one.start : one.end]) for one in mentions]
    found: dict[str, set[str]] = {alpha2: set() for alpha2, name in named if name in _SEEN_AS}
    if not found:
        return found
    for alpha2, name in named:
        if alpha2 in found:
            found[alpha2].add(name.lower())
    return {
        alpha2
        for alpha2, names in found.items()
        if names <= _SEATS.keys()
        and all(
            _ORGANISATIONS[name].search(title) or _ORGANISATIONS[name].search(text, 0, _READ)
            for name in names
        )
    }
