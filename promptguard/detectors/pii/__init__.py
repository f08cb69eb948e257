"""Personal data: contact details, government, financial and health identifiers, device addresses, names."""

from promptguard.detectors.pii.detector import PiiDetector

__all__ = ["PiiDetector"]
