//===- Spirv.cpp - kernels as files ---------------------------------------===//

#include "compiler/Emit/Spirv.h"

#include "compiler/Emit/OutputFiles.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/Path.h"

using namespace seqc;

llvm::Error seqc::emitSpirv(const ModelInfo &info, llvm::StringRef output) {
  OutputFiles files;
  if (llvm::Error error = files.write(output, [&](llvm::raw_pwrite_stream &os) {
        llvm::support::endian::Writer writer(os, llvm::endianness::little);
        for (uint32_t word : info.spirv)
          writer.write(word);
        return llvm::Error::success();
      }))
    return error;
  if (output == "-")
    return files.commit();
  llvm::SmallString<128> plan(output);
  llvm::sys::path::replace_extension(plan, ".json");
  if (llvm::Error error = files.write(plan, [&](llvm::raw_pwrite_stream &os) {
        os << info.vulkanPlan << '\n';
        return llvm::Error::success();
      }))
    return error;
  return files.commit();
}
