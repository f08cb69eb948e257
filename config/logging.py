"""Logs: one JSON object a line, with the request's id, and with credentials and personal data masked by what they are.

Masking looks at values, not at the names of keys: a secret that reaches a message by an unforeseen way is still masked.
"""

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from billing.cards.detector import masked as without_cards

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"tg_(live|test)_[0-9A-Za-z]{6,}"), r"tg_\1_[masked]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [masked]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "[token]"),
    (re.compile(r"\b(sk|pk|rk|whsec)_[\w]{8,}"), r"\1_[masked]"),
    (
        re.compile(r"(?i)\b(password|secret|token|sessionid|csrf\w*)([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"),
        r"\1\2[masked]",
    ),
    (re.compile(r"(?<![\w.])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
)
_DIGITS = re.compile(r"(?<!\d)(?:\d[ .\-\u00a0]?){12,18}\d(?!\d)")
_HALF = 4_000  # characters kept at either end of a long value: a traceback says what failed in its last lines


def masked(text: str) -> str:
    """Return `text` with credentials, e-mail addresses and digit runs replaced; of cards the last four digits stay."""
    if len(text) > 2 * _HALF:
        text = f"{text[:_HALF]} … {text[-_HALF:]}"
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return _DIGITS.sub("[digits]", without_cards(text))


def mask_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401
    """Mask every value of a log event, however deep (a structlog processor)."""
    return {masked(key): _masked_value(value) for key, value in event.items() if not key.startswith("_")}


def _masked_value(value: Any) -> Any:  # noqa: ANN401
    match value:
        case bool() | None:
            return value
        case int() | float():
            return value if without_cards(str(value)) == str(value) else masked(str(value))
        case dict():
            return {masked(str(key)): _masked_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_masked_value(inner) for inner in value]
        case _:
            return masked(str(value))


def logging_config() -> None:
    """Send all of Python's logging through one JSON formatter to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
        "processors": [
            structlog.processors.format_exc_info,
            mask_event,
            structlog.processors.JSONRenderer(),
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "django.server": {"handlers": ["stderr"], "propagate": False},
                "django.db.backends": {"level": "WARNING"},
                "psycopg.pool": {"level": "WARNING"},
                "stripe": {"level": "WARNING"},  # below that it writes addresses, which hold ids of people and cards
            },
        }
    )
