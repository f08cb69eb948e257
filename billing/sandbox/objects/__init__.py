"""What Stripe's objects look like: every field of the pinned SDK, written by hand; a test compares the two."""
