#!/usr/bin/env python3
"""Trains langid and exports it as one step with explicit state.

Usage: train.py DIR [--steps N] [--seed N]

DIR is what `collect` filled. Writes langid.onnx, sentence.txt and expected.npy
beside this file and prints the accuracy on the held-out text.
"""

import argparse
import math
import random
import time
import unicodedata
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

HERE = Path(__file__).resolve().parent
LANGUAGES = (HERE / "languages.txt").read_text(encoding="utf-8").split()
OTHER_SCRIPTS = {"Greek", "Russian", "Ukrainian"}
EMBEDDING, HIDDEN = 32, 128
ROWS_PER_LANGUAGE = 8
LENGTHS = (48, 64, 80, 128)  # bytes of a training sequence
RAMP = 12  # a prediction counts fully from this many bytes on
WORD_SHARE = 0.12  # of the samples come from word lists
TEST_LENGTHS = (20, 50, 100)
TEST_SAMPLES = 500
SENTENCE = (
    "Der Zug nach München fährt erst um halb neun, wir haben also noch Zeit. "
    "Η βροχή σταμάτησε το απόγευμα. Mañana iremos juntos a la playa.")


class LanguageId(nn.Module):
    """byte [batch, time], h and c [1, batch, hidden] -> logits, h, c."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(256, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, HIDDEN, batch_first=True)
        self.output = nn.Linear(HIDDEN, len(LANGUAGES))

    def forward(self, byte, state=None):
        y, state = self.lstm(self.embedding(byte), state)
        return self.output(y), state


class Step(nn.Module):
    """One byte in, probabilities out, the state handed on."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, byte, h, c):
        _, (h, c) = self.model.lstm(self.model.embedding(byte), (h, c))
        logits = self.model.output(h.squeeze(0))
        return torch.softmax(logits, dim=-1), h, c


def read_texts(root, kind, language):
    """The texts of a language by source, paragraphs joined by spaces."""
    return {path.name.split(".")[1]:
            path.read_text(encoding="utf-8").replace("\n", " ")
            for path in sorted((root / kind).glob(language + ".*.txt"))}


class Sampler:
    """Random windows of a language's training text, in varied spelling."""

    def __init__(self, root, language, rng):
        self.rng = rng
        self.latin = language not in OTHER_SCRIPTS
        self.texts = list(read_texts(root, "train", language).values())
        # The square root keeps one large source from drowning the others.
        self.weights = [math.sqrt(len(text)) for text in self.texts]
        words = root / "words" / (language + ".txt")
        if words.exists():
            entries = words.read_text(encoding="utf-8").split()
            rng.shuffle(entries)
            share = WORD_SHARE / (1 - WORD_SHARE) * sum(self.weights)
            self.texts.append(" ".join(entries[:200000]))
            self.weights.append(share)

    def respell(self, text):
        case = self.rng.random()
        if case < 0.20:
            text = text.lower()
        elif case < 0.25:
            text = text.upper()
        if self.latin and self.rng.random() < 0.08:
            text = "".join(c for c in unicodedata.normalize("NFD", text)
                           if not unicodedata.combining(c))
        return text

    def sample(self, count):
        text = self.rng.choices(self.texts, self.weights)[0]
        at = self.rng.randrange(len(text) - 3 * count)
        if self.rng.random() < 0.7:
            at = text.find(" ", at, at + count) + 1 or at
        return self.respell(text[at:at + count + 16]).encode("utf-8")[:count]


