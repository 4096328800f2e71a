//===- ScanNotes.h - what passes say of a scan ------------------*- C++ -*-===//
//
// Sentences for people, which stay on a scan as the attribute `seq.notes` until
// seq-choose-schedule adds them to its report.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_PASSES_SUPPORT_SCANNOTES_H
#define SEQC_PASSES_SUPPORT_SCANNOTES_H

#include "dialects/Seq/SeqOps.h"

namespace seqc {

void addNote(seq::ScanOp scan, const llvm::Twine &text);

/// In the order in which they were added.
llvm::ArrayRef<mlir::Attribute> getNotes(seq::ScanOp scan);

} // namespace seqc

#endif // SEQC_PASSES_SUPPORT_SCANNOTES_H
