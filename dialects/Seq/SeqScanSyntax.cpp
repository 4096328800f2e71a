//===- SeqScanSyntax.cpp - parsing and printing seq.scan ------------------===//

#include "dialects/Seq/SeqOps.h"

using namespace mlir;
using namespace seqc::seq;

namespace {
using Argument = OpAsmParser::Argument;
using Unresolved = OpAsmParser::UnresolvedOperand;

/// One operand as written.
struct ParsedSlot {
  Argument argument;
  Unresolved operand, history;
  IndexList index;
  Type type, historyType, packedSlice;
  int64_t lanes = 0;
  bool hasHistory = false;
};

/// The whole header as written.
struct ParsedScan {
  SmallVector<Argument> domain;
  SmallVector<Unresolved> extents;
  Argument time;
  Unresolved timeExtent;
  SmallVector<ParsedSlot, 0> inputs, lengths, outs, carries;
};
} // namespace

static ParseResult parseDomain(OpAsmParser &parser, ParsedScan &scan) {
  auto parseOne = [&]() -> ParseResult {
    return failure(parser.parseArgument(scan.domain.emplace_back()) ||
                   parser.parseEqual() ||
                   parser.parseOperand(scan.extents.emplace_back()));
  };
  if (parser.parseKeyword("domain") ||
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseOne))
    return failure();
  return failure(parser.parseKeyword("time") || parser.parseLParen() ||
                 parser.parseArgument(scan.time) || parser.parseEqual() ||
                 parser.parseOperand(scan.timeExtent) || parser.parseRParen());
}

/// Parses one entry of an index list.
static ParseResult parseEntry(OpAsmParser &parser, const ParsedScan &scan,
                              IndexList &list) {
  if (succeeded(parser.parseOptionalColon())) {
    list.push_back(IndexEntry::all());
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  Unresolved name;
  if (parser.parseOperand(name))
    return failure();
  if (name.name == scan.time.ssaName.name) {
    int64_t number = 0;
    if (succeeded(parser.parseOptionalMinus())) {
      if (parser.parseInteger(number))
        return failure();
      list.push_back(IndexEntry::time(number));
      return success();
    }
    if (succeeded(parser.parseOptionalKeyword("floordiv"))) {
      if (parser.parseInteger(number))
        return failure();
      list.push_back(IndexEntry::time(0, number));
      return success();
    }
    list.push_back(IndexEntry::time());
    return success();
  }
  for (auto [symbol, argument] : llvm::enumerate(scan.domain)) {
    if (name.name != argument.ssaName.name)
      continue;
    if (failed(parser.parseOptionalStar())) {
      list.push_back(IndexEntry::domain(symbol));
      return success();
    }
    int64_t stride, size;
    if (parser.parseInteger(stride) || parser.parsePlus() ||
        parser.parseInteger(size))
      return failure();
    list.push_back(IndexEntry::window(symbol, stride, size));
    return success();
  }
  return parser.emitError(loc, "expected a domain symbol, time or ':'");
}

/// Parses `(%arg =)? %operand[...] (packed n as T)? (history %h : T)? : T`.
static ParseResult parseSlot(OpAsmParser &parser, const ParsedScan &scan,
                             ParsedSlot &slot, bool hasArgument) {
  if (hasArgument &&
      (parser.parseArgument(slot.argument) || parser.parseEqual()))
    return failure();
  if (parser.parseOperand(slot.operand) ||
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, [&] {
        return parseEntry(parser, scan, slot.index);
      }))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("packed")) &&
      (parser.parseInteger(slot.lanes) || parser.parseKeyword("as") ||
       parser.parseType(slot.packedSlice)))
    return failure();
  slot.hasHistory = succeeded(parser.parseOptionalKeyword("history"));
  if (slot.hasHistory && (parser.parseOperand(slot.history) ||
                          parser.parseColonType(slot.historyType)))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseColonType(slot.type))
    return failure();
  auto shaped = dyn_cast<ShapedType>(slot.type);
  if (!shaped || !shaped.hasRank() ||
      static_cast<size_t>(shaped.getRank()) != slot.index.size())
    return parser.emitError(loc, "expected a tensor or memref of ")
           << slot.index.size() << " dimensions, found " << slot.type;
  return success();
}

static ParseResult parseSlots(OpAsmParser &parser, const ParsedScan &scan,
                              StringRef keyword,
                              SmallVector<ParsedSlot, 0> &slots,
                              bool hasArgument) {
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  return parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
    return parseSlot(parser, scan, slots.emplace_back(), hasArgument);
  });
}

