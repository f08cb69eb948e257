"""What `/metrics` tells of Stripe's events."""

from prometheus_client import Counter, Gauge

REFUSED = Counter("tidegate_webhooks_refused", "Deliveries that were not Stripe's", ["why"])
PROCESSED = Counter("tidegate_webhooks_attempts", "Attempts to process an event", ["outcome"])
WAITING = Gauge("tidegate_webhooks_waiting", "Events that are not processed", ["state"], multiprocess_mode="mostrecent")
OLDEST = Gauge(
    "tidegate_webhooks_oldest_seconds",
    "Age of the oldest event that waits to be processed",
    multiprocess_mode="mostrecent",
)
