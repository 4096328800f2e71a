//===- RecurrentCell.h - the cells of recurrent rows ----------------------===//
//
// Includes no header: files for other instruction sets do (RoofKernels.h).
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_RECURRENTCELL_H
#define SEQC_TOOLS_BENCH_RECURRENTCELL_H

namespace seqc::bench {

enum class RecurrentCell { Lstm, Gru, Rnn };

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_RECURRENTCELL_H
