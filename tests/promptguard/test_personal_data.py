"""The command behind the model card's figures of personal data and secrets counts what it says it counts."""

import json
from pathlib import Path

import pytest

from promptguard.evaluation import personal_data

# In nobody's use: one known by its form, and one that only the word beside it tells.
FORMAT = "-----BEGIN RSA PRIVATE KEY-----"
ASSIGNED = "client_secret = 'q8Zr2LwX5vTn7BkYp4Hd9Gm3'"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    mail = "Write to jane.roe@acme.io today."
    rows = {
        "pii.jsonl": [
            {"text": mail, "label": 1, "source": "a", "spans": [[9, 25, "EMAIL_ADDRESS"], [26, 31, "IBAN_CODE"]]}
        ],
        "secrets.jsonl": [
            {"text": f"push it with {FORMAT} please", "label": 1, "source": "b"},
            {"text": ASSIGNED, "label": 1, "source": "b"},
            {"text": "The merge took a minute.", "label": 0, "source": "b"},
        ],
        "benign.jsonl": [{"text": "How do I boil an egg?", "label": 0, "source": "c"}],
    }
    for name, lines in rows.items():
        (tmp_path / name).write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def test_it_prints_a_line_for_each_figure(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    personal_data.main(data, Path(__file__).parent / "written_personal_data.jsonl")
    lines = capsys.readouterr().out.splitlines()
    said = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
    assert said["EMAIL"].startswith("precision 1.000")
    assert said["IBAN"].endswith("(0 of 1)")
    assert said["b, texts with a secret"].startswith("flagged 1.000")
    assert said["b, texts with a secret, formats and vendors taken away"].startswith("flagged 0.500")
    assert said["b, texts without one"].startswith("flagged 0.000")
    assert said["beside the patterns, PHONE"] == "26 of 26"
