import subprocess
import sys

import pytest

# Allocates and frees 64 MiB twice, and prints the number of page faults of the second time.
PROGRAM = """
import resource, sys
import numpy as np
from ml.training import memory

if sys.argv[1] == "kept":
    memory.keep_freed()
np.ones(2**23)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(2**23)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(mode):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_freed_memory_is_not_mapped_again():
    assert faults("kept") < faults("returned") / 10
