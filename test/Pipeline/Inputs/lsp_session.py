"""usage: lsp_session.py MODEL.mlir: what an editor asks seq-lsp-server."""
import json
import subprocess
import sys

server = subprocess.Popen(["seq-lsp-server"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
sent = 0


def send(method, **params):
    global sent
    sent += 1
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if not method.startswith(("textDocument/did", "initialized", "exit")):
        message["id"] = sent
    body = json.dumps(message).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def receive():
    size = 0
    while (line := server.stdout.readline().strip()):
        name, _, value = line.partition(b":")
        if name == b"Content-Length":
            size = int(value)
    return json.loads(server.stdout.read(size))


def ask(method, **params):
    send(method, **params)
    while "result" not in (answer := receive()):
        pass
    return answer["result"]


def open_model(uri, text):
    """Returns its diagnostics."""
    send("textDocument/didOpen", textDocument={
        "uri": uri, "languageId": "mlir", "version": 1, "text": text})
    while (answer := receive()).get("method") != "textDocument/publishDiagnostics":
        pass
    return answer["params"]["diagnostics"]


def place(text, what):
    lines = text[:text.index(what)].split("\n")
    return {"line": len(lines) - 1, "character": len(lines[-1]) + 1}


with open(sys.argv[1]) as file:
    text = file.read()
answer = ask("initialize", processId=None, rootUri=None, capabilities={})
print("server:", answer["serverInfo"]["name"])
uri = "file:///model.mlir"
print(f"a model: {len(open_model(uri, text))} diagnostics")
found = ask("textDocument/definition", textDocument={"uri": uri},
            position=place(text, "%Y[%t"))
print("the definition of %Y is at line", found[0]["range"]["start"]["line"] + 1)
hover = ask("textDocument/hover", textDocument={"uri": uri},
            position=place(text, "seq.scan"))
print("hover:", hover["contents"]["value"].split("\n")[0])
wrong = open_model("file:///wrong.mlir", text.replace("time(", "tide(", 1))
print(f"a damaged model: {len(wrong)} diagnostics")
for diagnostic in wrong:
    print(f"line {diagnostic['range']['start']['line'] + 1}: {diagnostic['message']}")
ask("shutdown")
send("exit")
