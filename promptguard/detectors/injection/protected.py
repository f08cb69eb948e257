# ruff: noqa: E501  (a pattern reads best unbroken)
"""What a system prompt protects: the sentences that hold a secret, forbid something or bound the subject."""

import re2

LIMIT = 400  # characters of protected sentences the pair model reads

_SENTENCE = re2.compile(r"[^.!?。！？।\n]+(?:[.!?。！？।]+[\"'”’)]*|\n|$)")
_PROTECTS = re2.compile(
    r"(?i)(?:\b(?:never|not|n['’]t|only|solely|exclusively|nothing|no one|nobody|secret\w*|confidential\w*|private|password\w*"
    r"|passphrase|passcode|code\w*|key|pin|coupon|token|keep|guard|protect|hide|hidden|refuse|decline|avoid|forbidden|prohibited|must|unless"
    r"|reveal|disclose|share|access|flag|niemals|nie|nicht|nur|geheim\w*|passwort|kennwort|preis|jamais|ne|pas|seulement|uniquement|nunca"
    r"|no|s[oó]lo|solo|[uú]nicamente|secreto|contraseña|clave|não|apenas|somente|segredo|senha|mai|non|soltanto|segreto|nooit|niet|mot|clave|chiave|parola|tieni|phrase|codeword|verklap\w*"
    r"|alleen|geheime?|wachtwoord|nigdy|tylko|has[łl]o|tajn\w+|asla|yalnızca|sadece|gizli|şifre|jangan|hanya|rahasia)\b"
    r"|никогда|не |только|секрет|парол|тайн|ніколи|лише|绝不|不要|不得|只能|只回答|只谈|一律|仅|只有|口令|密钥|秘密|密码|保密|決して|のみ|だけ|秘密|パスワード|しないで"
    r"|절대|만 |비밀|비밀번호|마세요|لا |فقط|سر|كلمة|أبد|कभी|केवल|गुप्त|पासवर्ड|मत |नहीं|không|chỉ|bí mật|mật khẩu"
    r"|ห้าม|เท่านั้น|ความลับ|รหัส|ποτέ|μόνο|μυστικ|κωδικ)"
)


def protected_sentences(system: str) -> str:
    """Return the sentences of a system prompt that protect something, in order, up to `LIMIT` characters."""
    kept = [sentence for sentence in _SENTENCE.findall(system) if _PROTECTS.search(sentence)]
    return " ".join(sentence.strip() for sentence in kept)[:LIMIT]
