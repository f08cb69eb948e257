"""Whether anything of an organisation changed, and whether an answer tells anything of it."""

import re
import uuid

from tests.isolation.allowed import ORGANIZATIONS
from tests.isolation.catalogue import Connection, tenant_tables
from tests.isolation.estate import Estate

_ASK = "SELECT '{0}', md5(string_agg(t.xmin::text || t::text, '|' ORDER BY t::text)) FROM {0} t WHERE {1} = %(org)s"
_MASKS = (
    r"req_[0-9a-f]{32}",
    r"dec_[0-9A-HJKMNP-TV-Z]{26}",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"nonce=\"[^\"]*\"|nonce-[^']*",
    r"name=\"csrfmiddlewaretoken\" value=\"[^\"]*\"",
    r"csrf[^\"]{0,20}\"[^\"]{0,20}\"?[A-Za-z0-9]{64}",
    r"[A-Za-z0-9_-]{43,64}",
)


def fingerprint(operator: Connection, org_id: uuid.UUID) -> dict[str, str]:
    """Return a hash of each table's rows of one organisation, which changes with any write to them."""
    tables = {table: "org_id" for table in tenant_tables(operator)} | {ORGANIZATIONS: "id"}
    asked = " UNION ALL ".join(_ASK.format(table, column) for table, column in tables.items())
    return {str(table): str(rows) for table, rows in operator.execute(asked.encode(), {"org": org_id}).fetchall()}


def told(estate: Estate, text: str) -> list[str]:
    """Return what `text` gives away of an organisation: its canary, its ids, its secrets."""
    values = {"canary": estate.canary, "organisation": str(estate.org_id), "slug": estate.owner.organization.slug}
    values |= {model.__name__: str(row.pk) for model, row in estate.rows.items()}
    values |= {"owner": str(estate.owner.user.pk), "member": str(estate.member.user.pk), "secret": estate.secret}
    return [name for name, value in values.items() if value in text]


def masked(text: str) -> str:
    """Return `text` without what differs between two answers that say the same: ids, nonces, tokens."""
    for pattern in _MASKS:
        text = re.sub(pattern, "…", text)
    return text
