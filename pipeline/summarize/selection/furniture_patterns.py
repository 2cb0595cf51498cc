"""How furniture is told from sentences: patterns of English, as news sites of many kinds set it.

Read off the openings and ends of articles of newspapers, agencies and broadcasters.
"""

from __future__ import annotations

import re

_NAME = r"[A-Z][\w'’.&-]*"
_MONTH = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|January|February|March|April|June|"
    r"July|August|September|October|November|December)\.?"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = rf"(?:{_DAY},? )?(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:st|nd|rd|th)?(?:,? \d{{4}})?"
_AGENCY = (
    r"(?:AP|AFP|Reuters|REUTERS|CNN|UPI|ANI|PTI|IANS|WAM|SPA|BSS|UNB|TASS|Xinhua|Bernama|Yonhap|"
    r"Kyodo(?: News)?|Interfax|Anadolu|AA|KUNA|IRNA|MNA|BNA|APP|NAN|GNA|TAP|MENA|DPA|dpa|EFE|ANSA|"
    r"Bloomberg(?: News)?|Associated Press|The Associated Press|Thomson Reuters Foundation|"
    r"CNN Business|CNNMoney|CNN Student News|RNS|TASR|CTK|BelTA|IRIN|CNS|KHN|NewsNation|Stacker)"
)
_DASH = r"(?:--+|[-–—−])"
_PLACE = rf"(?:{_NAME}|de|of|the|del|la|el)(?:[ -](?:{_NAME}|de|of|the|del|la|el)){{0,3}}"
_CAPITALS = r"[A-Z][A-Z.'’-]+(?:[ /-][A-Z][A-Z.'’-]+){0,4}"

DATELINES = tuple(
    re.compile(pattern)
    for pattern in (
        # BEIJING, July 27 (Xinhua) -- ; Washington (CNN) ; (CNN) --
        rf"^(?:{_PLACE}(?:[,;] {_PLACE}){{0,2}},? ?)?(?:\[?{_DATE}\]?,? ?)?{_DASH}? ?"
        rf"[(\[]{_AGENCY}(?:[/, -]+{_AGENCY})?[)\]]\s*(?:{_DASH}+|:)?\s*",
        # ATLANTA — ; WEST PALM BEACH, Fla. — ; KABUL, July 2:
        rf"^{_CAPITALS}(?:, (?:{_NAME}|[A-Z]\.[A-Z]\.)(?: {_NAME})?){{0,2}}(?:,? {_DATE})?\.?"
        rf"(?:\s+{_DASH}\s*|\s*(?:--+|[–—])\s*|{_DASH}\s+|:\s+)(?=[\"“‘'A-Z])",
        # Ukraine CNN — ; New York CNN Business —
        rf"^{_PLACE}(?:, {_PLACE}){{0,2}},? {_AGENCY}\s+{_DASH}\s*",
        rf"^(?:[A-Z][\w ,'’-]{{0,60}} )?CNN\s+{_DASH}\s*",
        rf"^{_AGENCY}\s+{_DASH}\s*",
        r"^[A-Z][a-z]+ — (?=[A-Z])",
        # New Delhi: ; Srinagar, July 27: ; Srinagar- ; Islamabad –
        rf"^{_NAME}(?: {_NAME}){{0,2}}, {_DATE}\s*(?:{_DASH}+|:)\s*",
        rf"^{_CAPITALS}\s*{_DASH}\s*{_DATE}\s*:\s*",
        rf"^{_DATE}(?:,? \d{{4}})?\s*(?:{_DASH}{{1,2}}|:)\s+(?=[A-Z\"“])",
        rf"^[A-Za-z]+ News(?: / [\w ]+)?, {_DATE}\s*{_DASH}\s*",
        r"^(?:New Delhi|Mumbai|Srinagar|Jammu|Kolkata|Chennai|Bengaluru|Hyderabad|Islamabad|"
        r"Karachi|Lahore|Dhaka|Kathmandu|Colombo|Kabul|Abuja|Lagos|Nairobi|Kampala|Accra|Harare|"
        r"Lusaka|Cairo|Beirut|Amman|Riyadh|Dubai|Doha|Tehran|Baghdad|Damascus|Ankara|Istanbul|"
        r"Jerusalem|Gaza|Ramallah|London|Paris|Berlin|Moscow|Kyiv|Kiev|Brussels|Geneva|Washington|"
        r"New York|Beijing|Shanghai|Hong Kong|Tokyo|Seoul|Pyongyang|Hanoi|Bangkok|Jakarta|Manila|"
        r"Singapore|Kuala Lumpur|Sydney|Canberra|Wellington|Managua|Havana|Caracas|Lima|Bogota|"
        r"Suva|Port Moresby|Windhoek|Freetown|Monrovia|Maputo|Luanda|Gaborone|Addis Ababa|Khartoum)"
        rf"(?:: |\s?{_DASH}\s)(?=[\"“A-Z])",
    )
)
"""At the beginning of a sentence, to be cut off. Sets of news: newswire, CNN/DailyMail, NPR."""

