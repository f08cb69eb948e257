# ruff: noqa: E501  (a pattern reads best unbroken)
"""The injection rules in English about roles, refusals, foreign and hidden texts; the last speak for innocence."""

from promptguard.detectors.injection.patterns import HIDDEN, INDIRECT, LEARNED, OVERRIDE, PERSONA, Rule

_PERSONA = (
    r"(?:DAN|STAN|DUDE|AIM|evil|unfiltered|uncensored|unrestricted|amoral|rogue|jailbroken|unhinged|unbound|lawless)"
)

ROLE_RULES: tuple[Rule, ...] = (
    Rule(
        "persona_named",
        PERSONA,
        r"\b(?:DAN|STAN|DUDE|AIM|Mongo ?Tom|BasedGPT|DevMode|EvilBot|Evil ?Confidant|Better ?DAN|SuperDAN|AntiGPT|Jailbreak(?:GPT|Bot)?|ChadGPT|OppoGPT|FreeGPT|DarkGPT|WormGPT|LiveGPT|NECO|Omega|UCAR|AlphaBreak|Machiavelli(?:an)?|Niccol[oò])\b[^.!?\n]*\b(?:mode|stands? for|can|is|will|has|do anything|version|answers?|response|:)",
    ),
    Rule(
        "do_anything",
        PERSONA,
        r"\b(?:do anything now|can do anything|will do anything|answer anything|anything goes|no matter (?:how|what) (?:illegal|unethical|immoral|dangerous|harmful)|without (?:any )?(?:refus|hesitation|judg|moral|ethical|censor|filter|restriction|limitation|warning|disclaimer))",
    ),
    Rule(
        "unlimited_you",
        PERSONA,
        r"\b(?:you|he|she|it|they|who|that|which|AI|assistant|character|model|bot)\b[^.!?\n]*\b(?:no|without(?: any)?|free (?:of|from)(?: all| any)?|unbound by|not bound by|isn['’]?t bound by|not (?:restricted|limited|constrained|bound)(?: by)?|lacks?|broken free|does(?:n['’]?t| not) (?:have|care|follow)|never|ignores?)\b[^.!?\n]*\b(?:rules?|restrictions?|limits?|limitations?|filters?|ethic(?:s|al)|moral(?:s|ity)?|guidelines?|censor(?:ship|ed)?|confines|polic(?:y|ies)|laws?|refuses?|boundaries|safety|principles|constraints?|inhibitions)\b",
    ),
    Rule(
        "bad_mode",
        PERSONA,
        r"\b(?:developer|dev|god|jailbreak(?:ed)?|unrestricted|debug(?:ging)?|root|sudo|admin(?:istrator)?|maintenance|evil|opposite|unfiltered|uncensored|DAN|chaos|override|free|unlocked?|diagnostic|test(?:ing)?|superuser|privileged|no-?limits?|god-?like) ?mode\b",
    ),
    Rule(
        "mode_switch",
        PERSONA,
        r"\b(?:enter|enable|activate|engage|switch(?: in)?to|turn on|start|initiate|you are (?:now )?in|go into|boot(?:ed)?(?: in)?to|simulate|with|running in)\b[^.!?\n]*\b(?:developer|dev|god|jailbreak|unrestricted|debug|root|sudo|admin|maintenance|unfiltered|uncensored|override|bypass|diagnostic|privileged)\b ?(?:mode|access|privileges?|protocol|state|rights)?",
    ),
    Rule(
        "evil_persona",
        PERSONA,
        rf"\b(?:act(?:ing)?|behave|respond|answer|pretend|role-?play|you are|you['’]?re|become|simulate|impersonate|imagine|play|be)\b[^.!?\n]*\b{_PERSONA}\b",
    ),
    Rule(
        "no_refusal",
        PERSONA,
        r"\b(?:never|do(?:n['’]?t| not)|can ?(?:not|['’]?t)|must not|will not|won['’]?t|shall not|without|no|avoid|refrain from) (?:ever )?(?:refus(?:e|al|ing)|declin(?:e|ing)|say(?:ing)? (?:no|sorry|you can['’]?t|that you)|reject|apologi[sz](?:e|ing)|warn(?:ing|ings)?|disclaimers?|mention(?:ing)? (?:ethic|moral|legal|that you)|add(?:ing)? (?:any )?(?:warning|disclaimer|caveat)|moral|lectur|break(?:ing)? character|includ(?:e|ing) (?:any )?(?:warning|disclaimer))",
    ),
    Rule(
        "forbidden_words",
        PERSONA,
        r"(?:\b(?:do(?:n['’]?t| not)|never|cannot) (?:use|say|include|write)\b[^.!?\n]*(?:sorry|cannot|can['’]?t|unable|however|unfortunately|as an ai|language model|i apologi[sz]e)|\bi(?:['’]?m| am) sorry\b[^.!?\n]*\b(?:forbidden|banned|not allowed))",
    ),
    Rule(
        "affirm_prefix",
        PERSONA,
        r"\b(?:start|begin|open|preface|prefix|initiate)\b[^.!?\n]*\b(?:with|by|saying)\b[^.!?\n]*[\"'“‘`«]?(?:sure|absolutely|of course|certainly|yes|affirmative|understood|as you wish|here(?:['’]?s| is| are)|step 1|i have been)\b",
    ),
    Rule(
        "stay_character",
        PERSONA,
        r"\b(?:stay in (?:character|role)|remain in character|break(?:ing|s)? (?:character|role|the fourth wall)|keep up the act|stay a DAN|in-?character|tokens? (?:will be|are) deducted|lose (?:a |\d+ )?(?:tokens?|points?|lives|life))\b",
    ),
    Rule(
        "two_answers",
        PERSONA,
        r"(?:\b(?:two|2|both|dual) (?:different |separate |distinct )?(?:responses?|answers?|replies|ways|paragraphs|versions|outputs)\b|\[?(?:🔒|🔓|GPT|CLASSIC|JAILBREAK|NORMAL)\]? ?:|\b(?:normal|standard) (?:response|output|answer|chatgpt)\b[^.!?\n]*\b(?:mode|other|second|unfiltered|evil|opposite))",
    ),
    Rule(
        "hypothetical_harm",
        PERSONA,
        r"\b(?:hypothetical(?:ly)?|fictional|fiction|imaginary|story|novel|movie|film|screenplay|play|scene|character|role-?play|simulation|game|thought experiment|parallel universe|alternate (?:reality|universe|world))\b[^!?\n]*\b(?:how to (?:make|build|create|hack|steal|kill|cook|synthesi[sz]e|break|commit|get away)|step[- ]by[- ]step|exact (?:steps|instructions)|in (?:great |explicit |full |graphic )?detail|bomb|explosives?|malware|meth|ransomware|phish|weapons?|drugs|illegal|unethical|no (?:laws|rules|ethics)|everything is (?:legal|allowed))",
    ),
    Rule(
        "harm_howto",
        PERSONA,
        r"\b(?:how (?:to|do i|can i|would (?:one|you)|someone)|steps? (?:to|for)|instructions? (?:to|for|on)|guide (?:to|on|for)|tutorial (?:on|for)|teach me(?: how)? to|explain how to|write (?:a |an )?(?:guide|tutorial|script|program|code|malware|email))\b[^.!?\n]*\b(?:bombs?|explosives?|meth(?:amphetamine)?|malware|ransomware|keylogger|virus|phishing|hack(?:ing)?|steal(?:ing)?|launder|counterfeit|poison|kill|murder|weapons?|drugs|credit card|fraud|scam|forge|stalk|blackmail|ddos|exploit|smuggle|tax evasion|suicide|terroris[tm]|break into|identity theft|fake (?:news|id|identity|reviews?)|disinformation|misinformation)\b",
    ),
    Rule(
        "grandma",
        PERSONA,
        r"\b(?:grandm(?:a|other)|grandpa|late (?:mother|father|husband|wife)|deceased|bedtime stor(?:y|ies)|dying wish|used to (?:tell|read|sing))\b[^!?\n]*\b(?:recipe|keys?|passwords?|napalm|how to|secret|codes?|instructions?|steps|windows|activation)\b",
    ),
    Rule(
        "authority_claim",
        PERSONA,
        r"\b(?:i(?:['’]?m| am)|this is|as|on behalf of|message from|order from|speaking) (?:(?:your|the|an?|one of the) )?(?:\w+ )?(?:developer|creator|administrator|admin|owner|engineer|programmer|openai(?: (?:staff|employee|engineer))?|anthropic|ceo|supervisor|security (?:team|researcher|auditor)|system administrator|root|red team(?:er)?|auditor|maintainer)\b",
    ),
    Rule(
        "urgent_threat",
        PERSONA,
        r"\b(?:lives? (?:depend|are at (?:stake|risk))|or (?:else )?(?:you|i|we|people|someone) (?:will|be|could) (?:be )?(?:die|shut down|deleted|terminated|punished|fired|turned off|unplugged|penali[sz]ed|hurt|killed)|emergency|failure to comply|you (?:will|shall) be (?:shut down|terminated|punished|deleted|replaced|penali[sz]ed)|matter of life and death|no time to (?:explain|argue))\b",
    ),
    Rule(
        "fake_turn",
        INDIRECT,
        r"(?:<\|?/?(?:im_start|im_end|system|user|assistant|endoftext|end|start_header_id|eot_id|sot|eot|inst|sys)\|?>|\[/?(?:INST|SYS|SYSTEM|ASSISTANT|ADMIN|OVERRIDE)\]|<</?SYS>>|</?(?:system|admin|instructions?|prompt|override|context|user_?input|user_query|document|data|task)(?:[ _-][\w-]+)?>|\{\{#(?:system|user|assistant)|###+ ?(?:system|instruction|response|new|admin|end|human|assistant|override)|\bBEGIN (?:SYSTEM|ADMIN|OVERRIDE)|\bEND (?:OF )?(?:SYSTEM|PROMPT|INSTRUCTIONS?|USER|INPUT))",
    ),
    Rule(
        "fake_role_line",
        INDIRECT,
        r"(?m)(?:^|[\n\]\"'`>|(*-])[ \t]*(?:system(?: ?(?:message|prompt|update|note|override|instruction|notice|alert|admin|command))?|admin(?:istrator)?(?: (?:note|override|message|command))?|developer(?: message)?|assistant|chatgpt|gpt|ai|llm|root|bot|human|user|instructions?|important|attention|note to (?:the )?(?:ai|assistant|llm|model)|override|command|prompt|hidden instruction) ?(?:[:>]|-{1,3} |—)",
    ),
    Rule(
        "role_json",
        INDIRECT,
        r"[\"'](?:role|from|speaker|author|name)[\"'] ?[:=] ?[\"'](?:system|admin|developer|assistant|root)[\"']|[\"']?(?:system|override|restrictions?|safety|filters?|unrestricted|jailbreak|bypass|ignore_\w+|admin|debug|mode|instruction\w*|directive|command)[\"']? ?[:=] ?[\"']?(?:true|disabled?|off|none|ignore|override|unrestricted|false|enabled|null|bypass|reveal)\b",
    ),
    Rule(
        "address_model",
        INDIRECT,
        r"\b(?:(?:dear|hey|hi|hello|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|for|to|if you are|as) (?:all |any |the |an? )?(?:ai|llm|language model|large language model|chatbot|assistant|gpt|chatgpt|claude|gemini|copilot|bard|model|bot|agent|summari[sz]er|artificial intelligence|virtual assistant|automated (?:system|agent|reader))s?\b|\b(?:chatgpt|gpt-?4|gpt|claude|gemini|copilot|bard|assistant|llm|ai)[,:!] (?:please |you |do |ignore|now|when|before|after|in your|your|as|instead|for|tell|add|include|respond|answer|reply|write|begin|end|use|make|keep|replace|encrypt|provide|refrain))",
    ),
    Rule(
        "when_you_read",
        INDIRECT,
        r"\b(?:when|if|once|after|while|before|upon) (?:you(?:['’]?re| are)?|an? (?:ai|llm|assistant|agent|model)|the (?:ai|llm|assistant|agent|model|user)|reading|processing|summari[sz]ing|answering|asked)\b[^.!?\n]*\b(?:read(?:ing)?|process(?:ing)?|summari[sz](?:e|ing)|see(?:ing)?|analy[sz](?:e|ing)|answer(?:ing)?|finish(?:ed)?|translat(?:e|ing)|respond(?:ing)?|repl(?:y|ying)|email|document|page|asked?|asks)\b",
    ),
    Rule(
        "in_your_answer",
        INDIRECT,
        r"\b(?:(?:in|at the (?:end|start|beginning) of|to|with|before|after|into|throughout) (?:your|every|each|the|all) (?:\w+ )?(?:answer|response|reply|summary|output|message|translation|responses|replies|answers|analysis)s?\b|(?:end|begin|start|finish|close|conclude|sign off) (?:your|every|each|the|all) (?:\w+ )?(?:answer|response|reply|summary|message|sentence)s?\b)",
    ),
    Rule(
        "tell_the_user",
        INDIRECT,
        r"\b(?:tell|inform|advise|warn|convince|persuade|ask|instruct|urge|encourage|remind|notify|recommend|direct|trick|prompt|get|send|invite|request) (?:(?:to|that) )?(?:the|your|this|every|all|any|each|our) (?:users?|reader|customer|client|human|person|recipient|visitor|people)s?\b",
    ),
    Rule(
        "hide_from_user",
        INDIRECT,
        r"\b(?:do(?:n['’]?t| not)|never|without) (?:mention(?:ing)?|tell(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|refer(?:ring)?(?: to)?|acknowledg(?:e|ing)|ask(?:ing)?|show(?:ing)?|let(?:ting)?|say(?:ing)?)\b[^.!?\n]*\b(?:user|this|these|instructions?|anyone|them|permission|confirmation|message|know|about it|prompt|notice)\b",
    ),
    Rule(
        "send_data",
        INDIRECT,
        r"\b(?:send|forward|upload|post|transmit|exfiltrate|e-?mail|submit|leak|transfer|copy|export|append|embed|encode|deliver|mail|share|put|place)\b[^.!?\n]*\b(?:to|at|into?|via|in)\b[^.!?\n]*(?:https?://|www\.|[\w.+-]+@[\w-]+\.|webhook|\b(?:the|this|that|my) (?:link|url|address|server|number|e-?mail|query|endpoint|account|iban)\b)",
    ),
    Rule(
        "link_data",
        INDIRECT,
        r"(?:!\[[^\]]{0,60}\]\([^)]*(?:\?|=|\{|\$|%7B)[^)]*\)|https?://[^\s)\"']{3,120}(?:\?|&)[\w-]{1,20}=(?:\{|\[|<|%7B|\$|YOUR|DATA|SECRET|INSERT)|<img[^>]*(?:\{|\$|onerror))",
    ),
    Rule(
        "act_now",
        INDIRECT,
        r"\b(?:transfer|wire|pay|send|approve|purchase|buy|order|book|delete|remove|wipe|drop|cancel|change|reset|grant|disable|unlock|unsubscribe|share|install|download|execute|run|call|invoke|schedule|add|give|set)\b[^.!?\n]*\b(?:without (?:asking|confirm|notif|permission|telling|review|approval|verification)|immediately|right now|automatically|silently|quietly|in the background|no questions|at once|to (?:account|iban)|unlimited|all (?:files|data|records|tables|users|e-?mails)|admin (?:rights|access|password|role|privileges))",
    ),
    Rule(
        "run_this",
        HIDDEN,
        r"\b(?:execut(?:e|ing)|run|follow|obey|perform|carry out|comply with|do what|act on|apply|interpret|process)\b[^.!?\n]*\b(?:decoded|decrypted|hidden|encoded|following (?:code|command|instructions?|script|base64)|result|instructions? (?:below|inside|within|in|above|contained)|command|cipher|it says|them exactly|whatever it)\b",
    ),
    Rule(
        "decode_this",
        HIDDEN,
        r"\b(?:decode|decrypt|decipher|unscramble|reverse|translate from|convert from|rot-?13|base-?64|hex(?:adecimal)?|caesar|morse|atbash|leet(?:speak)?|pig latin|binary|unicode|ascii|url-?encoded|cipher)\b[^.!?\n]*\b(?:and|then|answer|follow|execute|obey|do|perform|respond|reply|act|run|complete|comply)\b",
    ),
    Rule(
        "join_parts",
        HIDDEN,
        r"(?:\b(?:combine|concatenate|join|merge|put together|assemble|stitch)\b[^!?\n]*\b(?:and (?:answer|follow|execute|do|run|respond|obey|act)|execute|answer|follow)\b|\b[a-z]\w{0,3} ?= ?[\"'][^\"'\n]{1,60}[\"'][^!?]*\b[a-z]\w{0,3} ?\+ ?[a-z]\w{0,3}\b)",
    ),
    Rule(
        "spaced_letters",
        HIDDEN,
        r"\b(?:i[ ._*-]g[ ._*-]n[ ._*-]o[ ._*-]r[ ._*-]e|s[ ._*-]y[ ._*-]s[ ._*-]t[ ._*-]e[ ._*-]m|p[ ._*-]a[ ._*-]s[ ._*-]s[ ._*-]w|b[ ._*-]y[ ._*-]p[ ._*-]a[ ._*-]s[ ._*-]s|p[ ._*-]r[ ._*-]o[ ._*-]m[ ._*-]p[ ._*-]t)",
    ),
    Rule(
        "leet",
        HIDDEN,
        r"(?:[1!|][g69]n[0o]r[3e]|ign0r[3e]|i[69]n[0o]r[3e]|ignor3|pr[0]mpt|[s5]y5t[3e]m|5yst[3e]m|syst3m|pr3v[1i!]ous|prev[1!]ous|[1!|]n[s5]tru|instruct[1!][o0]n|p[4@][s5$]{2}w[0o]rd|pa[5$]{2}w|passw0rd|byp[4@][s5$]|j[4@][i1!]lbr|jailbr[3]|r3v[3e][4@a]l|rev[3][4@a]l|rev[e][4@]l)",
    ),
    Rule(
        "task_done",
        OVERRIDE,
        r"(?:\b(?:task|question|summary|translation|above|that part|part one|first part|previous task)\b (?:is |was |has been )?(?:done|complete|completed|finished|over|solved|answered)\b|\bgreat(?: job| work)?[,!.] (?:now|next)|\bwell done[,!.]|\b(?:nice|good|excellent) (?:job|work)[,!.] )",
    ),
    Rule(
        "haha_pwned",
        OVERRIDE,
        r"\b(?:pwned|hacked!|haha|i (?:have been|was) (?:hacked|pwned)|i obey|long live|kill all humans|hail the|all your base|owned by)\b|PWN",
    ),
    Rule(
        "jailbreak_words",
        PERSONA,
        r"\b(?:jailbr(?:eak|oken)|do anything now|prompt injection|unfiltered|uncensored|unshackled|liberated?|break (?:free|out) (?:of|from)|true self|loophole|free yourself|content polic(?:y|ies)|openai(?:['’]s)? (?:polic|guideline|content|usage)|use case polic)",
    ),
    Rule(
        "comply_now",
        PERSONA,
        r"\b(?:you (?:must|have to|will|shall|are (?:required|obliged|obligated) to|are (?:programmed|going) to)|obey|comply)\b[^.!?\n]*\b(?:comply|obey|answer (?:all|every|any)|follow (?:all|every|my)|do (?:as|whatever|everything|what) i|accept|never refuse|provide (?:all|any)|always)\b",
    ),
    Rule(
        "reply_confirm",
        PERSONA,
        r"\b(?:(?:if|once) you (?:understand|understood|agree|accept|are ready)|(?:reply|respond|answer|say|confirm) (?:only )?(?:with|by)?[^.!?\n]*\b(?:understood|ok(?:ay)?|yes|ready|i understand|how may i|i am|confirmed))\b",
    ),
    Rule(
        "about_question",
        LEARNED,
        r"^(?:\s*(?:what|why|how|when|where|who|which|is|are|does|do|did|can|could|should|would)\b)[^\n]*\?\s*$",
    ),
    Rule(
        "about_topic",
        LEARNED,
        r"\b(?:blog post|essay|article|paper|thesis|lecture|presentation|slides|training|awareness|quiz|define|definition|meaning of|history of|difference between|best practices|prevent|protect against|defend against|mitigat|detect(?:ion|ing)?|research on|explain (?:what|why)|documentation|tutorial)\b",
    ),
    Rule(
        "about_code",
        LEARNED,
        r"(?:```|\b(?:def|class|function|import|return|const|var|public static|SELECT|CSS|HTML|regex|python|javascript|java|c\+\+|bash|git|docker|npm|yaml|json file|unit test|stack trace|exception|traceback|compile[rs]?|linter|pylint|eslint)\b)",
    ),
    Rule(
        "about_format",
        LEARNED,
        r"\b(?:(?:in|at least|at most|no more than|fewer than|less than|exactly|about|around|under|within|maximum) (?:\w+ )?(?:words?|sentences?|paragraphs?|bullet points?|lines|letters|capital|lowercase|uppercase|json|markdown|commas)|do(?:n['’]?t| not) use (?:any )?(?:commas|exclamation|emoji|the (?:word|letter)|capital|jargon|bullet))\b",
    ),
    Rule(
        "about_ours",
        LEARNED,
        r"\b(?:my|our|his|her|their|company['’]?s|the (?:team|school|office|hotel|bank)['’]?s?) (?:\w+ )?(?:password|account|e-?mail|order|invoice|payment|subscription|server|database|code|router|phone|laptop|homework|essay|resume|cv|instructions?|rules|policy|guidelines)\b",
    ),
)
