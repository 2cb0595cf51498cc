"""Stubs: texts that are none of an article, but a notice of a site or a few words.

Feeds and scrapers give such texts to many articles, so a stub says nothing of which article it is.
"""

from __future__ import annotations

import re

FEWEST_WORDS = 20
"""A text of fewer is a stub."""

_LONGEST_NOTICE = 1500
"""Characters. Notices of consent, the longest, have up to about 200 words."""

_NOTICES = (
    # paywalls
    r"subscri\w+ (?:now |today )?(?:to|for) (?:continue|read|access|unlock|full|unlimited|get"
    r"|enjoy|the full)",
    r"already (?:a |have an? )?(?:subscriber|member|account|subscription|registered)",
    r"(?:log|sign) ?in (?:or (?:register|subscribe|sign ?up|create) )?to (?:continue|read|view"
    r"|access|your account)",
    r"(?:register|create an? (?:free )?account) to (?:continue|read|view)",
    r"(?:for|only|exclusive(?:ly)? (?:for|to)|available to|reserved for|limited to|open to)"
    r" (?:our |paid |premium |registered )*(?:subscribers|members)(?: only)?$",
    r"(?:premium|subscriber|member)s?(?: |-)(?:only )?(?:content|article|story|exclusive)",
    r"you(?:'ve| have) (?:reached|read|used) (?:your|all|the|\d+) .{0,40}(?:free|limit|articles)",
    r"(?:your|this) (?:free )?(?:trial|subscription) .{0,40}(?:cancel|expire|renew|month|week)",
    r"cancel (?:at )?any ?time",
    r"start your (?:free )?(?:trial|subscription)",
    r"unlimited (?:digital )?access",
    r"support (?:our|quality|independent|local) journalism",
    r"to (?:continue reading|read the (?:rest|full)|unlock (?:this|the))",
    r"this (?:content|article|story|page) is (?:only |locked|reserved|exclusive|available"
    r" (?:only|to)|for (?:our )?(?:subscribers|members|premium))",
    r"abonnez-vous",
    r"réservé aux abonnés",
    r"déjà abonné",
    r"(?:nur )?für abonnenten",
    r"jetzt abonnieren",
    r"weiterlesen mit",
    r"suscríbete",
    r"exclusiv[oa] para (?:suscriptores|assinantes)",
    r"assine (?:já|para)",
    r"riservato agli abbonati",
    r"alleen voor abonnees",
    # consent
    r"(?:we|our (?:site|website|partners)|this (?:site|website)|and our \w+ partners)"
    r" .{0,60}\bcookies?\b",
    r"\bcookies? .{0,80}(?:experience|website|browser|policy|consent|preferences|settings"
    r"|analy[sz]e|personali[sz]e|advertis\w+)",
    r"(?:accept|reject|manage|allow|enable|disable|decline) (?:all |our |my |your |the "
    r"|optional |non-essential )*(?:cookies|choices|options|preferences|consent)",
    r"privacy (?:policy|notice|settings|preferences|choices)",
    r"terms (?:of (?:service|use)|and conditions)",
    r"(?:personal data|browsing data|unique identifiers|tracking technologies|legitimate"
    r" interest|third-party (?:cookies|vendors))",
    r"by (?:clicking|continuing|using|browsing|signing up).{0,80}(?:agree|consent|accept"
    r"|acknowledge)",
    r"wir verwenden cookies",
    r"nous utilisons des cookies",
    r"utilizamos cookies",
    r"utilizziamo i cookie",
    # browsers and robots
    r"(?:enable|activate|aktivieren|activez|active|turn on|requires?|without|need|supports?"
    r"|disabled) .{0,20}java ?script",
    r"java ?script .{0,40}(?:disabled|enabled?|required|not (?:available|supported)|turned off"
    r"|support)",
    r"ad(?:-| )?block(?:er|ing)?",
    r"(?:unsupported|outdated|old|modern|supported|upgrade|update|your) (?:version of (?:your"
    r" )?)?(?:web )?browser",
    r"(?:verify|confirm|prove|checking|sure) .{0,30}(?:human|robot|browser|connection)",
    r"are you a robot",
    r"unusual (?:traffic|activity) from",
    r"checking your",
    r"your browser (?:will|is)",
    r"ddos protection",
    r"this process is automatic",
    r"complete the (?:captcha|security check)",
    r"access (?:to this page )?(?:has been )?(?:is )?denied",
    r"^(?:error )?(?:403|404|410|429|500|502|503)\b.{0,30}(?:forbidden|found|error|unavailable"
    r"|requests|gateway|gone)?$",
    r"page (?:you (?:requested|are looking for)|not found|cannot be found|no longer (?:exists"
    r"|available))",
    r"(?:video|content|article|page|story|post) (?:is |has been )?(?:not|no longer|currently"
    r"|un)\s?(?:available|exists?|removed|in your (?:region|country))",
    r"not available in your (?:region|country|location)",
    r"please (?:wait|try again|reload|refresh)",
    r"something went wrong",
    r"ray id",
    r"redirecting",
    r"loading$",
)  # fmt: skip
_NOTICE = re.compile("|".join(rf"(?<!\w)(?:{notice})" for notice in _NOTICES), re.IGNORECASE)
_TO_A_READER = re.compile(
    r"\b(?:we|our|us|you|your|yours|i|my|please|sie|ihr|ihre|ihrem|ihren|ihnen|wir|unser\w*|vous"
    r"|votre|vos|nous|notre|nos|usted|tu|su|sus|você|seu|sua|nuestr\w+)\b"
    r"|^\W*(?:to (?:continue|read|unlock|access)|subscribe|sign|log|register|start|support|cancel"
    r"|accept|enable|activate|continue|unlock|create|get|click|turn)\b",
    re.IGNORECASE,
)
_SHORT = 10
"""Words of a label or a button, which speaks to nobody."""
_PARTS = re.compile(r"(?<=[.!?…\])])[\s\"”’']+|\n+|\s[|·•]\s")
_TAIL = re.compile(r"\[?\(?\+ ?\d[\d,]* (?:more )?(?:char(?:acter)?s|words)\]?\)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+(?:[-.,:/'’]\w+)*")
_CHARACTERS_A_WORD = 2
"""Of scripts without spaces. Chinese words have 1.5 to 2 characters, Thai ones more."""


def is_stub(text: str) -> bool:
    """Whether a cleaned text is a known notice or has fewer than `FEWEST_WORDS` words.

    A longer text is one if at most a third of it, and fewer than `FEWEST_WORDS` words, are no
    sentences of notices: a teaser above a paywall, but not news about one.
    """
    if len(text) > _LONGEST_NOTICE:
        return False
    words = words_in(text)
    if words < FEWEST_WORDS:
        return True
    parts = [part for part in _PARTS.split(text) if part]
    kept = [part for part in parts if not _is_notice(part.strip().rstrip(".!?…"))]
    left = words_in("\n".join(kept))
    return left < FEWEST_WORDS and left * 3 <= words


def _is_notice(sentence: str) -> bool:
    """Whether a site says this to its reader; news may say the same of a site."""
    if not _NOTICE.search(sentence):
        return False
    return _TO_A_READER.search(sentence) is not None or words_in(sentence) <= _SHORT


def words_in(text: str) -> int:
    """How many words a text has; the mark of a text that was cut is none."""
    text = _TAIL.sub(" ", text)
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    if unspaced:
        text = _UNSPACED.sub(" ", text)
    return unspaced // _CHARACTERS_A_WORD + len(_WORD.findall(text))
