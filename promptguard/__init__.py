"""The guard: what it detects with, and the API that asks it."""

import os

# onnxruntime reads this when it is imported. It would tell its maker how it is used, from a thread and with a database
# in the home folder, neither of which survives the fork of a web worker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
