//===- Seq.td - the whole dialect --------------------------*- tablegen -*-===//
#ifndef SEQ_TD
#define SEQ_TD

include "dialects/Seq/SeqDialect.td"
include "dialects/Seq/SeqAttrs.td"
include "dialects/Seq/SeqInterfaces.td"
include "dialects/Seq/SeqScan.td"
include "dialects/Seq/SeqTransitions.td"
include "dialects/Seq/SeqAlgebra.td"
include "dialects/Seq/SeqWeights.td"
include "dialects/Seq/SeqThreads.td"
include "dialects/Seq/Cells/DiagonalSsm.td"
include "dialects/Seq/Cells/Gru.td"
include "dialects/Seq/Cells/LiGru.td"
include "dialects/Seq/Cells/LinearAttention.td"
include "dialects/Seq/Cells/LinearRnn.td"
include "dialects/Seq/Cells/Lstm.td"
include "dialects/Seq/Cells/Markov.td"
include "dialects/Seq/Cells/MinGru.td"
include "dialects/Seq/Cells/MinLstm.td"
include "dialects/Seq/Cells/Qrnn.td"
include "dialects/Seq/Cells/Rnn.td"
include "dialects/Seq/Cells/Rwkv.td"
include "dialects/Seq/Cells/SelectiveScan.td"
include "dialects/Seq/Cells/Xlstm.td"

#endif // SEQ_TD
