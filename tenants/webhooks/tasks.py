"""The sweep that takes out what is due, and the one that forgets what is old."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from tenants.operations import organization_ids
from tenants.scope import org_scope
from tenants.webhooks.couriers import send_out
from tenants.webhooks.models import Message

KEPT = timedelta(days=30)


@shared_task
def deliver_due() -> int:
    """Have what is due taken out, by threads that this task does not wait for; returns for how many there was one."""
    return send_out()


@shared_task
def forget_old() -> int:
    """Delete the messages, and with them the deliveries, that are past their time; returns how many messages."""
    before, forgotten = timezone.now() - KEPT, 0
    for org_id in organization_ids():
        with org_scope(org_id):
            _, by_model = Message.objects.filter(created_at__lt=before).delete()
            forgotten += by_model.get(Message._meta.label, 0)
    return forgotten
