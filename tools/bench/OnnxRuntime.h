//===- OnnxRuntime.h - models run by ONNX Runtime, as a peer --------------===//
//
// A session over caller-owned f32 buffers, through a declaration of our own of
// the few functions of the C interface that it needs.
//
//===----------------------------------------------------------------------===//
#ifndef SEQC_TOOLS_BENCH_ONNXRUNTIME_H
#define SEQC_TOOLS_BENCH_ONNXRUNTIME_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace seqc::bench {

struct OrtApi;
struct OrtEnv;
struct OrtSession;
struct OrtValue;

/// libonnxruntime.so, loaded once.
class OrtLibrary {
public:
  /// Null, with the reason in `error`, where it cannot be loaded.
  static std::shared_ptr<OrtLibrary> open(const std::string &path,
                                          std::string &error);
  ~OrtLibrary();

  const OrtApi &api() const { return *functions; }
  OrtEnv *env() const { return environment; }
  const std::string &version() const { return versionText; }

private:
  OrtLibrary() = default;
  const OrtApi *functions = nullptr;
  OrtEnv *environment = nullptr;
  std::string versionText;
};

/// One tensor that a session reads or writes, in the caller's memory.
class OrtTensor {
public:
  OrtTensor(std::shared_ptr<OrtLibrary> library, float *data,
            const std::vector<int64_t> &shape);
  OrtTensor(std::shared_ptr<OrtLibrary> library, int64_t *scalar);
  OrtTensor(OrtTensor &&other) noexcept;
  OrtTensor(const OrtTensor &) = delete;
  ~OrtTensor();

  OrtValue *value() const { return handle; }

private:
  void create(void *data, size_t bytes, const std::vector<int64_t> &shape,
              int elementType);

  std::shared_ptr<OrtLibrary> library;
  OrtValue *handle = nullptr;
};

class OrtModel {
public:
  OrtModel(std::shared_ptr<OrtLibrary> library, const std::string &path,
           int threads);
  OrtModel(const OrtModel &) = delete;
  ~OrtModel();

  void run(const std::vector<const char *> &inputNames,
           const std::vector<const OrtValue *> &inputs,
           const std::vector<const char *> &outputNames,
           std::vector<OrtValue *> &outputs);

private:
  std::shared_ptr<OrtLibrary> library;
  OrtSession *session = nullptr;
};

} // namespace seqc::bench

#endif // SEQC_TOOLS_BENCH_ONNXRUNTIME_H
