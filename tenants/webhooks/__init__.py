"""Webhooks to tenants. Who has something to tell does so in the transaction of it:

``from tenants.webhooks.emitting import emit`` and ``emit(WebhookEvent.X, {…})``, `WebhookEvent` being in ``kinds``.
"""
