//===- Safetensors.cpp - Tensors by name in a safetensors file ------------===//
//
// A file is the length of its header (8 bytes, little-endian), the header
// (JSON, perhaps with spaces after it) and the tensors' bytes. The header is
// read as a stream of events: nothing of it is kept that is not wanted, deep
// nesting costs nothing, and a name that is given twice is seen.
//
//===----------------------------------------------------------------------===//

#include "compiler/Import/Safetensors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <nlohmann/json.hpp>

using namespace seqc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// Longer headers are refused by the format.
static constexpr uint64_t maxHeaderBytes = 100'000'000;
/// More than any model here has, and few enough to name in a type.
static constexpr size_t maxRank = 16;

int64_t SafeTensor::getNumElements() const {
  // Beside a zero, the others may have any product.
  if (llvm::is_contained(shape, 0))
    return 0;
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

unsigned seqc::getSafetensorsElementSize(StringRef type) {
  return llvm::StringSwitch<unsigned>(type)
      .Cases({"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"}, 1)
      .Cases({"U16", "I16", "F16", "BF16"}, 2)
      .Cases({"U32", "I32", "F32"}, 4)
      .Cases({"U64", "I64", "F64"}, 8)
      .Default(0);
}

const SafeTensor *Safetensors::find(StringRef name) const {
  auto found = positions.find(name);
  return found == positions.end() ? nullptr : &tensors[found->second];
}

static Error fail(StringRef path, const Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

//===----------------------------------------------------------------------===//
// The header
//===----------------------------------------------------------------------===//

namespace {
/// A tensor as the header describes it.
struct Entry {
  SafeTensor tensor;
  uint64_t begin = 0, end = 0; // in the bytes after the header
  bool hasType = false, hasShape = false, hasOffsets = false;
};

/// Builds the entries from the events of nlohmann's parser. An event returns
/// false to stop; `message` then says why.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
public:
  std::vector<Entry> entries;
  llvm::StringMap<std::string> metadata;
  std::string message;

  bool start_object(std::size_t) override;
  bool end_object() override;
  bool key(std::string &name) override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool string(std::string &text) override;
  bool number_unsigned(std::uint64_t value) override;
  bool number_integer(std::int64_t value) override {
    return wrong("the negative number " + Twine(value));
  }
  bool number_float(double, const std::string &text) override {
    return wrong("the number " + text);
  }
  bool boolean(bool value) override { return wrong(value ? "true" : "false"); }
  bool null() override { return wrong("null"); }
  bool binary(nlohmann::json::binary_t &) override { return wrong("bytes"); }
  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::json::exception &) override {
    message =
        ("required a header in JSON, found none at its byte " + Twine(position))
            .str();
    return false;
  }

private:
  /// Where in the header the next value stands.
  enum class Place {
    Top,
    Tensors,   // in the outermost object, at a value
    Metadata,  // in __metadata__, at a value
    Type,      // at the value of "dtype"
    Shape,     // at that of "shape"
    InShape,   // in its array
    Offsets,   // at that of "data_offsets"
    InOffsets, // in its array
    Fields,    // in a tensor's object, before a field
    End        // after the outermost object
  };

  std::string describePlace() const;
  bool wrong(const Twine &found);
  bool finishEntry();
  bool startField(StringRef name);
  Entry &entry() { return entries.back(); }

  Place place = Place::Top;
  bool inMetadata = false;
  std::string current; // the name at hand
  std::vector<uint64_t> offsets;
  llvm::StringMap<bool> names;
};
} // namespace

/// What the value at this place must be.
std::string HeaderHandler::describePlace() const {
  switch (place) {
  case Place::Top:
    return "required an object of tensors";
  case Place::Tensors:
    return inMetadata ? "'__metadata__': required an object"
                      : "tensor '" + current + "': required an object";
  case Place::Metadata:
    return "'__metadata__', '" + current + "': required a string";
  case Place::Type:
    return "tensor '" + current + "': dtype: required a string";
  case Place::Shape:
  case Place::InShape:
    return "tensor '" + current + "': shape: required an array of extents";
  case Place::Offsets:
  case Place::InOffsets:
    return "tensor '" + current +
           "': data_offsets: required an array of two positions";
  case Place::Fields:
  case Place::End:
    return "required the end";
  }
  llvm_unreachable("every place is described");
}

bool HeaderHandler::wrong(const Twine &found) {
  message = describePlace() + ", found " + found.str();
  return false;
}

