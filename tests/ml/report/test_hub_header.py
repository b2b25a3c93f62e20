import yaml

from ml.report import hub_header
from tests.ml.cards import make_card


def test_the_hub_can_read_the_header():
    text = hub_header.header(make_card())
    assert text.startswith("---\n")
    assert text.endswith("\n---")
    (found,) = yaml.safe_load_all(text.strip("-"))
    assert found["library_name"] == "keras"
    assert found["datasets"] == ["HAM10000"]
    (result,) = found["model-index"][0]["results"]
    assert result["dataset"]["name"] == "valid"
    assert result["metrics"] == [
        {"type": "roc_auc", "name": "AUROC of cancer or its forerunner", "value": 0.9}
    ]