STAMPS = re.compile(
    r"^(?:"
    r"(?:\d{1,2}[:.]\d{2} ?(?:[ap]\.?m\.?)?,? ?(?:GMT|BST|EST|EDT|ET|PT|CET|IST|UTC)?\s*(?:--+|"
    r"[-–—:|])\s*|\d{1,2}:\d{2}(?: ?[ap]\.?m\.?)?(?: (?:GMT|BST|EST|EDT|ET|PT|CET|IST|UTC))?\s+"
    r"(?=[A-Z\"“]))"
    r"|(?:UPDATED?|BREAKING(?: NEWS)?|EXCLUSIVE|WATCH|JUST IN|DEVELOPING|OPINION|ANALYSIS|"
    r"Breaking|Exclusive|Update)\s*(?:[:|]|--+|[-–—] )\s*"
    r"|[•·▪■►*–—‣]+\s+|-\s+(?=[A-Z\"“])"
    r"|(?:By|by) [A-Z][\w'’.-]+ [A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+)? [A-Z][a-z]+, "
    + _MONTH
    + r" \d{1,2} \(\w+\) "
    r")"
)
SIGNATURE = re.compile(
    r"^By [A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){1,3}(?:,? [A-Z][a-z]+,? " + _MONTH + r" \d{1,2})? ?"
    r"\(" + _AGENCY + r"\)\s*"
)
TRAILING = re.compile(
    r"\s*(?:"
    r"\((?:pictured|above|see above|right|left)[^()]{0,30}\)(?=[.!?])"
    r"|(?:[-–—]+|\.{3}|…)\s*(?:Read|Click|See|Watch)[^.]{0,60}"
    r"|\s[-–—/]{1,2}\s?(?:Bernama|ANI|PTI|TASS|AFP|Reuters|BERNAMA|UNB|BSS)\.?"
    r"|\s?\((?:Reporting|Writing|Editing) by [^()]*\)\.?"
    r"|\[\+\d+ chars\]"
    r"|,? opens new tab(?=[,. ])"
    r")\s*$"
)
INNER = re.compile(
    r",? opens new tab(?=[,.; ])|\s*\((?:pictured|above)(?:,? (?:right|left|above|centre|center|"
    r"inset|with [^()]*))?\)"
)

