//===- IndexList.cpp - how a scan slices an operand -----------------------===//

#include "dialects/Seq/IndexList.h"

using namespace mlir;
using namespace seqc::seq;

bool IndexEntry::operator==(const IndexEntry &other) const {
  return kind == other.kind && symbol == other.symbol && lag == other.lag &&
         every == other.every && stride == other.stride && size == other.size;
}

DenseI64ArrayAttr seqc::seq::encodeIndexList(MLIRContext *context,
                                             ArrayRef<IndexEntry> list) {
  SmallVector<int64_t> numbers;
  for (const IndexEntry &entry : list) {
    bool window = entry.kind == IndexEntry::Window;
    numbers.append({entry.kind, entry.symbol, window ? entry.stride : entry.lag,
                    window ? entry.size : entry.every});
  }
  return DenseI64ArrayAttr::get(context, numbers);
}

IndexList seqc::seq::decodeIndexList(Attribute encoded) {
  ArrayRef<int64_t> numbers = cast<DenseI64ArrayAttr>(encoded).asArrayRef();
  IndexList list;
  for (size_t i = 0; i + 3 < numbers.size(); i += 4) {
    IndexEntry entry;
    entry.kind = static_cast<IndexEntry::Kind>(numbers[i]);
    entry.symbol = numbers[i + 1];
    if (entry.kind == IndexEntry::Window) {
      entry.stride = numbers[i + 2];
      entry.size = numbers[i + 3];
    } else {
      entry.lag = numbers[i + 2];
      entry.every = numbers[i + 3];
    }
    list.push_back(entry);
  }
  return list;
}

Type seqc::seq::getSliceType(ShapedType type, ArrayRef<IndexEntry> list) {
  SmallVector<int64_t> shape;
  for (auto [entry, extent] : llvm::zip(list, type.getShape())) {
    if (entry.kind == IndexEntry::All)
      shape.push_back(extent);
    else if (entry.kind == IndexEntry::Window)
      shape.push_back(entry.size);
  }
  if (shape.empty())
    return type.getElementType();
  return RankedTensorType::get(shape, type.getElementType());
}

int64_t seqc::seq::findDomain(ArrayRef<IndexEntry> list, int64_t symbol) {
  for (auto [i, entry] : llvm::enumerate(list))
    if (entry.kind == IndexEntry::Domain && entry.symbol == symbol)
      return i;
  return -1;
}

int64_t seqc::seq::findTime(ArrayRef<IndexEntry> list) {
  for (auto [i, entry] : llvm::enumerate(list))
    if (entry.kind == IndexEntry::Time)
      return i;
  return -1;
}
