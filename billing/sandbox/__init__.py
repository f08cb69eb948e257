"""Stripe sandbox (simulated): a stand-alone peer that speaks enough of Stripe's API for the real SDK.

For demonstration and tests only. It listens on the loopback interface, holds no real key and moves no money; what it
simulates and what not is written in ``docs/billing/sandbox.md``.
"""
