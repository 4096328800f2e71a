//===- OneDnn.h - recurrent layers run by oneDNN, as a peer ---------------===//
#ifndef SEQC_TOOLS_BENCH_ONEDNN_H
#define SEQC_TOOLS_BENCH_ONEDNN_H

#include "tools/bench/RecurrentRow.h"

namespace seqc::bench {

/// "2.6.3", or "absent" where the bench was built without oneDNN.
std::string oneDnnVersion();

/// Why its contenders are absent in such a bench.
constexpr const char *oneDnnAbsence =
    "the bench was built without oneDNN (Debian's libdnnl-dev)";

/// Whether oneDNN's threads are now `threads`; if not, `why` says why.
bool setOneDnnThreads(int threads, std::string &why);

/// Null, with the reason in `why`, where the bench was built without oneDNN.
std::unique_ptr<Contender> makeOneDnnLayer(const RecurrentLayer &data,
                                           int threads, std::string &why);

/// Each layer reads what the one before gives, whose directions stand side by
/// side; only the first has an X.
std::unique_ptr<Contender>
makeOneDnnStack(const std::vector<RecurrentLayer> &layers, int threads,
                std::string &why);

/// An LSTM a step at a time, in f32, or in bf16 where oneDNN has that for this
/// processor.
std::unique_ptr<Contender> makeOneDnnStep(const RecurrentLayer &data,
                                          bool narrow, int threads,
                                          std::string &why);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ONEDNN_H
