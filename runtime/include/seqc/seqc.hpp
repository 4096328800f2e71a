//===- seqc/seqc.hpp - loading and running compiled models in C++
//-----------===//
//
// Owning handles over seqc/seqc.h, which says what each function does. A status
// other than SEQC_OK becomes an exception that carries it and the message.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_SEQC_HPP
#define SEQC_SEQC_HPP

#include "seqc/seqc.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace seqc {

class Error : public std::runtime_error {
public:
  explicit Error(int status)
      : std::runtime_error(seqc_last_message()), value(status) {}
  int status() const { return value; }

private:
  int value;
};

inline void check(int status) {
  if (status != SEQC_OK)
    throw Error(status);
}

/// A compiled model. Copies share it; any thread may use it.
class Package {
public:
  explicit Package(const std::string &path,
                   const seqc_package_options *options = nullptr) {
    checkVersion();
    seqc_package *opened = nullptr;
    check(seqc_package_open(path.c_str(), options, &opened));
    handle.reset(opened, seqc_package_release);
  }

  explicit Package(const seqc_model_table *table,
                   const seqc_package_options *options = nullptr) {
    checkVersion();
    seqc_package *opened = nullptr;
    check(seqc_package_from_table(table, options, &opened));
    handle.reset(opened, seqc_package_release);
  }

  const seqc_model_table &table() const {
    return *seqc_package_table(handle.get());
  }
  seqc_package *get() const { return handle.get(); }

private:
  static void checkVersion() {
    if (seqc_runtime_version() >> 16 != SEQC_RUNTIME_MAJOR)
      throw std::runtime_error(
          "required libseqc " + std::to_string(SEQC_RUNTIME_MAJOR) +
          ".x, found " + std::to_string(seqc_runtime_version() >> 16));
  }

  std::shared_ptr<seqc_package> handle;
};

/// What a model carries from one step to the next. One thread at a time.
class State {
public:
  State(const Package &package, const std::vector<int64_t> &dims) {
    seqc_state *made = nullptr;
    check(seqc_state_create(package.get(), dims.data(),
                            static_cast<int32_t>(dims.size()), &made));
    handle.reset(made);
  }

  static State load(const Package &package, const std::string &path) {
    seqc_state *made = nullptr;
    check(seqc_state_load(package.get(), path.c_str(), &made));
    return State(made);
  }

  State clone() const {
    seqc_state *made = nullptr;
    check(seqc_state_clone(handle.get(), &made));
    return State(made);
  }

  void save(const std::string &path) const {
    check(seqc_state_save(handle.get(), path.c_str()));
  }
  void reset(int64_t batchSlot = -1) {
    check(seqc_state_reset(handle.get(), batchSlot));
  }
  void copySlot(int64_t slot, const State &source, int64_t sourceSlot) {
    check(seqc_state_copy_slot(handle.get(), slot, source.get(), sourceSlot));
  }
  void *data() { return seqc_state_data(handle.get()); }
  size_t size() const { return seqc_state_size(handle.get()); }
  seqc_state *get() const { return handle.get(); }

private:
  struct Destroy {
    void operator()(seqc_state *state) const { seqc_state_destroy(state); }
  };
  explicit State(seqc_state *made) : handle(made) {}

  std::unique_ptr<seqc_state, Destroy> handle;
};

/// The given dimensions and then those that follow from them.
inline std::vector<int64_t> deriveDims(const Package &package,
                                       std::vector<int64_t> dims) {
  dims.resize(dims.size() +
              static_cast<size_t>(seqc_num_derived_dims(&package.table())));
  check(seqc_derive_dims(package.get(), dims.data(),
                         static_cast<int32_t>(dims.size())));
  return dims;
}

/// What one thread needs to run a model. One thread at a time.
class Session {
public:
  Session(const Package &package, const std::vector<int64_t> &dims,
          int32_t threads = 1) {
    seqc_session_options options = {};
    options.struct_size = sizeof options;
    options.dims = dims.data();
    options.num_dims = static_cast<int32_t>(dims.size());
    options.threads = threads;
    seqc_session *made = nullptr;
    check(seqc_session_create(package.get(), &options, &made));
    handle.reset(made);
  }

  void setDims(const std::vector<int64_t> &dims) {
    check(seqc_session_set_dims(handle.get(), dims.data(),
                                static_cast<int32_t>(dims.size())));
  }

  /// `steps` steps of a model with states. Allocates nothing.
  template <size_t Inputs, size_t Outputs>
  void run(int64_t steps, const void *const (&inputs)[Inputs], State &state,
           void *const (&outputs)[Outputs]) {
    check(seqc_session_run(handle.get(), steps, inputs, Inputs, state.get(),
                           outputs, Outputs));
  }

  /// A model without states.
  template <size_t Inputs, size_t Outputs>
  void run(const void *const (&inputs)[Inputs],
           void *const (&outputs)[Outputs]) {
    check(seqc_session_run(handle.get(), 1, inputs, Inputs, nullptr, outputs,
                           Outputs));
  }

  seqc_session *get() const { return handle.get(); }

private:
  struct Destroy {
    void operator()(seqc_session *session) const {
      seqc_session_destroy(session);
    }
  };

  std::unique_ptr<seqc_session, Destroy> handle;
};

} // namespace seqc

#endif // SEQC_SEQC_HPP