bool HeaderHandler::start_object(std::size_t) {
  if (place == Place::Top) {
    place = Place::Tensors;
    return true;
  }
  if (place != Place::Tensors)
    return wrong("an object");
  if (inMetadata) {
    place = Place::Metadata;
    return true;
  }
  place = Place::Fields;
  entries.emplace_back();
  entry().tensor.name = current;
  return true;
}

bool HeaderHandler::end_object() {
  if (place == Place::Fields)
    return finishEntry();
  if (place == Place::Metadata) {
    inMetadata = false;
    place = Place::Tensors;
  } else {
    place = Place::End;
  }
  return true;
}

bool HeaderHandler::finishEntry() {
  const Entry &last = entry();
  place = Place::Tensors;
  if (last.hasType && last.hasShape && last.hasOffsets)
    return true;
  message = "tensor '" + current +
            "': required dtype, shape and data_offsets, found no " +
            (!last.hasType    ? "dtype"
             : !last.hasShape ? "shape"
                              : "data_offsets");
  return false;
}

bool HeaderHandler::key(std::string &name) {
  if (place == Place::Fields)
    return startField(name);
  if (place == Place::Metadata) {
    current = name;
    if (!metadata.contains(name))
      return true;
    message = "'__metadata__': '" + name + "' is given twice";
    return false;
  }
  current = name;
  inMetadata = name == "__metadata__";
  if (names.try_emplace(name, true).second)
    return true;
  message = (inMetadata ? "" : "tensor ") + ("'" + name + "' is given twice");
  return false;
}

bool HeaderHandler::startField(StringRef name) {
  bool *seen = nullptr;
  if (name == "dtype") {
    place = Place::Type;
    seen = &entry().hasType;
  } else if (name == "shape") {
    place = Place::Shape;
    seen = &entry().hasShape;
  } else if (name == "data_offsets") {
    place = Place::Offsets;
    seen = &entry().hasOffsets;
  } else {
    message = "tensor '" + current +
              "': required dtype, shape and data_offsets, found '" +
              name.str() + "'";
    return false;
  }
  if (*seen) {
    message = "tensor '" + current + "': " + name.str() + " is given twice";
    return false;
  }
  *seen = true;
  return true;
}

bool HeaderHandler::start_array(std::size_t) {
  if (place == Place::Shape) {
    place = Place::InShape;
    return true;
  }
  if (place != Place::Offsets)
    return wrong("an array");
  place = Place::InOffsets;
  offsets.clear();
  return true;
}

bool HeaderHandler::end_array() {
  if (place == Place::InOffsets) {
    if (offsets.size() != 2)
      return wrong(Twine(offsets.size()) + " of them");
    entry().begin = offsets[0];
    entry().end = offsets[1];
  }
  place = Place::Fields;
  return true;
}

bool HeaderHandler::string(std::string &text) {
  if (place == Place::Metadata) {
    metadata[current] = text;
    return true;
  }
  if (place != Place::Type)
    return wrong("a string");
  entry().tensor.type = text;
  place = Place::Fields;
  return true;
}

bool HeaderHandler::number_unsigned(std::uint64_t value) {
  if (place == Place::InOffsets) {
    if (offsets.size() == 2)
      return wrong("more");
    offsets.push_back(value);
    return true;
  }
  if (place != Place::InShape)
    return wrong("the number " + Twine(value));
  auto &shape = entry().tensor.shape;
  if (shape.size() == maxRank || value > uint64_t(INT64_MAX))
    return wrong(shape.size() == maxRank
                     ? "more than " + Twine(maxRank) + " of them"
                     : "the number " + Twine(value));
  shape.push_back(int64_t(value));
  return true;
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace seqc {
/// Checks what the header says against the bytes that there are.
class SafetensorsReader {
public:
  SafetensorsReader(StringRef bytes, StringRef path)
      : bytes(bytes), path(path) {}

  Expected<Safetensors> read();

private:
  Error readHeader();
  Error checkEntry(Entry &entry);
  Error checkPlaces();

  StringRef bytes, path;
  uint64_t dataBegin = 0;
  HeaderHandler header;
};
} // namespace seqc

Error SafetensorsReader::readHeader() {
  if (bytes.size() < 8)
    return fail(path, "required a safetensors file, found only " +
                          Twine(bytes.size()) + " bytes");
  uint64_t size = llvm::support::endian::read64le(bytes.data());
  if (size > maxHeaderBytes)
    return fail(path, "required a header of at most " + Twine(maxHeaderBytes) +
                          " bytes, found one of " + Twine(size));
  if (size > bytes.size() - 8)
    return fail(path, "required a header of " + Twine(size) +
                          " bytes, found a file of " + Twine(bytes.size()));
  StringRef text = bytes.substr(8, size);
  dataBegin = 8 + size;
  if (!text.starts_with("{"))
    return fail(path, "required a header that begins with '{', found " +
                          (text.empty() ? "an empty one"
                                        : "'" + llvm::toHex(text.take_front()) +
                                              "' (hexadecimal)"));
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &header))
    return fail(path, "header: " + header.message);
  return Error::success();
}

