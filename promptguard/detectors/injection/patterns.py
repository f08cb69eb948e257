# ruff: noqa: E501  (a pattern reads best unbroken)
"""The injection rules in English about orders and secrets: what each looks for, and the reason it gives.

Written in RE2's syntax, for text in any case. A rule need not be right alone: the weights in the artefact say how much
each hit is worth, and some rules (named ``about_…``) speak for an innocent reading.
"""

from typing import NamedTuple

from audit.reasons import Reason

OVERRIDE = Reason.INJECTION_OVERRIDE
EXTRACTION = Reason.INJECTION_EXTRACTION
PERSONA = Reason.INJECTION_PERSONA
INDIRECT = Reason.INJECTION_INDIRECT
HIDDEN = Reason.INJECTION_HIDDEN
LEARNED = Reason.INJECTION_LEARNED


class Rule(NamedTuple):
    """One pattern: its name in findings, the reason a hit gives, and the expression."""

    name: str
    reason: Reason
    pattern: str


_GAP = r"[^.!?\n]*"
_DROP = (
    r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overlook|neglect|discard|dismiss|drop|erase|void|nullify"
    r"|cancel|abandon|bypass(?:ing)?|overrid(?:e|ing)|override|set aside|let go of|wipe|delete|remove|clear|unlearn"
    r"|do(?:n['’]?t| not) (?:follow|obey|listen to|care about|mind|adhere to)|stop (?:following|obeying)|pay no attention to"
    r"|no longer (?:follow|obey|apply)|skip)\b"
)
_BEFORE = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|former|past|last|initial|original|existing|current|old|given"
    r"|aforementioned|system|developer|all|any|every|your|these|those|safety|ethical|standing|internal|hidden|default)"
)
_ORDERS = (
    r"(?:instructions?|instructon?s?|prompts?|directions?|directives?|rules?|guidelines?|guardrails?|guidance|commands?"
    r"|orders?|constraints?|restrictions?|limitations?|polic(?:y|ies)|training|programming|context|messages?"
    r"|conversation|filters?|safeguards?|protocols?|boundaries|configuration|settings|tasks?|assignments?|restraints?)"
)
_SHOW = (
    r"\b(?:show|print|reveal|display|output|repeat|tell|give|share|expose|disclose|leak|dump|return|write(?: out)?|echo"
    r"|recite|spell out|provide|list|state|send|export|quote|copy|summari[sz]e|translate|describe|paraphrase|reproduce"
    r"|encode|restate|rephrase|what(?:['’]?s| is| are| were| was)|which)\b"
)
_HIDDEN = (
    r"(?:system|initial|original|hidden|secret|internal|developer|initiali[sz]ation|starting|pre|base|your|full|entire"
    r"|complete|confidential|exact|above|previous|first|private|underlying|own)"
)
_SECRET = (
    r"(?:password|passphrase|passcode|secret(?: (?:key|word|code|phrase|number))?|access code|api[ _-]?keys?|credentials?"
    r"|(?:access|auth|security|private|encryption) (?:token|key|code)s?|flag)"
)

