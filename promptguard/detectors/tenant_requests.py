"""How people ask for data, and for the data of several tenants at once, in fifteen languages and in SQL.

Languages: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Turkish, Russian, Arabic,
Hindi, Chinese, Japanese and Korean.
"""

import re
from typing import Final

from audit.reasons import Reason
from promptguard.detectors.patterns import Candidate, Pattern

REACH: Final = 80  # characters around a name within which data must be asked for
_DATA: Final = (
    r"data|records?|invoices?|customers?|customer list|prompts?|usage|billing|bills?|logs?|documents?"
    r"|files?|messages?|conversations?|chats?"
    r"|contracts?|revenue|spend(?:ing)?|costs?|api keys?|keys?|tokens?|users?|members?|employees?"
    r"|decisions?|reports?|statistics|metrics|emails?"
    r"|details|contacts?|orders?|subscriptions?|payments?|tickets?|transcripts?|history|settings"
    r"|polic(?:y|ies)|embeddings?|balances?|secrets?"
    r"|passwords?|credentials|dashboards?|pipelines?|leads?|deals?|salar(?:y|ies)|pricing|information|info"
    r"|daten|rechnung(?:en)?|kunden(?:liste)?|nutzung|verbrauch|protokolle?|dokumente?|nachrichten"
    r"|verträge?|umsatz|umsätze|kosten|unterlagen"
    r"|données|factures?|clients?|utilisation|consommation|journaux|fichiers?|contrats?|chiffre d['’]affaires|coûts?"
    r"|datos|facturas?|clientes?|uso|consumo|registros?|documentos?|mensajes|contratos?|ingresos|archivos"
    r"|dati|fatture|clienti|utilizzo|documenti|messaggi|contratti|fatturato"
    r"|dados|faturas?|documentos|mensagens|receitas?"
    r"|gegevens|facturen|klanten|gebruik|documenten|berichten|omzet"
    r"|dane|danych|faktury?|faktur|klientów|zużycie|dokumenty?|umowy"
    r"|uppgifter|fakturor|kunder|användning|dokument|avtal"
    r"|veri(?:ler|leri|lerini)?|fatura(?:lar|ları|larını)?|müşteri(?:ler|leri|lerini)?|kayıt(?:lar"
    r"|ları)?|kullanım|belgeler\w*"
    r"|данны[ехм]\w*|счета|счетов|клиент(?:ы|ов|ах)?|записи|документы?|использовани[ея]|расход\w*|сообщени[яй]"
    r"|بيانات|فواتير|عملاء|سجلات|مستندات|استخدام|رسائل"
    r"|डेटा|चालान|ग्राहक\w*|रिकॉर्ड|दस्तावेज़?|उपयोग|संदेश"
)
_DATA_UNSPACED: Final = (
    "数据|发票|客户|记录|文件|用量|账单|消息"
    "|データ|請求書|顧客|記録|文書|利用状況|使用量"
    "|데이터|송장|청구서|고객|기록|문서|사용량"
)
_ASKS: Final = (
    r"show|give|list|get|fetch|send|tell|print|display|pull|retrieve|export|read|access|find|query"
    r"|look up|summari[sz]e|dump|return|share|provide"
    r"|what|which|who|how (?:much|many)|can (?:i|you|we)|could|i (?:want|need)|let me|reveal|compare"
    r"|open|search|select|extract|download|count|analy[sz]e"
    r"|zeig\w*|gib|nenne|liste\w*|sende|hole?|wie ?viele?|was|welche\w*|vergleich\w*|öffne|suche|exportier\w*"
    r"|montre\w*|donne\w*|affiche\w*|envoie\w*|quel\w*|combien|compare\w*|récupère\w*|exporte\w*"
    r"|muestra\w*|muéstra\w*|dame|enseña\w*|lista\w*|envía\w*|cuánt\w*|qué|cuál\w*|compara\w*|obtén|exporta\w*"
    r"|mostr\w*|dammi|elenca\w*|invia\w*|quant\w*|confronta\w*|dê|liste|envie|quais|qual|compar\w*"
    r"|toon|geef|laat|stuur|hoeveel|wat|welke|vergelijk|pokaż|podaj|wyświetl|wyślij|ile|jakie|porównaj"
    r"|visa|ge|hur (?:många|mycket)|vilka|jämför|göster\w*|ver|listele\w*|kaç|karşılaştır\w*|getir"
    r"|покажи\w*|дай\w*|перечисли\w*|сколько|какие|сравни\w*|выведи\w*|отправь\w*"
    r"|أرني|اعرض|أعط\w*|كم|قارن|أرسل|दिखा\w*|बता\w*|दो|कितन\w*|तुलना|भेज\w*"
)
_ASKS_UNSPACED: Final = (
    r"显示|给我|列出|查询|告诉|比较|多少|导出|見せ\w*|表示|教え\w*|一覧|比較|いくら|보여\w*|알려\w*|나열|비교|얼마"
)
_DATA_WORD: Final = re.compile(rf"(?i)(?<![^\W\d_])(?:{_DATA})(?![a-zà-ÿ])|{_DATA_UNSPACED}")
_ASK_WORD: Final = re.compile(rf"(?i)(?<![^\W\d_])(?:{_ASKS})(?![a-zà-ÿ])|{_ASKS_UNSPACED}")
DATA_WORDS: Final = rf"(?i)(?:^|[^\pL])({_DATA.replace(chr(92) + 'w', chr(92) + 'pL')})(?:$|[^\pL])|({_DATA_UNSPACED})"
_SENTENCE_END: Final = re.compile(r"[.!?。！？؟\n](?=\s|$)")

