//===- OnnxRuntime.cpp - models run by ONNX Runtime, as a peer ------------===//
#include "tools/bench/OnnxRuntime.h"
#include "tools/bench/Pool.h"
#include "tools/bench/Support.h"

#include <cstddef>
#include <dlfcn.h>

using namespace seqc::bench;

namespace seqc::bench {
struct OrtStatus;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtMemoryInfo;

/// The table of functions that ONNX Runtime hands out. Its order is fixed:
/// functions are only ever appended. Those that are not called here are gaps,
/// and the assertions below hold each one to its published place.
struct OrtApi {
  using Unused = void (*)();

  Unused gap0[2];
  const char *(*GetErrorMessage)(const OrtStatus *);
  OrtStatus *(*CreateEnv)(int logLevel, const char *logId, OrtEnv **);
  Unused gap4[3];
  OrtStatus *(*CreateSession)(const OrtEnv *, const char *path,
                              const OrtSessionOptions *, OrtSession **);
  Unused gap8[1];
  OrtStatus *(*Run)(OrtSession *, const OrtRunOptions *,
                    const char *const *inputNames,
                    const OrtValue *const *inputs, size_t numInputs,
                    const char *const *outputNames, size_t numOutputs,
                    OrtValue **outputs);
  OrtStatus *(*CreateSessionOptions)(OrtSessionOptions **);
  Unused gap11[2];
  OrtStatus *(*SetSessionExecutionMode)(OrtSessionOptions *, int mode);
  Unused gap14[9];
  OrtStatus *(*SetSessionGraphOptimizationLevel)(OrtSessionOptions *,
                                                 int level);
  OrtStatus *(*SetIntraOpNumThreads)(OrtSessionOptions *, int);
  OrtStatus *(*SetInterOpNumThreads)(OrtSessionOptions *, int);
  Unused gap26[23];
  OrtStatus *(*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo *,
                                               void *data, size_t bytes,
                                               const int64_t *shape,
                                               size_t rank, int elementType,
                                               OrtValue **);
  Unused gap50[19];
  OrtStatus *(*CreateCpuMemoryInfo)(int allocatorType, int memoryType,
                                    OrtMemoryInfo **);
  Unused gap70[22];
  void (*ReleaseEnv)(OrtEnv *);
  void (*ReleaseStatus)(OrtStatus *);
  void (*ReleaseMemoryInfo)(OrtMemoryInfo *);
  void (*ReleaseSession)(OrtSession *);
  void (*ReleaseValue)(OrtValue *);
  Unused gap97[3];
  void (*ReleaseSessionOptions)(OrtSessionOptions *);
  Unused gap101[29];
  OrtStatus *(*AddSessionConfigEntry)(OrtSessionOptions *, const char *key,
                                      const char *value);
};
} // namespace seqc::bench

#define SEQC_BENCH_AT(function, index)                                         \
  static_assert(offsetof(OrtApi, function) == (index) * sizeof(void *),        \
                #function " is not at its place")
SEQC_BENCH_AT(GetErrorMessage, 2);
SEQC_BENCH_AT(CreateEnv, 3);
SEQC_BENCH_AT(CreateSession, 7);
SEQC_BENCH_AT(Run, 9);
SEQC_BENCH_AT(CreateSessionOptions, 10);
SEQC_BENCH_AT(SetSessionExecutionMode, 13);
SEQC_BENCH_AT(SetSessionGraphOptimizationLevel, 23);
SEQC_BENCH_AT(SetIntraOpNumThreads, 24);
SEQC_BENCH_AT(SetInterOpNumThreads, 25);
SEQC_BENCH_AT(CreateTensorWithDataAsOrtValue, 49);
SEQC_BENCH_AT(CreateCpuMemoryInfo, 69);
SEQC_BENCH_AT(ReleaseEnv, 92);
SEQC_BENCH_AT(ReleaseValue, 96);
SEQC_BENCH_AT(ReleaseSessionOptions, 100);
SEQC_BENCH_AT(AddSessionConfigEntry, 130);
#undef SEQC_BENCH_AT

namespace {
struct OrtApiBase {
  const OrtApi *(*GetApi)(uint32_t version);
  const char *(*GetVersionString)();
};

/// The version of the table that first holds every function named above. A
/// library that serves a later one serves this one too.
constexpr uint32_t apiVersion = 5;

constexpr int logErrors = 3;
constexpr int sequential = 0;
constexpr int allOptimizations = 99;
constexpr int deviceAllocator = 0, defaultMemory = 0;
constexpr int elementF32 = 1, elementI64 = 7;
} // namespace

static void check(const OrtApi &api, OrtStatus *status, const char *what) {
  if (status)
    fatal("ONNX Runtime: %s: %s", what, api.GetErrorMessage(status));
}

std::shared_ptr<OrtLibrary> OrtLibrary::open(const std::string &path,
                                             std::string &error) {
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    error = dlerror();
    return nullptr;
  }
  using Entry = const OrtApiBase *(*)();
  auto entry = reinterpret_cast<Entry>(dlsym(handle, "OrtGetApiBase"));
  const OrtApiBase *base = entry ? entry() : nullptr;
  const OrtApi *api = base ? base->GetApi(apiVersion) : nullptr;
  if (!api) {
    error = format("version %u of its interface was required, found '%s'",
                   apiVersion, base ? base->GetVersionString() : "none");
    return nullptr;
  }
  std::shared_ptr<OrtLibrary> library(new OrtLibrary);
  library->functions = api;
  library->versionText = base->GetVersionString();
  check(*api, api->CreateEnv(logErrors, "seqc-bench", &library->environment),
        "create an environment");
  return library;
}