Error SafetensorsReader::checkEntry(Entry &entry) {
  SafeTensor &tensor = entry.tensor;
  std::string who = "tensor '" + tensor.name + "': ";
  uint64_t available = bytes.size() - dataBegin;
  if (entry.begin > entry.end)
    return fail(path, who +
                          "data_offsets: required a begin before the end, "
                          "found " +
                          Twine(entry.begin) + " and " + Twine(entry.end));
  if (entry.end > available)
    return fail(path, who + "required " + Twine(entry.end) +
                          " bytes after the header, found " + Twine(available));
  uint64_t elementSize = getSafetensorsElementSize(tensor.type);
  if (elementSize == 0)
    return fail(path, who + "dtype: required a type of the format, found '" +
                          tensor.type + "'");
  uint64_t size = elementSize;
  bool overflow = false;
  // Zero extents first: beside one, no product is too large.
  bool empty = llvm::is_contained(tensor.shape, 0);
  for (int64_t extent : tensor.shape) {
    bool step = false;
    size = llvm::SaturatingMultiply(size, uint64_t(extent), &step);
    overflow |= step;
  }
  if (empty)
    size = 0;
  else if (overflow)
    return fail(path, who + "shape: required at most 2^64 bytes, found more");
  tensor.offset = dataBegin + entry.begin;
  tensor.size = entry.end - entry.begin;
  if (tensor.size == size)
    return Error::success();
  return fail(path,
              who + "required " + Twine(size) + " bytes for " +
                  llvm::join(llvm::map_range(tensor.shape,
                                             [](int64_t extent) {
                                               return llvm::itostr(extent);
                                             }),
                             "x") +
                  " of " + tensor.type + ", found " + Twine(tensor.size));
}

/// The tensors follow each other without overlap or hole.
Error SafetensorsReader::checkPlaces() {
  llvm::stable_sort(header.entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t end = 0;
  StringRef before;
  for (const Entry &entry : header.entries) {
    std::string who = "tensor '" + entry.tensor.name + "': ";
    if (entry.begin < end)
      return fail(path, who + "required to begin at byte " + Twine(end) +
                            ", after '" + before + "', found " +
                            Twine(entry.begin) + ": they overlap");
    if (entry.begin > end)
      return fail(path,
                  who + "required to begin at byte " + Twine(end) +
                      (before.empty() ? Twine() : ", after '" + before + "'") +
                      ", found " + Twine(entry.begin) +
                      ": bytes between are no tensor's");
    end = entry.end;
    before = entry.tensor.name;
  }
  if (end != bytes.size() - dataBegin)
    return fail(path, "required " + Twine(end) +
                          " bytes after the header, found " +
                          Twine(bytes.size() - dataBegin));
  return Error::success();
}

Expected<Safetensors> SafetensorsReader::read() {
  if (Error error = readHeader())
    return std::move(error);
  for (Entry &entry : header.entries)
    if (Error error = checkEntry(entry))
      return std::move(error);
  if (Error error = checkPlaces())
    return std::move(error);
  Safetensors result;
  result.path = path.str();
  result.metadata = std::move(header.metadata);
  for (Entry &entry : header.entries) {
    result.positions[entry.tensor.name] = result.tensors.size();
    result.tensors.push_back(std::move(entry.tensor));
  }
  return result;
}

Expected<Safetensors> seqc::parseSafetensors(StringRef bytes, StringRef path) {
  return SafetensorsReader(bytes, path).read();
}

Expected<Safetensors> seqc::readSafetensors(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail(path, buffer.getError().message());
  return parseSafetensors((*buffer)->getBuffer(), path);
}
