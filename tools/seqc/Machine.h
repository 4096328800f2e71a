//===- Machine.h - what this machine can do ---------------------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_MACHINE_H
#define SEQC_TOOLS_SEQC_MACHINE_H

#include "compiler/Explain/Report.h"
#include "passes/Schedule/MachineModel.h"

#include <optional>

namespace seqc {

/// Measures one thread, which takes about a second; nothing on a processor that
/// the loops are not written for.
std::optional<MachineFigures> measureMachine();

/// The same with caches, waits and the number of threads.
std::optional<MachineModel> calibrateMachine();

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_MACHINE_H
