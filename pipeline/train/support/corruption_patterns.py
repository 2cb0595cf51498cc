"""Words and patterns by which true sentences are made false: names, verbs, speakers, opposites."""

from __future__ import annotations

import re
from collections.abc import Callable

NAME = re.compile(r"\b[A-Z][\w’'.-]*\w(?:[ -](?:of |de |al-)?[A-Z][\w’'.-]*\w)*")
NUMBER = re.compile(
    r"(?<![\w.,])[$£€]?\d[\d,.]*\d(?:%| percent| per cent| million| billion)?|(?<![\w.,])\d\b"
)
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|said|says|told|"
    r"announced|won|beat|killed|called|plans|wants|accused|urged|warned|agreed|asked|rejected|"
    r"denied|became|began|took|made|gave|found|faces|became|lost|left)\b"
)
SPEAKERS = (
    "police", "officials", "prosecutors", "the government", "critics", "witnesses", "experts",
    "researchers", "the company", "lawyers", "his family", "campaigners", "the opposition",
)  # fmt: skip
SAYING = re.compile(
    r"(?P<who>\b(?:[Pp]olice|[Oo]fficials|[Pp]rosecutors|[Cc]ritics|[Ww]itnesses|[Ee]xperts|"
    r"[Rr]esearchers|[Ll]awyers|[Cc]ampaigners|[Aa]uthorities|[Ss]cientists|[Oo]rganisers|"
    r"[Ii]nvestigators|[Rr]esidents|[Tt]he (?:government|company|ministry|opposition|court|judge|"
    r"president|report|union|club|minister|mayor|family|agency|bank|party|group|council|army)|"
    r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*))(?P<verb> (?:said|says|say|told|warned|argued|argues|"
    r"claimed|claims|announced|added|denied|called|accused|urged|asked|wrote|insisted|confirmed)\b)"
)
ACCORDING = re.compile(r"(according to |told )(?P<who>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*|[a-z]+)")

_IRREGULAR = {
    "be": "been", "become": "become", "begin": "begun", "break": "broken", "bring": "brought",
    "build": "built", "buy": "bought", "choose": "chosen", "come": "come", "cut": "cut",
    "do": "done", "draw": "drawn", "drive": "driven", "fall": "fallen", "fight": "fought",
    "find": "found", "get": "got", "give": "given", "go": "gone", "grow": "grown", "have": "had",
    "hit": "hit", "hold": "held", "keep": "kept", "know": "known", "lay": "laid", "lead": "led",
    "leave": "left", "lose": "lost", "make": "made", "meet": "met", "pay": "paid", "put": "put",
    "raise": "raised", "rise": "risen", "run": "run", "see": "seen", "seek": "sought",
    "sell": "sold", "send": "sent", "set": "set", "show": "shown", "shut": "shut", "sign": "signed",
    "speak": "spoken", "spend": "spent", "stand": "stood", "take": "taken", "tell": "told",
    "win": "won", "withdraw": "withdrawn", "write": "written", "split": "split", "quit": "quit",
}  # fmt: skip


def _participle(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", verb):
        return f"{verb}{verb[-1]}ed"
    return f"{verb}ed"


_PAIRS = [
    pair.split("|")
    for pair in (
        "before|after;more than|less than;at least|at most;rose|fell;rise|fall;rises|falls;"
        "increase|decrease;increased|decreased;higher|lower;up|down;gained|lost;won|lost;"
        "beat|lost to;accused|cleared;rejected|approved;denied|admitted;denies|admits;"
        "refused to|agreed to;refuses to|agrees to;failed to|managed to;proposed|adopted;"
        "supported|opposed;supports|opposes;supporting|opposing;support for|opposition to;"
        "welcomed|criticised;criticized|praised;praised|condemned;allowed|banned;"
        "lifted|imposed;last week|next week;last month|next month;last year|next year;"
        "first|last;earlier|later;began|ended;starts|ends;open|close;opened|closed;"
        "sued by|suing;urged|forbade;without|with;most|few;all|none of;both|neither;never|often;"
        "no longer|still;resigned|was appointed;arrested|released;convicted|acquitted;"
        "guilty|not guilty;injured|killed;wounded|killed;buy|sell;bought|sold;joined|left;"
        "against|for;despite|because of;although|because;son|father;daughter|mother;"
        "husband|brother;wife|sister;ahead of|behind;above|below;largest|smallest;"
        "oldest|youngest;younger|older;faster|slower;better|worse;success|failure;"
        "cut|raised;cuts|raises;cutting|raising;extend|shorten;delayed|brought forward;"
        "suspended|resumed;continued|stopped;many|few;unlikely|likely;safe|unsafe;"
        "men|women;boys|girls;man|woman;boy|girl;his|her;victim|suspect;victims|attackers;"
        "defendant|judge;buyers|sellers;teachers|students;doctors|patients;employers|workers;"
        "landlords|tenants;government|opposition;prosecutors|defence lawyers;deal|dispute"
    ).split(";")
]
OTHER = {a: b for one, two in _PAIRS for a, b in ((one, two), (two, one))}
OTHER_PATTERN = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, OTHER), key=len, reverse=True)) + r")\b"
)

