"""`strongroom serve` as systemd starts it: with a socket that is open already, told when it is ready and when it ends."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

program, folder = sys.argv[1:]
notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
# The place of the first socket that systemd gives is 3: nothing else may be there.
notified = socket.socket(fileno=fcntl.fcntl(notified.detach(), fcntl.F_DUPFD_CLOEXEC, 10))
notified.bind(os.path.join(folder, "notify"))
notified.settimeout(30)
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen(16)
port = listening.getsockname()[1]
os.dup2(listening.fileno(), 3, inheritable=True)
command = [program, "serve", "--dev", "--data", os.path.join(folder, "data"), "--listen", "systemd", "--metrics", "127.0.0.1:0", "--log", "debug"]
# The shell's process becomes that of the program, so its id is known beforehand.
served = subprocess.Popen(
    ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", *command],
    pass_fds=(3,), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    env={"PATH": os.environ["PATH"], "HOME": folder, "NOTIFY_SOCKET": os.path.join(folder, "notify")},
)
try:
    assert notified.recv(100) == b"READY=1"
    assert served.stdout.readline() == f"listening on http://127.0.0.1:{port}\n"
    counters = served.stdout.readline().removeprefix("counters on ").strip()

    def get(url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()

    assert get(f"http://127.0.0.1:{port}/readyz")[0] == 200
    status, text = get(counters)
    assert status == 200 and "strongroom_connections_total 1" in text, text

    def ask(operation, body):
        return get(urllib.request.Request(f"http://127.0.0.1:{port}/", data=body.encode(), headers={
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}", "Authorization":
            "AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/kms/aws4_request, SignedHeaders=host, Signature=feedfacecafef00d",
        }))[1]

    key = json.loads(ask("CreateKey", "{}"))["KeyMetadata"]["KeyId"]
    sealed = json.loads(ask("Encrypt", f'{{"KeyId":"{key}","Plaintext":"c2VjcmV0bHk="}}'))["CiphertextBlob"]
    assert json.loads(ask("Decrypt", f'{{"CiphertextBlob":"{sealed}"}}'))["Plaintext"] == "c2VjcmV0bHk="
    served.send_signal(signal.SIGHUP)
    served.send_signal(signal.SIGTERM)
    assert notified.recv(100) == b"STOPPING=1"
    assert served.wait(30) == 0, served.returncode
    log = served.stderr.read()
    assert "for tests only" in log and "the vaults are closed" in log, log
    assert 'operation=Decrypt' in log and "arn:aws:iam::111122223333:root" in log, log
    assert not any(secret in log for secret in ("c2VjcmV0bHk=", "secretly", sealed, "Signature", "feedface")), log
finally:
    served.kill()