def make_batch(samplers, rng, length):
    """Bytes, labels and weights [batch, length].

    In some rows the text changes to another language on the way, so that the
    state learns to let go of the first.
    """
    rows = ROWS_PER_LANGUAGE * len(samplers)
    data = np.empty((rows, length), np.uint8)
    labels = np.empty((rows, length), np.int64)
    weights = np.empty((rows, length), np.float32)
    ramp = np.minimum(1.0, np.arange(1, length + 1) / RAMP)
    for row in range(rows):
        label, start = row % len(samplers), 0
        end = length
        if rng.random() < 0.15:
            end = rng.randrange(length // 3, length - RAMP)
        while start < length:
            text = samplers[label].sample(end - start)
            span = slice(start, start + len(text))
            data[row, span] = np.frombuffer(text, np.uint8)
            labels[row, span] = label
            weights[row, span] = ramp[:len(text)]
            start += len(text)
            if start >= end:
                label, end = rng.randrange(len(samplers)), length
    return (torch.from_numpy(data.astype(np.int64)), torch.from_numpy(labels),
            torch.from_numpy(weights))


def train(root, steps, seed):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    samplers = [Sampler(root, language, rng) for language in LANGUAGES]
    model = LanguageId()
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=5e-3, total_steps=steps, pct_start=0.1)
    begin, mean = time.time(), None
    for step in range(1, steps + 1):
        data, labels, weights = make_batch(samplers, rng, rng.choice(LENGTHS))
        logits, _ = model(data)
        losses = nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), reduction="none")
        loss = (losses * weights.flatten()).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"step {step} loss {mean:.4f} {time.time() - begin:.0f} s",
                  flush=True)
    return model.eval()


@torch.no_grad()
def accuracy(model, text, label, length, rng):
    """The share of right answers on windows of so many bytes, and the errors."""
    rows = []
    while len(rows) < TEST_SAMPLES:
        at = text.find(" ", rng.randrange(len(text) - 2 * length)) + 1
        window = text[at:at + length].encode("utf-8")[:length]
        if len(window) == length:
            rows.append(np.frombuffer(window, np.uint8).astype(np.int64))
    logits, _ = model(torch.from_numpy(np.stack(rows)))
    answers = logits[:, -1].argmax(dim=-1)
    wrong = answers[answers != label].tolist()
    return 1 - len(wrong) / TEST_SAMPLES, [LANGUAGES[i] for i in wrong]


def report(model, root, seed):
    """Prints the table of README.md."""
    rng = random.Random(seed)
    lengths = " | ".join(f"{n} bytes" for n in TEST_LENGTHS)
    print(f"| language | held-out source | {lengths} | mistaken at "
          f"{TEST_LENGTHS[0]} for |")
    print("|---|---|" + "---|" * (len(TEST_LENGTHS) + 1))
    totals = {}
    for label, language in enumerate(LANGUAGES):
        for source, text in read_texts(root, "heldout", language).items():
            cells, mistaken = [], ""
            for length in TEST_LENGTHS:
                share, wrong = accuracy(model, text, label, length, rng)
                totals.setdefault(length, []).append(share)
                cells.append(f"{100 * share:.1f} %")
                if wrong and not mistaken:
                    mistaken = max(sorted(set(wrong)), key=wrong.count)
            print(f"| {language} | {source} | {' | '.join(cells)} | "
                  f"{mistaken} |")
    means = (f"{100 * np.mean(shares):.1f} %" for shares in totals.values())
    print(f"| mean | | {' | '.join(means)} | |")


def export(model):
    state = torch.zeros(1, 2, HIDDEN)
    byte = torch.zeros(2, 1, dtype=torch.int64)
    batch = {"byte": {0: "batch"}, "h": {1: "batch"}, "c": {1: "batch"},
             "probabilities": {0: "batch"}, "hN": {1: "batch"},
             "cN": {1: "batch"}}
    torch.onnx.export(
        Step(model).eval(), (byte, state, state), str(HERE / "langid.onnx"),
        input_names=["byte", "h", "c"],
        output_names=["probabilities", "hN", "cN"],
        dynamic_axes=batch, opset_version=15)
    onnx.checker.check_model(onnx.load(str(HERE / "langid.onnx")))


@torch.no_grad()
def write_fixture(model):
    step = Step(model).eval()
    h = c = torch.zeros(1, 1, HIDDEN)
    rows = []
    for value in SENTENCE.encode("utf-8"):
        probabilities, h, c = step(torch.tensor([[value]]), h, c)
        rows.append(probabilities[0].numpy())
    (HERE / "sentence.txt").write_bytes(SENTENCE.encode("utf-8"))
    np.save(HERE / "expected.npy", np.stack(rows).astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description="Trains langid.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = train(options.corpus, options.steps, options.seed)
    export(model)
    write_fixture(model)
    report(model, options.corpus, options.seed)


main()