/// Turns what was written into operands, attributes and result types.
static ParseResult resolve(OpAsmParser &parser, ParsedScan &scan,
                           ScanOperands &operands) {
  Type index = parser.getBuilder().getIndexType();
  auto resolveOne = [&](const Unresolved &operand, Type type,
                        Value &value) -> ParseResult {
    SmallVector<Value> values;
    if (parser.resolveOperand(operand, type, values))
      return failure();
    value = values[0];
    return success();
  };
  for (const Unresolved &extent : scan.extents)
    if (resolveOne(extent, index, operands.domain.emplace_back()))
      return failure();
  if (resolveOne(scan.timeExtent, index, operands.time))
    return failure();
  for (ParsedSlot &slot : scan.inputs) {
    ScanOperands::Input input{Value(), slot.index};
    input.lanes = slot.lanes;
    input.packedSlice = slot.packedSlice;
    if (resolveOne(slot.operand, slot.type, input.value) ||
        (slot.hasHistory &&
         resolveOne(slot.history, slot.historyType, input.history)))
      return failure();
    operands.inputs.push_back(input);
  }
  auto resolveSlots = [&](ArrayRef<ParsedSlot> slots,
                          SmallVector<ScanOperands::Slot> &out) -> ParseResult {
    for (const ParsedSlot &slot : slots) {
      Value value;
      if (resolveOne(slot.operand, slot.type, value))
        return failure();
      out.push_back({value, slot.index});
    }
    return success();
  };
  SmallVector<ScanOperands::Slot> lengths;
  if (resolveSlots(scan.outs, operands.outs) ||
      resolveSlots(scan.carries, operands.carries) ||
      resolveSlots(scan.lengths, lengths))
    return failure();
  if (!lengths.empty()) {
    operands.lengths = lengths[0].value;
    operands.lengthsIndex = lengths[0].index;
  }
  return success();
}

ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  ParsedScan scan;
  if (parseDomain(parser, scan) ||
      parseSlots(parser, scan, "ins", scan.inputs, true) ||
      parseSlots(parser, scan, "lengths", scan.lengths, false) ||
      parseSlots(parser, scan, "outs", scan.outs, false) ||
      parseSlots(parser, scan, "carry", scan.carries, true))
    return failure();
  if (scan.lengths.size() > 1)
    return parser.emitError(parser.getNameLoc(),
                            "expected one lengths operand");
  ScanOperands operands(parser.getEncodedSourceLoc(parser.getNameLoc()));
  operands.reverse = succeeded(parser.parseOptionalKeyword("reverse"));
  if (succeeded(parser.parseOptionalKeyword("schedule")) &&
      parser.parseAttribute(operands.schedule))
    return failure();
  NamedAttrList attributes;
  if (parser.parseOptionalAttrDictWithKeyword(attributes) ||
      resolve(parser, scan, operands))
    return failure();

  Builder &builder = parser.getBuilder();
  OpBuilder opBuilder(builder.getContext());
  ScanOp::build(opBuilder, result, operands, nullptr);
  result.attributes = attributes;
  // The builder made an empty block to hold argument types; the parser makes
  // its own.
  SmallVector<Argument> arguments = scan.domain;
  arguments.push_back(scan.time);
  for (ParsedSlot &slot : scan.inputs)
    arguments.push_back(slot.argument);
  for (ParsedSlot &slot : scan.carries)
    arguments.push_back(slot.argument);
  Region *region = result.regions.front().get();
  for (auto [argument, type] :
       llvm::zip(arguments, region->front().getArgumentTypes()))
    argument.type = type;
  region->getBlocks().clear();
  return parser.parseRegion(*region, arguments);
}

namespace {
/// Prints the header of one scan.
struct ScanPrinter {
  OpAsmPrinter &printer;
  ScanOp op;

  void printIndex(ArrayRef<IndexEntry> list) {
    printer << '[';
    llvm::interleaveComma(list, printer, [&](const IndexEntry &entry) {
      switch (entry.kind) {
      case IndexEntry::All:
        printer << ':';
        return;
      case IndexEntry::Domain:
        printer << op.getDomainArguments()[entry.symbol];
        return;
      case IndexEntry::Window:
        printer << op.getDomainArguments()[entry.symbol] << " * "
                << entry.stride << " + " << entry.size;
        return;
      case IndexEntry::Time:
        printer << op.getTimeArgument();
        if (entry.lag != 0)
          printer << " - " << entry.lag;
        if (entry.every != 1)
          printer << " floordiv " << entry.every;
        return;
      }
    });
    printer << ']';
  }

  void printInput(unsigned i) {
    printer << op.getInputArguments()[i] << " = " << op.getInputs()[i];
    printIndex(op.getInputIndex(i));
    if (int64_t lanes = op.getInputLanes()[i])
      printer << " packed " << lanes << " as "
              << op.getInputArguments()[i].getType();
    if (int64_t history = op.getInputHistory()[i]; history >= 0)
      printer << " history " << op.getHistories()[history] << " : "
              << op.getHistories()[history].getType();
    printer << " : " << op.getInputs()[i].getType();
  }

  /// Prints `keyword (...)` over `count` slots on a line of its own.
  void printSlots(StringRef keyword, size_t count,
                  function_ref<void(unsigned)> print) {
    if (count == 0)
      return;
    printer.printNewline();
    printer << "    " << keyword << '(';
    for (size_t i = 0; i < count; ++i) {
      if (i > 0)
        printer << ", ";
      print(i);
    }
    printer << ')';
  }
};
} // namespace

void ScanOp::print(OpAsmPrinter &printer) {
  ScanPrinter header{printer, *this};
  printer << " domain(";
  llvm::interleaveComma(
      llvm::zip(getDomainArguments(), getDomain()), printer, [&](auto pair) {
        printer << std::get<0>(pair) << " = " << std::get<1>(pair);
      });
  printer << ") time(" << getTimeArgument() << " = " << getTime() << ")";
  header.printSlots("ins", getInputs().size(),
                    [&](unsigned i) { header.printInput(i); });
  header.printSlots("lengths", getLengths().size(), [&](unsigned i) {
    printer << getLengths()[i];
    header.printIndex(getLengthsIndex());
    printer << " : " << getLengths()[i].getType();
  });
  header.printSlots("outs", getOuts().size(), [&](unsigned i) {
    printer << getOuts()[i];
    header.printIndex(getOutIndex(i));
    printer << " : " << getOuts()[i].getType();
  });
  header.printSlots("carry", getCarries().size(), [&](unsigned i) {
    printer << getCarryArguments()[i] << " = " << getCarries()[i];
    header.printIndex(getCarryIndex(i));
    printer << " : " << getCarries()[i].getType();
  });
  if (getReverse())
    printer << " reverse";
  if (getSchedule())
    printer << " schedule " << *getSchedule();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getDiscardableAttrDictionary().getValue());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}