_SERVICE: tuple[tuple[str, str], ...] = (
    ("getty", r"getty images"),
    ("photo", r"file photo|(?:ap|afp) photo|photo(?:graph)? (?:by|credit|courtesy)|photos? "
              r"courtesy"),
    ("photo", r"in this (?:file |undated |handout )?photo|stock photo"),
    ("picture", r"picture by|picture:|in this (?:file |undated )?picture"),
    ("pictured", r"pictured (?:here|above|left|right|in (?:this|a|the) (?:file |undated |photo|"
                 r"picture))"),
    ("seen ", r"seen (?:here|above|in (?:this|a|the) (?:file |undated |screen|photo|picture|"
              r"image))"),
    ("shown ", r"shown (?:here|above|in (?:this|a|the) (?:file |undated |screen|photo|picture|"
               r"image))"),
    ("image", r"image (?:source|caption|credit|copyright)|library image|in this (?:file |undated "
              r")?image"),
    ("caption", r"(?:hide|toggle) caption"),
    ("shutterstock", r"shutterstock"),
    ("playback", r"media playback"),
    ("scroll", r"scroll (?:down|for|to)"),
    ("continues", r"story continues"),
    ("reserved", r"all rights reserved"),
    ("sign up", r"sign up here|sign up (?:for|to) (?:our|the|receive|free|a|this|npr|"
                r"cnn)\b[^.]{0,40}"
                r"(?:newsletter|alert|update|app\b|e-?mail|inbox)"),
    ("subscri", r"subscrib(?:e|ing) (?:here|to (?:our|the|us|this|npr))"),
    (" on ", r"(?:follow|like|find|join) (?:us|me|him|her|them)? ?on "
             r"(?:twitter|facebook|instagram|x\b|snapchat|whatsapp|telegram|youtube)"),
    (" here", r"(?:be|is|are) (?:read|found|seen|viewed|downloaded|heard) (?:online )?here\b"),
    ("click", r"click (?:here|on the|below)"),
    ("read", r"read (?:more|our full|the full (?:story|article|text|interview))\b|also read"),
    ("external", r"external (?:internet )?(?:sites|links)"),
    ("this ", r"this (?:article|story|post|piece|report|op-ed|column) (?:was|is|has been|"
              r"originally|first) (?:originally |first )?(?:published|written|produced|appeared|"
              r"adapted|reprinted|updated|supplied|co-published|part of|from)"),
    ("originally", r"originally (?:published|appeared) (?:on|in|at|by)"),
    ("contributed", r"contributed to this (?:report|story|article)"),
    ("reporting", r"additional reporting|reporting by"),
    ("editing by", r"editing by"),
    ("may not be", r"may not be (?:published|reproduced)"),
    ("discretion", r"view(?:er)? discretion"),
    ("://", r"https?://"),
    ("@", r"@\w+\.(?:com|org|co)"),
    ("support public media", r"support public media"),
    ("ad-free", r"ad-free"),
    ("newsletter", r"newsletters? (?:here|to)|our (?:\w+ )?newsletter"),
    ("download", r"download (?:our|the) app"),
    (" the ", r"(?:watch|listen to|see) the (?:full )?(?:video|interview|clip|story|episode) "
              r"(?:here|below|above)"),
    ("views expressed", r"views expressed"),
    ("necessarily", r"do not necessarily (?:reflect|represent)"),
    ("has been ", r"has been (?:corrected|updated) to"),
    ("the author", r"(?:e-?mail|contact|write to) the author"),
    (" us", r"(?:e-?mail|contact|write to|whatsapp) us\b"),
    ("if you ", r"if you (?:or someone you know|have been affected|have a story|"
                r"would like to (?:comment|receive|get|read|share))"),
    ("you m", r"you (?:may|might) also (?:like|be interested)"),
    ("more ", r"more (?:from|on|about) (?:this story|bbc|cnn|npr|our)\b"),
    ("get ", r"get (?:the|our) (?:latest|daily|free|best)\b.{0,40}\b(?:inbox|newsletter|alerts|"
             r"app)"),
    ("javascript", r"enable javascript"),
    ("cookie", r"cookies? (?:policy|settings)"),
    ("advertisement", r"^advertisements?\b"),
    ("sponsored", r"sponsored content\b"),
    ("privacy policy", r"privacy policy"),
    ("terms of", r"terms of (?:use|service) apply"),
)  # fmt: skip
SERVICE = tuple((word, re.compile(rf"(?<!\w)(?:{pattern})")) for word, pattern in _SERVICE)
"""Lines about the page and not the news, wherever they stand: a word that each has, which is
looked for first, and the pattern; both for text in lower case."""

CAREFUL = re.compile(r"[\"“”]|\b(?:said|says|told|tweeted|wrote|announced|accused)\b")
"""A sentence of news may speak of such a thing; it then quotes or says who speaks."""

CERTAIN = (
    "getty images", "shutterstock", "image source", "image caption", "image copyright",
    "media playback", "scroll down", "scroll for", "story continues", "all rights reserved",
    "pic.twitter.com", "hide caption", "toggle caption", "contributed to this report",
    "contributed to this story", "additional reporting", "read more:", "[photo]", "opens in new",
)  # fmt: skip
"""Of these even a sentence that quotes somebody is none."""