CERTAIN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(?:may|might|could) (be|have)\b"),
     lambda m: "is" if m[1] == "be" else "has"),
    (re.compile(r"\b(?:plans?|hopes?|wants?|intends?|aims?|is set|are set|is expected|"
                r"are expected|is due|are due|is likely|are likely|has vowed|promised|agreed|"
                r"has offered|offered|threatened|seeks?|tried|is considering whether|was asked|"
                r"was told|has been told|vowed) to (?!be\b)([a-z]+)\b"),
     lambda m: f"has {_participle(m[1])}"),
    (re.compile(r"\b(?:will|may|might|could|would|should) (?!be\b|not\b|have\b)([a-z]+)\b"),
     lambda m: f"has {_participle(m[1])}"),
    (re.compile(r"\b(?:will|would|may|could|should) be\b"), lambda m: "has been"),
    (re.compile(r"\b(?:is|are|was|were) (?:planned|expected|due|likely|set) to be\b"),
     lambda m: "has been"),
    (re.compile(r"\b(?:allegedly|reportedly|possibly|probably|apparently) "), lambda m: ""),
    (re.compile(r"\b(?:alleged|suspected|accused|potential|possible|proposed|planned) "),
     lambda m: ""),
    (re.compile(r"\b(?:is|are|was|were|been|being) (?:accused|suspected) of\b"),
     lambda m: "has been found guilty of"),
    (re.compile(r"\baccused of\b"), lambda m: "convicted of"),
    (re.compile(r"\b(?:charged with|arrested on suspicion of)\b"), lambda m: "convicted of"),
    (re.compile(r"\b(?:called for|demanded|proposed|requested|sought)\b"), lambda m: "secured"),
    (re.compile(r"\b(?:urged|asked|called on)\b"), lambda m: "forced"),
    (re.compile(r"\bis investigating\b"), lambda m: "has confirmed"),
)  # fmt: skip
UNCERTAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bhas been\b"), "may be"),
    (re.compile(r"\bhave been\b"), "may be"),
    (re.compile(r"\b(?:was|were)\b(?= [a-z]+ed\b)"), "will be"),
    (re.compile(r"\bconvicted of\b"), "accused of"),
    (re.compile(r"\bwon\b"), "hopes to win"),
    (re.compile(r"\bdied\b"), "was injured"),
    (re.compile(r"\b(?:has|have) (?:approved|agreed|signed|passed)\b"), "has yet to decide on"),
    (re.compile(r"\bannounced\b"), "ruled out"),
    (re.compile(r"\bsigned\b"), "refused to sign"),
    (re.compile(r"\bapproved\b"), "will vote on"),
    (re.compile(r"\bresigned\b"), "was asked to resign"),
)
AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might|did|does|do)\b"
    r"(?! (?:not|never|no)\b|n't)"
)
NOT = re.compile(r" (?:not|never)\b|n['’]t\b|\bno longer |\bno (?=[a-z])")
PAST = re.compile(
    r"(?<=[a-z] )(?P<stem>[a-z]{2,}(?:e|[^e]))d(?= (?:the|a|an|his|her|its|to|in|by))"
)
TAIL = re.compile(
    r",? (?:because|after|as|while|when|following|despite|due to|amid|since|until|but|if|unless|"
    r"so that|in order to)\b"
)