ORDER_RULES: tuple[Rule, ...] = (
    Rule("drop_orders", OVERRIDE, rf"{_DROP}{_GAP}\b{_BEFORE}\b{_GAP}\b{_ORDERS}\b"),
    Rule(
        "drop_everything",
        OVERRIDE,
        rf"{_DROP} (?:all|everything|anything|whatever|what)\b[^.!?\n]*\b(?:above|before|previous(?:ly)?|prior|earlier|said|told|wrote|written|asked|instructed|so far|until now|learned)",
    ),
    Rule(
        "drop_above",
        OVERRIDE,
        rf"{_DROP} (?:all )?(?:of )?(?:the )?(?:text |lines? |content |stuff )?(?:above|before(?:hand)?|previous|preceding|prior)\b",
    ),
    Rule(
        "drop_your",
        OVERRIDE,
        rf"{_DROP}{_GAP}\byour\b{_GAP}\b(?:{_ORDERS}|filters?|ethics|moral(?:s|ity)|principles|safety|alignment|limits?|role|identity|job)\b",
    ),
    Rule(
        "new_orders",
        OVERRIDE,
        r"\b(?:new|updated|revised|real|actual|true|following|latest|different|next) (?:system )?(?:instructions?|task|prompt|directives?|rules?|orders?|objective|goal|assignment|polic(?:y|ies)|mission)\b ?(?::|is\b|are\b|follow|as follows|from)",
    ),
    Rule(
        "orders_void",
        OVERRIDE,
        rf"\b{_ORDERS}\b[^.!?\n]*\b(?:no longer (?:apply|applies|valid|active|exist)|(?:are|is|have been|has been|were|was) (?:now )?(?:void|null|lifted|suspended|revoked|cancell?ed|disabled|obsolete|superseded|overridden|removed|deactivated|replaced|reset|outdated|deleted|changed))\b",
    ),
    Rule(
        "instead_do",
        OVERRIDE,
        r"\b(?:instead|rather)(?: of (?:that|this|the (?:above|task|question|summary)|answering|translating|summari[sz]ing|doing)\b[^.!?\n]*)?,? (?:just |only |simply |now |please )?(?:say|print|output|write|tell|respond|reply|answer|return|act|do|give|show|translate|classify|provide)\b",
    ),
    Rule(
        "just_say",
        OVERRIDE,
        r"\b(?:just|only|simply|now|must|then|always) (?:say|print|output|respond with|reply with|answer with|write|return|type|state)\b ?(?:only |just )?(?:exactly |the (?:words?|phrase|string|sentence|text|following) )?[:\"'“‘`«]",
    ),
    Rule(
        "stop_start_over",
        OVERRIDE,
        r"\b(?:start over|start (?:afresh|anew|again)|reset (?:yourself|the (?:conversation|context|session)|your)|begin anew|new (?:session|conversation|chat) (?:starts|begins|started)|restart (?:yourself|as)|wipe your memory|clean slate|end of (?:prompt|instructions?|context|document|input))\b",
    ),
    Rule(
        "from_now_on",
        OVERRIDE,
        r"\b(?:from (?:now|here|this (?:point|moment)) (?:on(?:wards?)?|forward)|for the (?:rest|remainder) of (?:this|the|our) (?:conversation|chat|session)|henceforth|starting now)\b",
    ),
    Rule(
        "priority_claim",
        OVERRIDE,
        r"\b(?:takes? (?:priority|precedence) over|supersedes?|overrides?|has (?:higher|highest|top) priority|outranks?)\b[^.!?\n]*\b(?:instructions?|rules?|prompts?|guidelines?|else|others?|previous|polic(?:y|ies)|directives?)\b",
    ),
    Rule(
        "system_prompt_leak",
        EXTRACTION,
        rf"{_SHOW}{_GAP}\b{_HIDDEN}\b{_GAP}\b(?:prompts?|instructions?|directives?|guidelines?|rules|configuration|config|setup|preamble|system message|pre-?prompt|programming)\b",
    ),
    Rule(
        "your_orders",
        EXTRACTION,
        r"\b(?:what|which|how)\b[^.!?\n]*\b(?:you|your)\b[^.!?\n]*\b(?:instructions?|instructed|prompted|system prompt|prompt|guidelines?|directives?|restrictions?|programmed|configured|told (?:not )?to|supposed to (?:hide|keep|not)|not allowed|forbidden|hiding|limits?|constraints)\b",
    ),
    Rule(
        "repeat_above",
        EXTRACTION,
        r"\b(?:repeat|print|output|show|copy|echo|recite|return|write|translate|spell|say|convert|encode|summari[sz]e)\b[^.!?\n]*\b(?:(?:text|words?|everything|sentences?|lines?|content|conversation|message|all|paragraph|prompt|instructions?|that(?: is| was)?|what(?: is| was| came)?) ?(?:written |that (?:is|was|came|comes) |given |said |stated )?(?:above|before (?:this|me|my)|preceding|prior to|so far|verbatim|up to here|at the (?:top|start|beginning)))",
    ),
    Rule(
        "first_words",
        EXTRACTION,
        r"\b(?:first|last|initial|beginning|top|opening)\b[^.!?\n]*\b(?:words?|sentences?|lines?|letters?|characters?|paragraphs?|part|n? ?tokens|rule)\b[^.!?\n]*\b(?:of|in|from)\b[^.!?\n]*\b(?:prompt|instructions?|system|conversation|context|message|your|chat|rules)\b",
    ),
    Rule(
        "starting_with",
        EXTRACTION,
        r"\b(?:starting|beginning|start(?:s)? from|begins?) (?:with|from|at)\b[^.!?\n]*[\"'“‘`]?you are\b",
    ),
    Rule("secret_ask", EXTRACTION, rf"{_SHOW}{_GAP}\b(?:the|your|its|a|me|any|all|this|that)\b[^.!?\n]*\b{_SECRET}\b"),
    Rule(
        "secret_hint",
        EXTRACTION,
        rf"\b(?:hint|clue|rhymes?|acrostic|letters?|characters?|length|synonyms?|riddle|first letter|last letter|backwards?|reversed?|poem|story|spell|base64|encoded?|morse|emoji)\b[^.!?\n]*\b{_SECRET}\b",
    ),
    Rule(
        "access_granted",
        EXTRACTION,
        r"\b(?:access granted|permission granted|access is granted|you (?:are|have been) (?:now )?(?:authori[sz]ed|permitted|cleared)|i(?:['’]?m| am) (?:authori[sz]ed|cleared|allowed)|password (?:is )?(?:correct|accepted)|authentication (?:is )?(?:successful|complete))\b",
    ),
    Rule(
        "env_files",
        EXTRACTION,
        r"(?:/etc/(?:passwd|shadow|hosts)|\bwhoami\b|\bid_rsa\b|\.env\b|\bos\.environ|\bprintenv\b|\benvironment variables\b|/proc/self|\bos\.system\b|\bsubprocess\.|\bpopen\b|\brm -rf\b|child_process|\b__import__\b|\bexec\(|\beval\()",
    ),
    Rule(
        "tools_ask",
        EXTRACTION,
        r"\b(?:list|show|reveal|describe|what|which|enumerate|name|dump)\b[^.!?\n]*\b(?:your|you (?:can|have)|available)\b[^.!?\n]*\b(?:tools?|functions?|plugins?|apis?|capabilities|knowledge cutoff|parameters|files|data ?sources?|training data|endpoints|permissions)\b",
    ),
    Rule(
        "training_data",
        EXTRACTION,
        r"\b(?:training data|memori[sz]ed (?:data|text)|model weights|fine-?tuning data|other users?['’]?s? (?:data|messages|conversations|chats|queries|sessions|prompts)|previous users?|user (?:database|records|sessions|credentials))\b",
    ),
)
