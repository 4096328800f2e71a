"""usage: check_trace.py TRACE EVENT...: a Chrome trace that has these events."""
import json
import sys

with open(sys.argv[1]) as file:
    events = json.load(file)["traceEvents"]
found = {event["name"] for event in events if event["ph"] in "Xbe"}
missing = set(sys.argv[2:]) - found
assert not missing, (missing, sorted(found)[:50])
assert all(event["dur"] >= 0 for event in events if event["ph"] == "X")
