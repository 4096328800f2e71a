//===- MachineFile.cpp - what a machine was found to do -------------------===//

#include "compiler/MachineFile.h"

#include "compiler/Status.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

#include <cmath>

using namespace seqc;

namespace {
struct Figure {
  const char *key;
  double MachineModel::*place;
};
} // namespace

static constexpr Figure figures[] = {
    {"gigaflops", &MachineModel::gigaflops},
    {"gigaexps", &MachineModel::gigaexps},
    {"l2_gigabytes_per_second", &MachineModel::l2GigabytesPerSecond},
    {"l3_gigabytes_per_second", &MachineModel::l3GigabytesPerSecond},
    {"memory_gigabytes_per_second", &MachineModel::memoryGigabytesPerSecond},
    {"l2_bytes", &MachineModel::l2Bytes},
    {"l3_bytes", &MachineModel::l3Bytes},
    {"latency_ns", &MachineModel::latencyNs},
    {"barrier_ns", &MachineModel::barrierNs}};

std::string seqc::getMachinePath() {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    return "";
  llvm::sys::path::append(path, "seqc", "machine.json");
  return path.str().str();
}

std::string seqc::getHostProcessor() {
  return llvm::sys::getHostCPUName().str();
}

llvm::Expected<MachineFile> seqc::readMachineFile(llvm::StringRef path) {
  auto complain = [&](const llvm::Twine &what) {
    return badInput("'" + path + "': " + what +
                    "; `seqc calibrate` writes such a file");
  };
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return complain("cannot read figures of a machine: " +
                    text.getError().message());
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse((*text)->getBuffer());
  if (!json)
    return complain("JSON was required: " + llvm::toString(json.takeError()));
  const llvm::json::Object *object = json->getAsObject();
  if (!object)
    return complain("an object was required");
  MachineFile file;
  if (auto processor = object->getString("processor"))
    file.processor = processor->str();
  else
    return complain("'processor' must be the name of one");
  for (const Figure &figure : figures) {
    auto number = object->getNumber(figure.key);
    if (!number || !std::isfinite(*number) || *number <= 0)
      return complain(llvm::Twine("'") + figure.key +
                      "' must be a number above 0");
    file.machine.*figure.place = *number;
  }
  return file;
}

void seqc::writeMachineFile(const MachineFile &file, llvm::raw_ostream &os) {
  llvm::json::Object object{{"processor", file.processor}};
  for (const Figure &figure : figures)
    object[figure.key] = file.machine.*figure.place;
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}
