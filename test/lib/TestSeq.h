//===- TestSeq.h - a cell and a transition for tests ------------*- C++ -*-===//
#ifndef SEQC_TEST_LIB_TESTSEQ_H
#define SEQC_TEST_LIB_TESTSEQ_H

#include "dialects/Seq/SeqOps.h"

#include "test/lib/TestSeqDialect.h.inc"

#define GET_OP_CLASSES
#include "test/lib/TestSeqOps.h.inc"

namespace seqc::test {
/// Registers `test-transition-laws`.
void registerTransitionLaws();
} // namespace seqc::test

#endif // SEQC_TEST_LIB_TESTSEQ_H
