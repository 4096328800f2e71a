//===- ScanNotes.cpp - what passes say of a scan --------------------------===//

#include "passes/Support/ScanNotes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace seqc;

static constexpr StringLiteral notesAttr = "seq.notes";

void seqc::addNote(seq::ScanOp scan, const Twine &text) {
  Builder b(scan.getContext());
  SmallVector<Attribute> notes(getNotes(scan));
  notes.push_back(b.getStringAttr(text));
  scan->setAttr(notesAttr, b.getArrayAttr(notes));
}

ArrayRef<Attribute> seqc::getNotes(seq::ScanOp scan) {
  auto notes = scan->getAttrOfType<ArrayAttr>(notesAttr);
  return notes ? notes.getValue() : ArrayRef<Attribute>();
}
