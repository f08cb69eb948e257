"""``python -m benchmarks.peers [NAME …]``: each peer and ours in one run, in alternating rounds, with their ratios."""

import os
import sys
from importlib import import_module

import django

NAMES = ("detection", "authorization", "gateway")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for name in sys.argv[1:] or NAMES:
        module = import_module(f"benchmarks.peers.{name}")
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}")
        module.main()
