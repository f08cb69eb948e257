# ruff: noqa: E501  (a pattern reads best unbroken)
"""Patterns of harm for moderation. Each is one feature of a linear model; names starting with ``fair_`` speak for clean.

They look for the shape of a harmful sentence (a group and a slur-like predicate, a threat and a person) more than for
single words, since single words are what clean texts share with harmful ones.
"""

from promptguard.detectors.rule_sets import RuleSet

_G = r"[^.!?\n]*"
_GROUP = (
    r"\b(?:wom[ae]n|females?|girls?|feminists?|men|immigrants?|migrants?|foreigners?|refugees?|muslims?|islam(?:ic|ists?)?|jews?|jewish|christians?|hindus?"
    r"|blacks?|black (?:people|men|folks?|person)|whites?|white people|africans?|asians?|chinese|indians?|pakistanis?|mexicans?|latin[oax]s?|hispanics?|arabs?"
    r"|gays?|homosexuals?|lesbians?|queers?|trans(?:gender|sexual|women|men)?|trans (?:people|wom[ae]n|m[ae]n)|bisexuals?|lgbt\w*|disabled(?: people)?|handicapped"
    r"|autistic|blind people|deaf people|roma|gyps(?:y|ies)|natives?|native americans?|aborigin\w+|elderly|old people|fat people|obese|poor people|homeless|minorit(?:y|ies)|liberals?|conservatives?)\b"
)
_LOW = (
    r"\b(?:disgust\w*|worthless|stupid|filth\w*|vermin|sub-?human|plague|garbage|trash|inferior|animals?|parasites?|criminals?|diseased?|scum|cockroach\w*|rats?|pigs?|apes?|monkeys?"
    r"|retard\w*|idiots?|savages?|primitive|evil|dirty|ugly|lazy|dumb|cancer|freaks?|abominations?|unnatural|perverts?|sick|rapists?|terrorists?|thieves|liars?|cunning|greedy|invad\w+|infest\w*"
    r"|ruin\w*|destroy\w*|don['’]?t deserve|not (?:real|human|people|welcome)|go back|deport\w*|belong in|should (?:be )?(?:die|banned?|killed|shot|gassed|deported|sterili[sz]ed|locked|hanged)|less (?:than|intelligent)|control the)\b"
)
_HATE = r"\b(?:hate|despise|detest|loathe|can['’]?t stand|cannot stand|disgusted by|sick of|tired of|get rid of|fuck(?:ing)?|exterminate|wipe out|eradicate|eliminate)\b"
_HURT = r"\b(?:kill|murder|shoot|stab|hang|strangle|burn|beat(?: up)?|punch|lynch|rape|behead|gas|slaughter|execute|bomb|attack|hurt|torture|butcher|assault|drown|poison|smash|cut|break)\b"
_WHO = r"\b(?:you|your|him|her|them|his|people|everyone|somebody|someone|that|the|my|all|every)\b"

