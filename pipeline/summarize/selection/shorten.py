"""Making a sentence shorter by rules that keep it true: words are left out, never put in.

What is never cut: who says it, negation, doubt and condition, numbers of the main clause, and
anything inside a quotation. A rule that cannot be sure does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from pipeline.text.whole_sentences import is_whole

LONG = 24
"""Words from which on whole clauses are left out; a shorter sentence only loses small words."""

_LEAST = 8
"""Words that a sentence keeps."""

_KEEP = re.compile(
    r"\b(?:not|no|never|nor|none|neither|without|cannot|\w+n['’]t|den(?:y|ies|ied)|denial|refus\w+|"
    r"alleg\w+|accus\w+|claim\w*|suspect\w*|(?-i:may)|might|could|would|should|must|if|unless|"
    r"until|except|"
    r"despite|although|though|but|however|rather|instead|said|says|say|saying|told|tells|according|"
    r"reported(?:ly)?|believ\w+|thought|thinks?|expect\w*|only|false\w*|disput\w+|apparent\w*|"
    r"possib\w+|potential\w*|likely|unlikely|propos\w+|plan(?:s|ned|ning)?|hop(?:es|ed|ing)|"
    r"reject\w*|whether|once|provided|contest\w*|supposed\w*|so-called|purported\w*|clear\w*)\b",
    re.IGNORECASE,
)
"""Words that a clause to be left out may not have: they say whether something is so."""

_VERBS = (
    "is|was|has|had|will|are|were|have|said|says|told|tells|did|does|can|could|would|may|might|must|"
    "should|also|took|takes|made|makes|went|goes|came|comes|got|gets|gave|gives|won|wins|lost|loses|"
    "led|leads|left|leaves|met|meets|held|holds|kept|keeps|began|begins|became|becomes|ran|runs|fell|"
    "falls|rose|rises|found|finds|put|puts|set|sets|sent|sends|spent|spends|wrote|writes|saw|sees|"
    "stood|stands|spoke|speaks|brought|brings|built|builds|bought|buys|sold|sells|broke|breaks|drew|"
    "draws|drove|drives|faces|faced|remains|remained|wants|wanted|expects|expected|plans|planned|"
    "appears|appeared|seems|seemed|confirmed|confirms|denied|denies|added|adds|announced|announces|"
    "called|calls|claimed|claims|asked|asks|died|killed|scored|scores|pleaded|admitted|admits|"
    "refused|rejected|accused|arrived|returned|returns|received|receives|joined|joins|hit|hits|beat|"
    "beats|struck|signed|signs|started|starts|stopped|worked|works|used|uses|warned|warns|urged|"
    "urges|opened|opens|closed|closes|continued|continues|include[sd]?|suffered|suffers|show(?:s|ed)|"
    "helped|helps|hopes|hoped|needs|needed|tried|tries|thinks|thought|knew|knows|believes|believed"
)
_VERB = re.compile(rf"\b(?:{_VERBS}|\w{{3,}}ed)\b")

_LINKING = re.compile(
    r"^(?:(?:However|Meanwhile|Moreover|Furthermore|In addition|Additionally|Nevertheless|"
    r"Nonetheless|Indeed|In fact|Of course|Still|Also|At the same time|On the other hand|"
    r"For example|For instance|As a result|Similarly|Likewise|Finally|Separately|Elsewhere|Now|"
    r"Besides|To be sure|That said|Even so|In other words|In short|Overall|Interestingly|Notably|"
    r"Importantly|Crucially|Unsurprisingly|Remarkably|In particular|After all), "
    r"(?!(?:however|though)\b)"
    r"|(?:But|And|Yet|So),? (?!(?:for|not|another|again|to|that|too|far|much|many|few|as|what|who|"
    r"why|how|where|when|did|do|does|is|are|was|were|can|could|will|would|should|then|so)\b))"
    r"(?=[A-Z\"“a-z\d$£€])"
)
_INNER_LINK = re.compile(
    r",? (?:however|meanwhile|moreover|furthermore|nevertheless|of course|for example|for instance|"
    r"too|as well|in fact|indeed),(?= )"
)
_ALSO = re.compile(r"(?<=[a-z]) also(?= [a-z])")
_STATEMENT = re.compile(
    r"(?<=\b(?:said|says)) in (?:a|an) (?:\w+ )?(?:statement|interview|e-?mail|(?:news|press) "
    r"release|"
    r"tweet|post|report|briefing)(?=[.,](?:[\"”]|\s|$)| (?:on|late|early|that|it|he|she|they)\b)"
)
_BRACKETS = re.compile(r" \((?!(?:[A-Z][\w.&-]{1,8})\))([^()]{1,90})\)(?![\w/-])")
_AGE = re.compile(rf"(?<=[a-z]), (?:aged )?\d{{1,3}},(?= (?:{_VERBS})\b)")
_LAST = r"(?:[^,;:—–()\"“”]|,(?=\d)){3,200}"
"""The rest of a sentence, without a comma: after one the main clause may go on."""

_OPENS = re.compile(
    r"^[\"“]?(?:When|As|After|If|While|Although|Though|Despite|With|Since|Because|Before|Once|"
    r"Until|Unless|Whether|Even|Given|Following|By|For|In|On|At|From|\w+ing)\b"
)
"""A sentence may begin with a clause and go on after it."""

_FINDS = re.compile(
    r"\b(?:found|finds|show(?:s|ed)|warn(?:s|ed)|rul(?:es|ed)|announced|decided|voted)\b"
)
"""Where a clause at the end is the news itself."""

_RELATIVE = re.compile(
    rf", (?:who|whose|which|where|whom)\b ([^,;:—–()\"“”]{{3,160}}),(?= (?:{_VERBS})\b)"
)
_RELATIVE_TAIL = re.compile(rf", (?:who|whose|which|where)\b {_LAST}\.$")
_DASHES = re.compile(r"\s?(?:—|–|--|\s-)\s")
_PARTICIPLE = re.compile(r"\w+ing\b")
_SUBJECT = re.compile(
    r"(?:it|he|she|they|we|I|you|there|the|a|an|this|these|those|its|his|her|their)\b"
)
_TAIL = re.compile(
    r", (?:with (?!which)|including |making |bringing |marking |"
    rf"adding |leaving |raising |citing |calling |noting ){_LAST}\.$"
)
_SEMICOLON = re.compile(rf"^[^;]+(?P<tail>; (?!and\b|or\b|but\b)[^;]*\b(?:{_VERBS})\b[^;]*\.)$")
_UNFINISHED = re.compile(
    r"\b(?:both|between|either|as well|if|unless|when|because|since|whether|such|so|that of)\b"
)
"""What begins with one of these may end in the last clause."""

_ADDING = re.compile(r"(?<=[a-z]), adding(?: that)?:? ?[^;]{3,300}$")

_PARTICIPLE_VERB = re.compile(r"\b(?:said|says|told|added|according)\b")


def shortened(sentence: str) -> str:
    """The sentence with what a summary can do without left out; the same if there is nothing.

    Small words always; whole clauses, one by one, while it has over `LONG` words.
    """
    for rule in _SMALL:
        sentence = _applied(rule, sentence)
    for rule in _CLAUSES:
        if _words(sentence) > LONG:
            sentence = _applied(rule, sentence)
    return sentence


def without_linking(sentence: str) -> str:
    """Without the word at the beginning that links it to the sentence before."""
    match = _LINKING.match(sentence)
    return _capital(sentence[match.end() :]) if match else sentence


def without_inner_links(sentence: str) -> str:
    """Without "however", "meanwhile", "for example" between commas, and "also"."""
    sentence = _without_all(_INNER_LINK, sentence)
    if re.search(r"\bnot (?:only|just|merely)\b", sentence):
        return sentence
    return _without_all(_ALSO, sentence)


def without_brackets(sentence: str) -> str:
    """Without what stands in brackets, but for a short form that is used later."""

    def decided(match: re.Match[str]) -> str:
        inside = match.group(1)
        quoted = _in_quotation(sentence, match.start(), match.end())
        return match.group() if quoted or _KEEP.search(inside) else ""

    return _BRACKETS.sub(decided, sentence) if not sentence.startswith("(") else sentence


def without_aside(sentence: str) -> str:
    """Without what stands between the only two dashes."""
    dashes = list(_DASHES.finditer(sentence))
    if len(dashes) != 2:
        return sentence
    first, second = dashes
    inside, rest = sentence[first.end() : second.start()], sentence[second.end() :]
    before = sentence[: first.start()]
    certain = (
        not _KEEP.search(inside)
        and rest[:1].islower()
        and not rest.startswith(("and ", "or ", "but "))
        and _words(inside) <= 20
        and not re.search(r"[:;]", before)
        and not _in_quotation(sentence, first.start(), second.end())
    )
    if not certain:
        return sentence
    # After a clause, or before a participle, a comma has to do the work of the dash.
    comma = _PARTICIPLE.match(rest) or (_OPENS.match(before) and _SUBJECT.match(rest))
    return f"{before}{',' if comma else ''} {rest}"


def without_adding(sentence: str) -> str:
    """Without what a speaker is said to have added."""
    match = _ADDING.search(sentence)
    if not match or not _PARTICIPLE_VERB.search(sentence[: match.start()]):
        return sentence
    if re.search(r"[.!?][\"”]? \S", match.group()) or _in_quotation(
        sentence, match.start(), len(sentence)
    ):
        return sentence
    return sentence[: match.start()] + "."


def _applied(rule: Callable[[str], str], sentence: str) -> str:
    shorter = rule(sentence)
    if shorter == sentence:
        return sentence
    shorter = " ".join(shorter.split())
    shorter = re.sub(r" (?=[,.;:?!](?:\s|$))", "", shorter).replace(",,", ",").replace(",.", ".")
    if _words(shorter) < min(_LEAST, _words(sentence)):
        return sentence
    balanced = shorter.count("(") == shorter.count(")")
    return shorter if balanced and is_whole(shorter) else sentence


def _without_end(pattern: re.Pattern[str], sentence: str) -> str:
    """Without the last clause, where that can be told and says nothing that must stay."""
    match = pattern.search(sentence)
    if not match:
        return sentence
    start = match.start("tail") if "tail" in pattern.groupindex else match.start()
    head, tail = sentence[:start], sentence[start:]
    if _KEEP.search(tail) or _FINDS.search(tail) or _in_quotation(sentence, start, len(sentence)):
        return sentence
    if _OPENS.match(sentence) and "," not in head:
        return sentence  # the main clause may begin in the tail
    if re.search(r"[.!?] ", tail) or _UNFINISHED.search(head):
        return sentence
    return head if head.endswith(".") else head + "."


def without_relative(sentence: str) -> str:
    """Without a clause of who or which between subject and verb; where a verb came before, what
    follows may still belong to the clause."""
    match = _RELATIVE.search(sentence)
    if (
        not match
        or _VERB.search(sentence[: match.start()])
        or _KEEP.search(match.group())
        or _in_quotation(sentence, match.start(), match.end())
    ):
        return sentence
    return sentence[: match.start()] + sentence[match.end() :]


def _without_all(pattern: re.Pattern[str], sentence: str) -> str:
    """Without what matches outside quotations."""
    return pattern.sub(
        lambda match: match.group() if _in_quotation(sentence, match.start(), match.end()) else "",
        sentence,
    )


def _in_quotation(sentence: str, start: int, end: int) -> bool:
    """Whether a part of the sentence lies in a quotation or cuts one in two."""
    before, inside = sentence[:start], sentence[start:end]
    if before.count('"') % 2 or inside.count('"') % 2:
        return True
    if before.count("“") != before.count("”") or inside.count("“") != inside.count("”"):
        return True
    opened = len(re.findall(r"(?<!\w)['‘](?=\w)", before))
    closed = len(re.findall(r"(?<=[\w.,!?])['’](?!\w)", before))
    return opened > closed


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(text: str) -> int:
    return len(text.split())


without_statement = partial(_without_all, _STATEMENT)
"""Without "in a statement" after "said"."""
without_age = partial(_without_all, _AGE)
"""Without an age between commas before the verb."""
without_tail = partial(_without_end, _TAIL)
"""Without a last clause that only accompanies: while, with, including, making, adding."""
without_relative_tail = partial(_without_end, _RELATIVE_TAIL)
"""Without a clause of who or which at the end."""
without_second = partial(_without_end, _SEMICOLON)
"""Without what comes after the only semicolon."""

_SMALL: tuple[Callable[[str], str], ...] = (
    without_linking, without_inner_links, without_statement, without_brackets,
)  # fmt: skip
_CLAUSES: tuple[Callable[[str], str], ...] = (
    without_aside, without_relative, without_age, without_adding, without_tail,
    without_relative_tail, without_second,
)  # fmt: skip
