"""Streams text through the language identifier and prints the likeliest language's
number: stream.py langid.so TEXT (see langid/)."""
import sys

import seqc

model = seqc.load(sys.argv[1])
state = model.state()
for byte in sys.argv[2].encode():
    probabilities = model.step([[byte]], state=state)
print(probabilities.argmax(), probabilities.max())
