"""What single sign-on does in the background: the way in for an address, certificates that end, proofs to look up."""

import logging
import uuid

from celery import shared_task
from django.db import transaction

from accounts.sso import certificates, proofs, way_in
from audit.aside import Aside
from tenants.tasks import OrgTask, hand_out

BATCH = 500
MOST_WAITING = 8
log = logging.getLogger(__name__)
_asking = Aside("way in", MOST_WAITING)
DUE = (
    "SELECT org_id, connection_id FROM sso_certificate_expiry WHERE due_at <= clock_timestamp() "
    "ORDER BY due_at LIMIT %s"
)
PROOFS_DUE = "SELECT org_id, proof_id FROM sso_domain_check WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT %s"


def hand_over(sealed: str) -> None:
    """Have a worker send the way in.

    There is no row that owes this mail, since whose it would be is not known yet: where the broker is away or too many
    wait for it, none comes, and the person asks again.
    """
    if not _asking.ask(lambda: send_way_in.apply_async((sealed,), retry=False)):
        log.warning("no worker was asked for a way in: %s wait for the broker", MOST_WAITING)


@shared_task
def send_way_in(sealed: str) -> None:
    """Owe the mail with the way in to the address in `sealed`, if its domain has one."""
    with transaction.atomic():
        way_in.answer(sealed)


@shared_task
def remind_of_certificates() -> int:
    """Have the keepers of each connection whose certificate ends soon told of it; returns how many there are."""
    return hand_out(remind_of_certificate, DUE, BATCH)


@shared_task(base=OrgTask)
def remind_of_certificate(org_id: str, connection_id: str) -> None:
    """Tell one organisation of one connection."""
    certificates.tell_of_end(uuid.UUID(connection_id))


@shared_task
def recheck_domains() -> int:
    """Have the record of each proof that is due looked up, the oldest first; returns how many there are."""
    return hand_out(recheck_domain, PROOFS_DUE, BATCH)


@shared_task(base=OrgTask)
def recheck_domain(org_id: str, proof_id: str) -> None:
    """Look up one record of one organisation."""
    proofs.recheck(uuid.UUID(proof_id))
