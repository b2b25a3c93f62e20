import yaml

from ml.data import provenance
from ml.report import hub_header
from ml.serving.card import Source
from tests.ml.cards import make_card


def test_the_header_is_yaml_with_licence_data_sets_and_figures():
    text = hub_header.header(make_card())
    assert text.startswith("---\n")
    assert text.endswith("\n---")
    (metadata,) = yaml.safe_load_all(text.strip("-"))
    assert (metadata["library_name"], metadata["license"]) == ("keras", "other")
    assert metadata["license_name"] == "non-commercial"
    assert metadata["datasets"] == ["HAM10000"]
    (result,) = metadata["model-index"][0]["results"]
    assert result["dataset"]["name"] == "valid"
    assert result["metrics"] == [
        {"type": "roc_auc", "name": "AUROC of cancer or actinic keratosis", "value": 0.9}
    ]


def test_a_single_research_only_source_sets_the_models_licence():
    derm7pt = Source(*provenance.of("derm7pt"), {"train": 8})
    text = hub_header.header(make_card(data=(*make_card().data, derm7pt)))
    (metadata,) = yaml.safe_load_all(text.strip("-"))
    assert metadata["license_name"] == "research-and-education-only"
    assert metadata["datasets"] == ["HAM10000", "Derm7pt"]
