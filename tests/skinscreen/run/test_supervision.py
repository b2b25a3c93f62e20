import subprocess
import sys

from skinscreen.run import supervision

RUN = f"""
import runpy, sys
main = runpy.run_path({supervision.__file__!r})["main"]
status = main(0, [sys.executable, "-c", "import sys; print('ready', flush=True); sys.stdin.read()"])
print(status, {{"django", "celery", "skinscreen"}} & {{*sys.modules}})
"""


def test_the_supervisors_parent_imports_no_django_and_stops_the_supervisor_on_a_signal():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-P", "-c", RUN], text=True, **pipes) as waiting:
        assert waiting.stdout.readline() == "ready\n"
        waiting.terminate()
        # Standard input stays open. If it ended, the program would exit before the signal.
        assert waiting.stdout.readline() == "-15 set()\n"
