"""What this peer speaks."""

#: The API version of the SDK that is pinned in ``requirements.in``; a test compares the two.
API_VERSION = "2026-08-26.dahlia"
NAME = "Stripe sandbox (simulated)"
