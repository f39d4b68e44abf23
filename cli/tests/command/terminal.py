"""Runs a command in a pseudo-terminal of its own, types answers, and prints what the terminal showed.

Arguments: the answers as JSON, [[words to wait for, what to type], ...], and the command. A controlling terminal makes
/dev/tty work. The answer is one line of JSON: {"shown": ..., "status": ...}.
"""

import json
import os
import pty
import select
import signal
import sys
import time

LONGEST_SECONDS = 120


def main():
    answers = json.loads(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        # Whoever runs the tests in the background has it ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.argv[2], sys.argv[2:])
    shown = b""
    seen = 0
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        if answers and answers[0][0].encode() in shown[seen:]:
            words, typed = answers.pop(0)
            seen = len(shown)
            # The words come before the terminal stops echoing.
            time.sleep(0.3)
            os.write(terminal, typed.encode() + (b"" if typed == "\x03" else b"\r"))
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
    else:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(status)
    print(json.dumps({"shown": shown.decode("utf-8", "replace"), "status": status}))


main()
