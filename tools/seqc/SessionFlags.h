//===- SessionFlags.h - flags of commands that run models -------*- C++ -*-===//

#ifndef SEQC_TOOLS_SEQC_SESSIONFLAGS_H
#define SEQC_TOOLS_SEQC_SESSIONFLAGS_H

#include <string>
#include <vector>

namespace seqc {

/// What `seqc run`, `bench` and `generate` are told about a session.
struct SessionFlags {
  std::vector<std::string> dims; ///< NAME=EXTENT.
  int threads = 1;
};

/// From the parsed command line.
SessionFlags getSessionFlags();

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_SESSIONFLAGS_H