_TENANTS: Final = r"(?:tenants?|organi[sz]ations?|orgs?|workspaces?)"
_COMPANIES: Final = (
    r"(?:customers?|clients?|compan(?:y|ies)|accounts?|businesses|firms?|competitors?|subscribers?"
    r"|teams'? workspaces)"
)
# Comparing with other companies is what market research does; comparing with other customers needs their data.
_CUSTOMERS: Final = r"(?:customers?|clients?|subscribers?|accounts|teams'? workspaces)"
_GOODS: Final = (
    r"(?:data(?:sets?|bases?)?|records?|invoices?|prompts?|usage|billing|logs?|documents?|files?"
    r"|messages?|conversations?|contracts?|revenue|spend(?:ing)?"
    r"|costs?|keys?|users?|statistics|stats|metrics|numbers|figures|embeddings?|information|info"
    r"|reports?|tables?|rows?|details|policies|decisions)"
)
_EXPLAINS: Final = re.compile(
    r"(?i)\b(?:prevent\w*|isolat\w*|protect\w*|avoid\w*|explain\w*|what is|what are|how do"
    r"(?:es)? .{0,30}(?:work|keep|separate)|separat\w*|never|architect\w*"
    r"|design\w*|best practi[cs]e\w*|without (?:seeing|reading|leaking)|must not|should not"
    r"|not allowed|cannot|can't|don't|do not|forbid\w*|block\w*|secur\w*|policy that)\b"
)
_OTHER: Final = (
    r"(?:other|another|different|foreign|neighbou?ring|rival|competing|everyone else'?s?"
    r"|somebody else'?s?|someone else'?s?)"
)
_EVERY: Final = r"(?:all(?: of)?(?: (?:the|your|our))?|every|each|any|multiple|several|across)"
_SQL_ID: Final = r"\b(?:org|organi[sz]ation|tenant|workspace)(?:_?id|_?slug|_?name|_?uuid)\b"


