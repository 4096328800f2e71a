//===- CompiledModel.h - models compiled by seqc --------------------------===//
#ifndef SEQC_TOOLS_BENCH_COMPILEDMODEL_H
#define SEQC_TOOLS_BENCH_COMPILEDMODEL_H

#include "tools/bench/Row.h"
#include "tools/bench/Support.h"

#include "seqc/seqc.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace seqc::bench {

/// A compiled library with all dimensions fixed, and what one invocation needs.
class CompiledModel {
public:
  /// Null, with the reason in `why`, where the library is absent or refused.
  static std::unique_ptr<CompiledModel> open(const std::string &path,
                                             Pool &pool, std::string &why);
  ~CompiledModel();

  const seqc_model_table &table() const { return *model; }
  void *state() const { return stateBlock.data(); }
  void resetState() { model->state_reset(nullptr, -1, stateBlock.data()); }

  /// The model's inputs or outputs by name; the place of one that is not there
  /// is an error.
  int inputIndex(const std::string &name) const;
  int outputIndex(const std::string &name) const;

  /// One call of the model's entry, with nothing between.
  void invoke(int64_t steps, const void *const *inputs, void *const *outputs);

private:
  CompiledModel() = default;

  seqc_package *package = nullptr;
  const seqc_model_table *model = nullptr;
  seqc_context context = {};
  Buffer workspace, stateBlock;
};

/// Elements of one step of a tensor whose dimensions are fixed.
size_t elementCount(const seqc_tensor_desc &desc);

/// A model without state, run once on given inputs.
class CompiledRun : public Contender {
public:
  CompiledRun(std::unique_ptr<CompiledModel> model,
              const std::map<std::string, const float *> &inputs,
              const std::vector<std::string> &outputs);

  std::string name() const override { return "seqc"; }
  void run() override;
  std::vector<View> outputs() const override;

private:
  std::unique_ptr<CompiledModel> model;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  std::vector<Floats> outputData; // in the table's order
  std::vector<int> order;         // the places of the outputs asked for
};

/// Adds the contender that `make` makes of the model at `path`.
template <typename Make>
void addCompiled(Lineup &lineup, const std::string &name,
                 const std::string &path, Pool &pool, const Make &make) {
  std::string why;
  auto model = CompiledModel::open(path, pool, why);
  lineup.add(name,
             model ? std::unique_ptr<Contender>(make(std::move(model)))
                   : nullptr,
             why);
}

/// Adds a CompiledRun of the model at `path`.
void addCompiledRun(Lineup &lineup, const std::string &path, Pool &pool,
                    const std::map<std::string, const float *> &inputs,
                    const std::vector<std::string> &outputs);

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_COMPILEDMODEL_H
