"""usage: kill_compilations.py OUT MODEL: compiles MODEL to OUT, 48 times, and
kills the compiler at times spread over what it needs. What is in OUT then is
whole."""
import os
import shutil
import signal
import subprocess
import sys
import time

out, model = sys.argv[1:]


def start():
    return subprocess.Popen(["seqc", "compile", model, "-o", f"{out}/two"])


begin = time.monotonic()
assert start().wait() == 0
whole = time.monotonic() - begin
killed = ended = 0
for i in range(48):
    shutil.rmtree(out)
    os.mkdir(out)
    process = start()
    time.sleep(whole * 1.2 * i / 48)
    process.send_signal(signal.SIGKILL)
    if process.wait() == -signal.SIGKILL:
        killed += 1
    else:
        ended += 1
    left = set(os.listdir(out)) - {"two.so", "two.h"}
    assert not left, left
    if os.path.exists(f"{out}/two.so"):
        subprocess.run(["seqc", "run", f"{out}/two.so", "--input", "x=5x16xf32=1"],
                       check=True, stdout=subprocess.DEVNULL)
assert killed >= 5, killed
print(f"{killed} killed, {ended} ended, nothing left")
