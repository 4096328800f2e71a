//===- MachineFile.h - what a machine was found to do -----------*- C++ -*-===//
//
// `seqc calibrate` writes the figures of a machine to a JSON file, which
// compilations for the same machine read.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_COMPILER_MACHINEFILE_H
#define SEQC_COMPILER_MACHINEFILE_H

#include "passes/Schedule/MachineModel.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace seqc {

struct MachineFile {
  std::string processor; ///< As LLVM names it: "znver3".
  MachineModel machine;
};

/// machine.json in seqc's folder of the user's cache; empty without a home.
std::string getMachinePath();

/// The processor that this process runs on.
std::string getHostProcessor();

/// Refuses a file that lacks a figure, or has one that is not a positive
/// number, and says which.
llvm::Expected<MachineFile> readMachineFile(llvm::StringRef path);

void writeMachineFile(const MachineFile &file, llvm::raw_ostream &os);

} // namespace seqc

#endif // SEQC_COMPILER_MACHINEFILE_H