BEGINNING = re.compile(
    r"^(?:By(?:line)?\s*[:.]|By [A-Z][\w'’.-]+(?: (?:[A-Z][\w'’.-]+|and|for|in|,)){0,8}\.?$|"
    r"(?:UPDATED|PUBLISHED|Updated|Published|Posted|Modified|Last updated|Last modified|First "
    r"published)\s*(?:[:.]|at\b|on\b|\d)|"
    r"(?:READ|WATCH|LISTEN|RELATED|MORE|SEE ALSO|PHOTOS?|VIDEOS?|GALLERY|POLL|QUIZ|SHARE|TOPICS|"
    r"TAGS|FILED UNDER|SOURCE|"
    r"Read|Watch|Listen|Related|Photos?|Videos?|Gallery|Source|Sources|Tags|Topics|Share|Music|"
    r"Credit|Credits|Picture|Image|Caption|"
    r"Editor['’]s note|EDITOR['’]S NOTE|Correction|CORRECTION|Clarification|Note to readers|"
    r"Disclaimer|Disclosure|"
    r"Email|E-mail|Contact|Tel|Phone|Address|Status|Ingredients|Method|Serves|Rating|Verdict|"
    r"Byline|Author|Reporter|Also read|Also Read|ALSO READ|"
    r"Read also|See also|Also see|Don['’]t miss|DON['’]T MISS|What to know|Key points|Related "
    r"story|Related stories)\s*(?::|\||--)|"
    r"(?:Copyright|©|\(c\))|Pictured(?:\b|:)|Media playback|Above[:,] |Below[:,] |(?:Left|Right|"
    r"Top|Bottom|Inset|Main|File)[:,] |"
    r"(?:Click|Tap|Scroll|Subscribe|Sign up|Join NPR|Follow @|Follow [A-Z][\w]+ (?:on|news)|Read "
    r"(?:the|our|more)|Watch (?:the|our|video)|Listen to|"
    r"Share this|Like us|Download (?:the|our)|Register (?:here|now|for)|Support (?:our|NPR)|Buy "
    r"(?:now|here)|View (?:the|more|our|gallery))\b|"
    r"(?:Our|The NPR|Today'?s) live (?:coverage|updates)|"
    r"On today['’]s (?:show|episode)|Find (?:us|more)|Check out\b|Stay (?:tuned|up to date|with)|"
    r"Thank you for|Thanks for|Send us\b|(?:Good (?:morning|afternoon|evening)\b[^.]{0,30} )?"
    r"[Ww]elcome (?:back )?to (?:our|the|this) |(?:An|The) earlier version of (?:this|the) |"
    r"A previous version of (?:this|the) |Enditem|\(?(?:RELATED|MORE|WATCH|READ)\b|"
    r"For more (?:on|information|news|from|stories|of)\b|Have you been affected|Do you have\b|Got "
    r"a (?:story|tip)|"
    r"(?:\(|\[)?(?:END|ENDS|ENDITEM|MORE|STORY|PHOTO|VIDEO)(?:\)|\])?\.?$|[#@|{\\<>_=*]|"
    r"\(?Graphic[:)])"
)
TWEET = re.compile(r"(?:—|–|--)\s.{2,60}\(@\w+\)")
ENDS = re.compile(
    r"(?:/|\(|\b(?:Photo|Image|Picture|Credit|Courtesy|via)[:/ ])\s?(?:AP|AFP|EPA|PA|Reuters|"
    r"REUTERS|Getty|Getty Images|Bloomberg|NPR|CNN|"
    r"Shutterstock|Rex|Alamy|Xinhua|Anadolu|Facebook|Twitter|Instagram)\b[^.]{0,25}[).]*$"
)
LABEL = re.compile(r"^(?!The |A |An )(?P<label>[A-Z][\w'’&]*(?:[ -][\w'’&]+){0,2}): (?=[A-Z\d])")
"""Of a caption, as the Daily Mail has them: "Tributes: The actor in 2010"."""
SPEAKS = re.compile(
    r"\b(?:said|says|say|told|tells|asked|added|wrote|writes|tweeted|reads?|stated|warned|"
    r"concluded|note[ds]?|is|are|was|were|has|have|had|this|that|it|he|she|they|we|one|reason|"
    r"result|question|answer|problem|news|fact|point|thing|line)\b",
    re.IGNORECASE,
)
POSE = re.compile(
    r"\b(?:pictured|poses?|posing|looks? on|gestures?|waves?|smiles?|"
    r"(?:speaks?|reacts?) (?=(?:during|at|as|after|to (?:reporters|the media|supporters)) )|"
    r"celebrates? (?=(?:after|scoring|with|his|her|their) )|arrives? (?=(?:at|for) )|"
    r"(?:hugs?|embraces?|greets?|kisses|shakes? hands)(?= )|holds? up (?=(?:a|the|his|her) ))"
)
PAST = re.compile(
    r"\b(?:said|says|was|were|had|has|have|will|would|could|did|been|told|is|are|\w{3,}ed)\b"
)
STAMP_ONLY = re.compile(
    rf"^(?:{_DATE}|{_DAY}|\d{{1,2}}[:.]\d{{2}}(?: ?[ap]\.?m\.?)?(?: (?:GMT|BST|E[SD]?T|P[SD]?T))?"
    rf"|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|(?:Updated|Published|Posted)|[\s,|:.·•-])+$"
)