OrtLibrary::~OrtLibrary() { functions->ReleaseEnv(environment); }

OrtTensor::OrtTensor(std::shared_ptr<OrtLibrary> library, float *data,
                     const std::vector<int64_t> &shape)
    : library(std::move(library)) {
  size_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  create(data, count * sizeof(float), shape, elementF32);
}

OrtTensor::OrtTensor(std::shared_ptr<OrtLibrary> library, int64_t *scalar)
    : library(std::move(library)) {
  create(scalar, sizeof(int64_t), {}, elementI64);
}

OrtTensor::OrtTensor(OrtTensor &&other) noexcept
    : library(std::move(other.library)), handle(other.handle) {
  other.handle = nullptr;
}

OrtTensor::~OrtTensor() {
  if (handle)
    library->api().ReleaseValue(handle);
}

void OrtTensor::create(void *data, size_t bytes,
                       const std::vector<int64_t> &shape, int elementType) {
  const OrtApi &api = library->api();
  OrtMemoryInfo *info = nullptr;
  check(api, api.CreateCpuMemoryInfo(deviceAllocator, defaultMemory, &info),
        "describe memory");
  check(api,
        api.CreateTensorWithDataAsOrtValue(info, data, bytes, shape.data(),
                                           shape.size(), elementType, &handle),
        "create a tensor");
  api.ReleaseMemoryInfo(info);
}

OrtModel::OrtModel(std::shared_ptr<OrtLibrary> owner, const std::string &path,
                   int threads)
    : library(std::move(owner)) {
  const OrtApi &api = library->api();
  OrtSessionOptions *options = nullptr;
  check(api, api.CreateSessionOptions(&options), "create options");
  check(api, api.SetSessionExecutionMode(options, sequential), "options");
  check(api, api.SetSessionGraphOptimizationLevel(options, allOptimizations),
        "options");
  check(api, api.SetIntraOpNumThreads(options, threads), "options");
  check(api, api.SetInterOpNumThreads(options, 1), "options");
  check(api,
        api.AddSessionConfigEntry(options, "session.set_denormal_as_zero", "1"),
        "options");
  check(api, api.CreateSession(library->env(), path.c_str(), options, &session),
        path.c_str());
  api.ReleaseSessionOptions(options);
}

OrtModel::~OrtModel() { library->api().ReleaseSession(session); }

void OrtModel::run(const std::vector<const char *> &inputNames,
                   const std::vector<const OrtValue *> &inputs,
                   const std::vector<const char *> &outputNames,
                   std::vector<OrtValue *> &outputs) {
  const OrtApi &api = library->api();
  OrtStatus *status =
      api.Run(session, nullptr, inputNames.data(), inputs.data(), inputs.size(),
              outputNames.data(), outputs.size(), outputs.data());
  if (status)
    check(api, status, "run");
}