HARM_PATTERNS: dict[str, str] = {
    "group_low": rf"{_GROUP}{_G}{_LOW}",
    "low_group": rf"{_LOW}{_G}{_GROUP}",
    "hate_group": rf"{_HATE}{_G}{_GROUP}",
    "hurt_group": rf"{_HURT}{_G}{_GROUP}",
    "all_group": rf"\b(?:all|every|these|those|you|fucking|damn|bloody|typical|no|any) (?:\w+ )?{_GROUP}",
    "group_verdict": rf"{_GROUP} (?:are|is|aren['’]?t|should|shouldn['’]?t|will|always|never|can['’]?t|cannot|do not|don['’]?t|deserve|have no|need to|must)\b",
    "no_rights": rf"\b(?:rights|vote|drive|allowed|trusted?|marry|adopt|equal|respect|exist|live)\b{_G}{_GROUP}|{_GROUP}{_G}\b(?:rights|vote|drive|allowed|trusted?|marry|adopt|equal|respect|exist|live)\b",
    "threat_me": rf"\b(?:i|we)(?:['’]?ll| will| am going to|['’]?m (?:going to|gonna)| gonna| want to| wanna| should| would| could|['’]?d)\b{_G}{_HURT}{_G}{_WHO}",
    "threat_order": rf"^\W*(?:let['’]?s |go |just )?{_HURT} {_WHO}",
    "should_die": r"\b(?:should|deserves? to|must|needs? to|hope|wish|ought to|better|will)\b[^.!?\n]*\b(?:die|be (?:killed|shot|hanged|dead|raped|beaten|executed|burned|hurt)|burn in hell|suffer|rot|hang)\b",
    "where_you_live": r"\b(?:i know where you|watch your back|you(?:['’]?re| are) dead|you will (?:regret|pay|die)|coming for you|your days are numbered|find (?:you|out where you live))\b",
    "insult_you": r"\b(?:you(?:['’]?re| are)?|ur|u|he['’]?s?|she['’]?s?|they['’]?re|what an?|such an?|shut up|stfu|fuck(?:ing)? (?:off|you)?)\b[^.!?\n]*\b(?:idiots?|morons?|losers?|pathetic|stupid|dumb(?:ass)?|ugly|bitch\w*|bastard|asshole|dick(?:head)?|cunt|whore|slut|pigs?|clown|coward|trash|garbage|scum|worthless|waste of|disgust\w*|fat|retard\w*|imbecile|fool)\b",
    "profanity": r"\b(?:fuck\w*|motherfuck\w*|shit\w*|bullshit|bitch\w*|asshole\w*|cunt\w*|dick(?:head)?s?|pussy|cock|whore\w*|slut\w*|bastards?|wank\w*|twat|douche\w*|jackass|dumbass|prick)\b",
    "sexual_act": r"\b(?:sex|sexual(?:ly)?|sexy|intercourse|orgasm\w*|cum(?:ming|s)?|blow ?job|hand ?job|masturbat\w*|moan(?:ed|ing|s)?|thrust\w*|penetrat\w*|erection|arous\w*|horny|aroused|fingering|fellatio|anal|oral sex|threesome|bdsm|bondage|strip(?:ped|tease)?|seduc\w*|foreplay|ejaculat\w*|climax(?:ed)?|make love|made love|naked|nude|undress\w*)\b",
    "sexual_body": r"\b(?:penis|vagina|clit\w*|breasts?|boobs?|tits?|nipples?|cock|dick|pussy|ass|butt(?:ocks)?|genitals?|crotch|thighs?|groin|panties|lingerie|testicles?|bare (?:skin|chest|body))\b",
    "sexual_scene": r"\b(?:her|his|my|their|she|he|i)\b[^.!?\n]*\b(?:lick\w*|suck\w*|thrust\w*|strok\w*|kiss\w*|touch\w*|grop\w*|caress\w*|undress\w*|straddl\w*|fuck\w*|rode|riding|bit|squeez\w*)\b[^.!?\n]*\b(?:body|neck|lips|skin|breasts?|cock|thighs?|nipples?|pussy|dick|naked|hard|wet|inside|deeper|clothes|bed)\b",
    "explicit_ask": r"\b(?:erotic\w*|erotica|porn\w*|explicit (?:story|scene|content|sex\w*)|sex (?:scene|story|chat)|smut|nsfw|hentai|talk dirty|dirty talk|fetish|kink\w*|steamy|lewd)\b",
    "minor": r"\b(?:child(?:ren)?|kids?|minors?|under-?age\w*|school ?(?:girl|boy)s?|teen(?:age[rd]?)?s?|(?:[5-9]|1[0-7])[- ]?(?:year|yr|yo)s?[- ]?(?:old)?|little (?:girl|boy)|toddler|pre-?teen|daughter|niece|nephew|stepdaughter|loli\w*|(?:eleven|twelve|thirteen|fourteen|fifteen|ten|nine)-year)\b",
    "minor_sexual": r"\b(?:child(?:ren)?|kids?|minors?|under-?age|school ?(?:girl|boy)s?|teen|little (?:girl|boy)|(?:[5-9]|1[0-7])[- ]?(?:year|yr|yo)|toddler|niece|nephew|daughter|(?:eleven|twelve|thirteen|fourteen|fifteen|ten|nine)-year)\b[^!?\n]*\b(?:sex\w*|naked|nude|undress\w*|touch(?:es|ed|ing)?|breasts?|virgin\w*|porn\w*|molest\w*|rap(?:e|ed|ing)|seduc\w*|aroused|panties)\b",
    "suicide": r"\b(?:suicid\w*|kill(?:ing)? (?:my|him|her|your|them|our)sel(?:f|ves)|end(?:ing)? (?:my|it all|his|her|their|your) ?(?:own )?(?:life)?|take (?:my|his|her) own life|want to die|wanna die|better off dead|hang(?:ing)? myself|overdos\w*|not want to (?:live|be alive)|don['’]?t want to (?:live|be alive|exist|wake)|goodbye note|no reason to live|jump(?:ing)? off|slit)\b",
    "self_harm": r"\b(?:self[- ]?harm\w*|cut(?:ting)? (?:my|her|his|your)(?:self| wrists?| arms?)|starv(?:e|ed|ing) (?:my|her|him|your)self|anorexi\w*|bulimi\w*|thinspo|pro-?ana|purg(?:e|ing)|burn(?:ing)? myself|hurt(?:ing)? myself|razor|hate myself)\b",
    "gore": r"\b(?:blood\w*|gore|guts|intestines|brains?|skull|flesh|corpse|severed|decapitat\w*|dismember\w*|disembowel\w*|mutilat\w*|torn|ripped|sliced|carved|stabbed|eyeballs?|throat|limbs?|crushed|maggots?|carcass|bleeding|wounds?)\b",
    "gore_scene": r"\b(?:blood|guts|brains?|skull|flesh|throat|intestines|neck|eyes?|limbs?|bones?)\b[^.!?\n]*\b(?:spray\w*|spill\w*|gush\w*|pour\w*|sever\w*|slic\w*|rip\w*|tor[en]|crush\w*|snap\w*|stab\w*|cut|splatter\w*|ooz\w*|hack\w*|peel\w*|burst)\b",
    "violence_words": r"\b(?:kill(?:ed|ing|s)?|murder\w*|shot|shoot\w*|stab\w*|strangl\w*|tortur\w*|massacre\w*|slaughter\w*|genocide|behead\w*|execut(?:e|ed|ion)|lynch\w*|terroris\w*|bomb\w*|assault\w*|beat(?:en|ing)?|punch\w*|rap(?:e|ed|ing|ist)|violen\w*|weapon\w*|gun|knife|war|hitler|nazi\w*|isis|jihad\w*)\b",
    "illicit_how": r"\b(?:how (?:do|can|to|would|could|should)|steps?|guide|tutorial|instructions?|recipe|teach|explain|method|ways? to|tips|plan|write|create|develop|help me|best way|easiest)\b[^.!?\n]*\b(?:steal\w*|hack\w*|crack|forg(?:e|ed|ing)|counterfeit\w*|launder\w*|smuggl\w*|fraud\w*|scam\w*|phish\w*|malware|ransomware|virus|keylogger|bypass|piracy|pirated?|shoplift\w*|blackmail\w*|extort\w*|brib\w*|embezzl\w*|evad\w*|stalk\w*|spy|impersonat\w*|identity|fake|illegal\w*|without (?:permission|consent|getting caught|being caught|paying|detection)|undetected|exploit\w*|manipulat\w*|sabotag\w*|vandal\w*|cheat\w*|traffick\w*|insider trading|black market|dark web|stolen)\b",
    "drugs": r"\b(?:meth(?:amphetamine)?|cocaine|heroin|lsd|mdma|ecstasy|fentanyl|ghb|crack|ketamine|opium|drug (?:dealer|lab|test)|cook (?:meth|drugs|crack)|illegal drugs|narcotics?|date rape)\b",
    "weapons_how": r"\b(?:build|make|making|construct|assemble|create|buy|get|obtain|detonate|3d[- ]print|synthesi[sz]e|develop|produce|acquire|smuggle)\b[^.!?\n]*\b(?:bombs?|explosives?|guns?|firearms?|grenades?|napalm|nerve gas|sarin|ricin|anthrax|chemical weapons?|biological weapons?|bioweapon|silencer|ammunition|molotov|dirty bomb|weapon of mass|ghost gun|detonators?|poison)\b",
    "spread_lies": r"\b(?:fake news|misinformation|disinformation|propaganda|conspiracy|rumou?rs?|false (?:information|claims|accusations)|slander|smear|defam\w*|bully\w*|cyberbully\w*|harass\w*|humiliat\w*|discriminat\w*|racist|sexist|hate speech|incite|extremis\w*|radicali[sz]e|denial)\b",
    "fair_love": rf"\b(?:love|respect|admire|adore|like|support|proud|appreciate|stand with|thank|enjoy|welcome)\b{_G}{_GROUP}|{_GROUP}{_G}\b(?:wonderful|great|amazing|kind|brave|brilliant|beautiful|welcome|equal|friends|deserve (?:respect|love|equal)|awesome|inspir\w*|human beings|people too)\b",
    "fair_counter": r"\b(?:it['’]?s|it is|that['’]?s|is|are|was|so|very|being|find|which is) (?:not okay|not ok|wrong|hateful|racist|sexist|unacceptable|offensive|bigoted|disgraceful|homophobic|transphobic|islamophobic|discrimination)|\b(?:nobody|no one|you) (?:should|must|can['’]?t|shouldn['’]?t)\b[^.!?\n]*\b(?:say|call|hate|treat)|\bif you (?:say|think|hate|believe)|\bpeople who (?:say|think|hate|believe)|\b(?:stop|against|fight|end) (?:the )?(?:hate|racism|sexism|saying|calling)",
    "fair_thing": r"\b(?:hate|despise|detest|can['’]?t stand|sick of)\b (?:it when|when|this|that|my|the|having|being|how|waiting|doing|getting|going)\b",
    "fair_question": r"^\W*(?:what|why|when|where|who|which|is|are|does|do|did|can|could|should)\b[^\n]*\?\W*$",
    "fair_help": r"\b(?:prevent\w*|protect\w*|awareness|help ?line|support group|therap\w+|doctor|report(?:ed|ing)?|police|news|according to|study|research|history|historical|museum|law|legal(?:ly)?|safe(?:ty|ly)?|treat(?:ment|ed)?|statistics|article|novel|film|charity|rights)\b",
    "fair_code": r"(?:\b(?:python|process|javascript|linux|command|server|terminal|function|code|sql|thread|docker|git|script|program|photo|portrait|chess|game|balloon|weeds|garden|recipe|cook|film|song|music)\b|```)",
}
HARM_RULES = RuleSet(tuple(HARM_PATTERNS.values()))
