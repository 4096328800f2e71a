//===- Machine.h - what this machine can do ---------------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_MACHINE_H
#define SEQC_TOOLS_SEQC_MACHINE_H

#include "compiler/Explain/Report.h"

#include <optional>

namespace seqc {

/// Measures one thread, which takes about a second; nothing on a processor that
/// the loops are not written for.
std::optional<MachineFigures> measureMachine();

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_MACHINE_H
