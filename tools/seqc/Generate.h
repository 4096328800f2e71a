//===- Generate.h - `seqc generate` -----------------------------*- C++ -*-===//
//
// Continues a text with a language model over bytes: tokens in, one row of
// logits for each out, its states carried.
//
//===----------------------------------------------------------------------===//

#ifndef SEQC_TOOLS_SEQC_GENERATE_H
#define SEQC_TOOLS_SEQC_GENERATE_H

#include "tools/seqc/LoadedModel.h"
#include "tools/seqc/SessionFlags.h"

#include "llvm/Support/CommandLine.h"

namespace seqc {

struct GenerateOptions {
  std::string model;
  SessionFlags session;
  std::string prompt;
  std::string stop; ///< Ends the text when it comes, unprinted; empty: nothing.
  int64_t tokens = 100;
  double temperature = 1; ///< 0: the likeliest token.
  int64_t topK = 0;       ///< Draw from so many likeliest tokens; 0: from all.
  uint64_t seed = 1;
};

/// The subcommand `generate`, with the options above registered.
llvm::cl::SubCommand &getGenerateCommand();

/// Does what the parsed command line asks for; returns an ExitCode. `source`
/// compiles a model that is not a shared library.
int generateCommand(const ModelSource &source);

/// Draws tokens from logits; the same ones for the same seed everywhere.
class Sampler {
public:
  Sampler(double temperature, int64_t topK, uint64_t seed)
      : temperature(temperature), topK(topK), state(seed) {}

  /// A token, or an error where a logit is not a number.
  llvm::Expected<size_t> draw(llvm::ArrayRef<double> logits);

private:
  double nextUniform();

  double temperature;
  int64_t topK;
  uint64_t state;
};

} // namespace seqc

#endif // SEQC_TOOLS_SEQC_GENERATE_H
