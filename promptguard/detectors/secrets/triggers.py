"""The few characters that give a format away, for formats that do not begin with three plain ones."""

from typing import Final

# What the set looks for where a format has no plain beginning of three characters, in place of the whole pattern.
TRIGGERS: Final = {
    "asana-pat": r"\b[01]/[0-9]{14}",
    "asana-pat-2": r"\b2/[0-9]{14}",
    "aws-access-key": r"\b(?:AKIA|ASIA|ABIA|ACCA|A3T[0-9A-Z])[0-9A-Z]",
    "aws-secret-key": r"(?i)\b(?:aws|secret)",
    "azure-ad-client-secret": r"\dQ~",
    "azure-devops-pat": "AZDO",
    "azure-openai-key": "JQQJ99",
    "azure-cosmos-key": "ACDb",
    "azure-search-key": "AzSe",
    "azure-container-registry": r"\+ACR[A-D]",
    "chargebee-key": r"\b(?:live|test)_[0-9A-Za-z]",
    "discord-bot-token": r"\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]",
    "facebook-access-token": r"\d(?:\||%7C)[0-9A-Za-z_-]",
    "fal-key": r"-[0-9a-f]{12}:[0-9a-f]",
    "ghost-key": r"[0-9a-f]:[0-9a-f]{16}",
    "harness-token": r"\b[ps]at\.",
    "hashicorp-tf-token": "atlasv1",
    "line-token": "/1O/w1cD",
    "lob-api-key": r"\b(?:live|test)_",
    "mailchimp-key": r"[0-9a-f]-us\d",
    "mailgun-signing-key": r"\b[0-9a-h]{8,32}-[0-9a-h]{8}-[0-9a-h]{8}\b",
    "mapbox-token-short": r"\b[ps]k\.",
    "mapbox-token": r"\b[ps]k\.",
    "maxmind-key": "_mmk",
    "notion-token": r"\b(?:ntn_|secret_)",
    "salesforce-session": r"\b00D[0-9A-Za-z]{12}!",
    "telegram-token": r"\d:A[0-9A-Za-z_-]",
    "twitter-bearer": "A{20}",
    "upstash-token": r"\bA[XY][0-9A-Za-z]{2}AA[Iq]",
    "vault-legacy-token": r"\bs\.[0-9A-Za-z]{8}",
    "workos-key": "a2V5X",
}
