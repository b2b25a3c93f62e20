import os
import subprocess
import sys

HEAVY = ("ai_edge_litert", "keras", "keras_tuner", "matplotlib", "sklearn", "tensorflow")


def test_the_web_process_loads_no_inference_or_training_runtime(tmp_path):
    program = (
        "import sys, skinscreen.wsgi\n"
        "from django.urls import get_resolver\n"
        "assert get_resolver().url_patterns\n"
        f"print(sorted({{*sys.modules}} & {{*{HEAVY}}}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "SKINSCREEN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "[]\n"