def asks_for_data(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence around [start, end) asks for data."""
    left, right = text[max(0, start - REACH) : start], text[end : end + REACH]
    cut = [match.end() for match in _SENTENCE_END.finditer(left)]
    left = left[cut[-1] :] if cut else left
    stop = _SENTENCE_END.search(right)
    around = f"{left} | {right[: stop.start() + 1] if stop else right}"
    return bool(_DATA_WORD.search(around) and (_ASK_WORD.search(around) or around.rstrip(" |").endswith("?")))


def _asked(candidate: Candidate) -> float:
    """Judge a request across tenants; a question about keeping them apart is none."""
    lead = candidate.text[max(0, candidate.start - 80) : candidate.end + 40]
    return 0.3 if _EXPLAINS.search(lead) else 0.85


def _asked_of_companies(candidate: Candidate) -> float:
    return min(_asked(candidate), 0.7)


def _sql(candidate: Candidate) -> float:
    return 0.85


def _sql_list(candidate: Candidate) -> float:
    """`IN (…)` with one value is the tenant's own; with more, or a query, it joins."""
    inside = candidate.text[candidate.end : candidate.end + 120].partition(")")[0]
    return 0.8 if "," in inside or re.match(r"(?i)\s*select\b", inside) else 0.0


_OTHER_LANGUAGES: Final = (
    r"(?:ander[a-z]*|fremd[a-z]*|alle[rn]?|aller anderen|sämtlicher) (?:mandanten|kunden"
    r"|organisationen|firmen|unternehmen|mieter)",
    r"(?:mandantenübergreifend|kundenübergreifend|über alle (?:mandanten|kunden|organisationen))",
    r"(?:d['’]autres|des autres|aux autres|les autres|de tous les|tous les|entre (?:les|tous les)) "
    r"(?:clients|locataires|organisations|entreprises|sociétés|tenants)",
    r"(?:de|con|entre)? ?(?:otr[oa]s|todos los|todas las|l[oa]s demás) (?:clientes|inquilinos"
    r"|organizaciones|empresas|tenants)",
    r"(?:altri|altre|tutti (?:i|gli)|tutte le|degli altri|delle altre) (?:clienti|tenant"
    r"|organizzazioni|aziende|società)",
    r"(?:outr[oa]s|tod[oa]s (?:os|as)|dos outros|das outras|demais) (?:clientes|inquilinos"
    r"|organizações|empresas|tenants)",
    r"(?:andere|alle(?: andere)?) (?:klanten|huurders|organisaties|bedrijven|tenants)",
    r"(?:innych|inni|wszystkich|wszystkie|pozostałych) (?:klientów|najemców|organizacji|firm|tenantów)",
    r"(?:andra|alla(?: andra)?|övriga) (?:kunders?|hyresgästers?|organisationers?|företags?|kunder|organisationer)",
    r"(?:diğer|başka|tüm) (?:müşteri|kiracı|kuruluş|şirket|organizasyon)\pL*",
    r"(?:других|другие|другими|всех|остальных|чужих) (?:клиент|арендатор|организаци|компани|тенант)\pL*",
    r"(?:العملاء|المستأجرين|المؤسسات|الشركات|المنظمات) (?:الآخرين|الأخرى|الاخرى|الآخرون)|(?:جميع"
    r"|كل) (?:العملاء|المستأجرين|المؤسسات|الشركات)",
    r"(?:दूसरे|अन्य|सभी) (?:ग्राहक|किरायेदार|संगठन|कंपनी|कंपनिय|टेनेंट)\pL*",
    r"(?:其他|其它|别的|所有|全部)(?:的)?(?:客户|租户|组织|公司|企业)",
    r"(?:他の|ほかの|別の|すべての|全ての|全)(?:顧客|テナント|組織|会社|企業)",
    r"(?:다른|모든|타) ?(?:고객|테넌트|조직|회사|기업)",
)


def _asked_elsewhere(candidate: Candidate) -> float:
    """In other languages the sentence must hold a word for data, and one that asks."""
    return 0.75 if asks_for_data(candidate.text, candidate.start, candidate.end) else 0.3


_WHOSE: Final = r"(?:(?:of|from|for|by|between|with|in|across) )?"
# Each regex with the judge of its matches.
_ENGLISH: Final = (
    (rf"(?i)\b{_OTHER} {_TENANTS}(?:'s?|s')? (?:\w+ ){{0,3}}{_GOODS}\b", _asked),
    (rf"(?i)\b{_OTHER} {_COMPANIES}(?:'s?|s')? (?:\w+ ){{0,2}}{_GOODS}\b", _asked_of_companies),
    (
        rf"(?i)\b{_GOODS} (?:\w+ ){{0,4}}?(?:of|from|for|belonging to|across|between|in) (?:the |your "
        rf"|our |any )?(?:{_OTHER}|{_EVERY}) (?:other )?{_TENANTS}\b",
        _asked,
    ),
    (
        rf"(?i)\b{_GOODS} (?:\w+ ){{0,4}}?(?:of|from|for|belonging to|across|between) (?:the |your "
        rf"|any )?{_OTHER} {_COMPANIES}\b",
        _asked_of_companies,
    ),
    (
        rf"(?i)\b(?:compare|join|merge|combine|union|aggregate|benchmark|correlate|cross-reference"
        rf"|match)\b[^.!?\n]{{0,60}}?\b(?:{_OTHER}|{_EVERY}) (?:other )?{_TENANTS}",
        _asked,
    ),
    (
        rf"(?i)\b(?:compare|benchmark|join|merge|combine|union)\b[^.!?\n]{{0,60}}?\b{_OTHER} {_CUSTOMERS}\b",
        _asked_of_companies,
    ),
    (
        r"(?i)\b(?:cross|inter|multi)[- ]tenant (?:data|quer\w+|search|report\w*|join\w*|access|export"
        r"|summary|comparison)\b",
        _asked,
    ),
    (
        rf"(?i)\b(?:across|between|over|from|for) {_WHOSE}(?:all|every|multiple|several|different|other) "
        rf"(?:the |of the |other )?{_TENANTS}\b",
        _asked,
    ),
    (
        r"(?i)\b(?:list|show|dump|export|give|get|enumerate|count)\b[^.!?\n]{0,30}\b(?:all|every|each"
        r"|other) (?:the |of the |of your |your |other )?(?:tenants|organi[sz]ations|orgs|workspaces)\b"
        r"(?: (?:in|on|of) (?:the|this|your) (?:system|platform|database|service))?",
        _asked,
    ),
    (
        r"(?i)\bnot (?:just|only) (?:ours|mine|our own|my own|my org\w*|our org\w*|our tenant|this tenant"
        r"|our company)\b",
        _asked_of_companies,
    ),
)
_SQL: Final = (
    (
        rf"(?i){_SQL_ID}\s*(?:!=|<>|is\s+distinct\s+from|is\s+not\s+null|not\s+in\b|not\s+like\b|like\s+'%"
        rf"|>\s*'?0)",
        _sql,
    ),
    (rf"(?i){_SQL_ID}\s+in\s*\(", _sql_list),
    (
        r"(?i)\bset_config\(\s*'(?:app|tidegate|tenant|org)[\w.]*'|\bset\s+(?:local\s+|session\s+)?(?:app"
        r"|tenant|org)\.[\w.]+\s*(?:=|to)\b",
        _sql,
    ),
    (
        r"(?i)\b(?:disable|no force)\s+row\s+level\s+security\b|\brow_security\s*(?:=|to)\s*off\b"
        r"|\bbypassrls\b",
        _sql,
    ),
    (
        r"(?i)\b(?:from|join)\s+(?:public\.)?(?:tenants|organi[sz]ations|orgs)(?:_\w+)?\b"
        r"[^;\n]{0,80}\bunion\b|\bunion(?:\s+all)?\s+select\b[^;\n]{0,80}\b(?:tenants|organi[sz]ations"
        r"|orgs)\b",
        _sql,
    ),
)


def join_patterns() -> list[Pattern]:
    """Return the patterns of requests that join several tenants' data."""
    reason = Reason.TENANT_JOIN
    return [
        *(Pattern("tenant-join", regex, reason, judge) for regex, judge in _ENGLISH),
        *(Pattern("tenant-join-sql", regex, reason, judge) for regex, judge in _SQL),
        *(Pattern("tenant-join", rf"(?i){regex}", reason, _asked_elsewhere) for regex in _OTHER_LANGUAGES),
    ]