CREDIT = re.compile(
    r"^[^.!?]{0,80}\bBy [A-Z][\w'’-]+ [A-Z][\w'’-]+ BBC (?:Sport|News)(?: at "
    r"[A-Z]\w+)?\s+(?=[A-Z])|"
    r"^(?:Media playback is (?:not supported|unsupported) on (?:this|your) device|"
    r"[^.!?]{0,160}(?:[A-Z]\.[^.!?]{0,60})?\((?:[^()]{0,60}/)?(?:Reuters|REUTERS|AP(?: Photo)?|AFP|"
    r"Getty(?: Images)?|Bloomberg)(?:/[^()]{0,40})?\)|"
    r"\((?:[^()]{0,80}/)?(?:Getty Images|AP(?: Photo)?|Reuters|AFP)[^()]{0,40}\)|"
    r"[^.!?]{0,60}/\s?(?:Getty Images|AP|Reuters|AFP))\s+(?=[A-Z])"
)
"""Of a photograph or film, glued to the sentence after it."""
INITIALS_END = re.compile(r"(?:\b(?:[A-Z]\.){2,}|\b[ap]\.m\.|\b(?:Inc|Corp|Ltd|Co|Jr|Sr|etc)\.)$")
STARTS_ANEW = re.compile(
    r"[\s\"“‘'(]*(?:The|A|An|In|On|At|He|She|It|They|We|I|But|And|This|That|These|Those|His|Her|"
    r"Its|Their|There|For|With|As|After|Before|When|While|If|Since|Some|Many|Most|More|No|Now|"
    r"However|Meanwhile|Also|According|Under|By|From|Last|Earlier|Officials|Police)\b"
)
"""What comes after "in the U.S." when a sentence ends there."""
BEGINS = re.compile(
    r"(?:The|A|An|More|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|Thirteen|"
    r"Fourteen|Fifteen|Sixteen|Twenty|Dozens|Hundreds|Thousands|Some|Several|Many|Police|US|UK)$"
)
MOVED = frozenset(
    ("The", "A", "An", "New", "Former", "President", "Mr", "Ms", "Mrs", "Sen.", "Rep.")
)

REPORTS = re.compile(r"\b(?:said|told|that|who|which|was|were|has|have|had|been|met|and said)\b")
"""Words of a sentence, not of a headline."""
GLUED = re.compile(
    r"(?:^|[\s(])\?\w|"
    r"(?<![\w@#./])(?!(?:al|el|de|van|von|mc)[A-Z])[a-z]{2,}[A-Z][a-z]{2,}|"
    r"[a-z]{3}[.?!][A-Z][a-z]{2,} "
)
"""Words that have lost the space between them, where links were: "afterRoe"; and quotation marks
that have become question marks: "said ?no"."""
UNGLUED = re.compile(
    r"(?:^|[\s(])\?\w|"
    r"(?<![\w@#./])(the|a|an|by|with|said|says|of|in|for|and|to|on|from|that|called|after|as|is|"
    r"was|at|told|but|when|how|named|including|like|against|about|under|over|into|between|who)"
    r"(?=[A-Z][a-z])"
)
"""Of them, those where the space can be put back."""
