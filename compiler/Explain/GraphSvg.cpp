//===- GraphSvg.cpp - a graph in layers, as SVG ---------------------------===//
//
// Sugiyama's method, small: every node goes below what it reads, an edge that
// passes layers gets a point in each, the order within a layer follows the
// neighbours' places, and then every layer moves as near to them as its order
// and the widths allow.
//
//===----------------------------------------------------------------------===//

#include "compiler/Explain/Graph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <numeric>

using namespace seqc;

// Of a wide character, in bold: the browser's font may be any.
static constexpr double characterWidth = 7.2, lineHeight = 16, padding = 8;
static constexpr double columnGap = 18, rowGap = 34;

namespace {
/// A node's box, or a point where a long edge passes a layer.
struct Box {
  const GraphNode *node = nullptr;
  double x = 0, y = 0; // of the centre, of the top
  double width = 0, height = 0;
  std::vector<unsigned> above, below;
};

class Layout {
public:
  explicit Layout(const Graph &graph);

  void draw(llvm::raw_ostream &os) const;

private:
  void assignLayers(const Graph &graph);
  unsigned addPoint(unsigned layer);
  void connect(const Graph &graph);
  void order();
  void placeColumns();
  void placeRows();
  void place(llvm::ArrayRef<unsigned> row, bool down);
  double average(const std::vector<unsigned> &neighbours, double fallback,
                 llvm::function_ref<double(unsigned)> get) const;
  void drawBox(const Box &box, llvm::raw_ostream &os) const;
  void drawEdge(const Box &from, const Box &to, llvm::raw_ostream &os) const;

  std::vector<Box> boxes; // those of the nodes first
  std::vector<unsigned> layers;
  std::vector<std::vector<unsigned>> rows;
  double width = 0, height = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

void Layout::assignLayers(const Graph &graph) {
  layers.assign(graph.nodes.size(), 0);
  for (auto [i, node] : llvm::enumerate(graph.nodes))
    for (unsigned input : node.inputs)
      layers[i] = std::max(layers[i], layers[input] + 1);
  // An input stands just above its first reader.
  std::vector<unsigned> first(layers.size(), ~0u);
  for (auto [i, node] : llvm::enumerate(graph.nodes))
    for (unsigned input : node.inputs)
      first[input] = std::min(first[input], layers[i]);
  for (auto [i, node] : llvm::enumerate(graph.nodes))
    if (node.inputs.empty() && first[i] != ~0u)
      layers[i] = first[i] - 1;
}

unsigned Layout::addPoint(unsigned layer) {
  boxes.emplace_back();
  layers.push_back(layer);
  rows[layer].push_back(boxes.size() - 1);
  return boxes.size() - 1;
}

/// Joins boxes of neighbouring layers; edges from one node share their points.
void Layout::connect(const Graph &graph) {
  std::map<std::pair<unsigned, unsigned>, unsigned> points;
  auto join = [&](unsigned from, unsigned to) {
    if (llvm::is_contained(boxes[from].below, to))
      return;
    boxes[from].below.push_back(to);
    boxes[to].above.push_back(from);
  };
  for (auto [i, node] : llvm::enumerate(graph.nodes))
    for (unsigned input : node.inputs) {
      unsigned last = input;
      for (unsigned layer = layers[input] + 1; layer < layers[i]; ++layer) {
        auto [found, added] = points.try_emplace({input, layer}, 0u);
        if (added)
          found->second = addPoint(layer);
        join(last, found->second);
        last = found->second;
      }
      join(last, i);
    }
}

double Layout::average(const std::vector<unsigned> &neighbours, double fallback,
                       llvm::function_ref<double(unsigned)> get) const {
  if (neighbours.empty())
    return fallback;
  double sum = 0;
  for (unsigned neighbour : neighbours)
    sum += get(neighbour);
  return sum / neighbours.size();
}

/// Sorts every layer by the mean place of its neighbours, down and up again.
void Layout::order() {
  constexpr int sweeps = 8;
  std::vector<double> at(boxes.size());
  auto number = [&](llvm::ArrayRef<unsigned> row) {
    for (auto [i, box] : llvm::enumerate(row))
      at[box] = double(i) - double(row.size()) / 2;
  };
  auto get = [&](unsigned box) { return at[box]; };
  for (auto &row : rows)
    number(row);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    bool down = sweep % 2 == 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      auto &row = rows[down ? i : rows.size() - 1 - i];
      std::vector<std::pair<double, unsigned>> keys;
      for (unsigned box : row)
        keys.push_back(
            {average(down ? boxes[box].above : boxes[box].below, at[box], get),
             box});
      std::sort(keys.begin(), keys.end());
      for (auto [i, key] : llvm::enumerate(keys))
        row[i] = key.second;
      number(row);
    }
  }
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// Moves the boxes of a row to where their neighbours want them: the nearest
/// places, in least squares, that keep the order and the gaps. Boxes that would
/// overlap move as one block, to the mean of their wishes.
void Layout::place(llvm::ArrayRef<unsigned> row, bool down) {
  struct Block {
    double sum;
    unsigned count;
    double getMean() const { return sum / count; }
  };
  std::vector<Block> blocks;
  std::vector<double> offsets;
  double offset = 0;
  for (auto [i, index] : llvm::enumerate(row)) {
    Box &box = boxes[index];
    if (i > 0)
      offset += (boxes[row[i - 1]].width + box.width) / 2 + columnGap;
    offsets.push_back(offset);
    double wish = average(down ? box.above : box.below, box.x,
                          [&](unsigned other) { return boxes[other].x; });
    blocks.push_back({wish - offset, 1});
    while (blocks.size() > 1 &&
           blocks[blocks.size() - 2].getMean() > blocks.back().getMean()) {
      Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().count += last.count;
    }
  }
  size_t next = 0;
  for (const Block &block : blocks)
    for (unsigned i = 0; i < block.count; ++i, ++next)
      boxes[row[next]].x = block.getMean() + offsets[next];
}

void Layout::placeColumns() {
  constexpr int sweeps = 12;
  for (int sweep = 0; sweep < sweeps; ++sweep)
    for (size_t i = 0; i < rows.size(); ++i) {
      bool down = sweep % 2 == 0;
      place(rows[down ? i : rows.size() - 1 - i], down);
    }
  double left = 0, right = 0;
  for (const Box &box : boxes) {
    left = std::min(left, box.x - box.width / 2);
    right = std::max(right, box.x + box.width / 2);
  }
  for (Box &box : boxes)
    box.x += 4 - left;
  width = right - left + 8;
}

void Layout::placeRows() {
  height = 4;
  for (const auto &row : rows) {
    double tallest = 0;
    for (unsigned box : row)
      tallest = std::max(tallest, boxes[box].height);
    for (unsigned box : row)
      boxes[box].y = height + (tallest - boxes[box].height) / 2;
    height += tallest + rowGap;
  }
  height += 4 - rowGap;
}

Layout::Layout(const Graph &graph) {
  assignLayers(graph);
  for (const GraphNode &node : graph.nodes) {
    size_t longest = 0;
    for (const std::string &line : node.lines)
      longest = std::max(longest, line.size());
    Box box;
    box.node = &node;
    box.width = characterWidth * longest + 2 * padding;
    box.height = lineHeight * node.lines.size() + padding;
    boxes.push_back(box);
  }
  for (auto [box, layer] : llvm::enumerate(layers)) {
    if (layer >= rows.size())
      rows.resize(layer + 1);
    rows[layer].push_back(box);
  }
  connect(graph);
  order();
  placeColumns();
  placeRows();
}

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

static llvm::StringRef getClass(GraphNode::Kind kind) {
  switch (kind) {
  case GraphNode::Kind::Input:
  case GraphNode::Kind::Output:
    return "end";
  case GraphNode::Kind::Op:
    return "op";
  case GraphNode::Kind::Scan:
    return "scan";
  }
  llvm_unreachable("unknown kind");
}

void Layout::drawBox(const Box &box, llvm::raw_ostream &os) const {
  os << "<g class=\"" << getClass(box.node->kind) << "\">"
     << llvm::format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\" rx=\"%g\"/>",
                     box.x - box.width / 2, box.y, box.width, box.height,
                     box.node->kind == GraphNode::Kind::Op ? 3.0 : 9.0);
  for (auto [i, line] : llvm::enumerate(box.node->lines)) {
    os << llvm::format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\"",
                       box.x, box.y + lineHeight * (i + 1))
       << (i == 0 ? " class=\"name\">" : ">");
    llvm::printHTMLEscaped(line, os);
    os << "</text>";
  }
  os << "</g>\n";
}

/// A curve that leaves and arrives upright.
void Layout::drawEdge(const Box &from, const Box &to,
                      llvm::raw_ostream &os) const {
  double y0 = from.y + from.height, y1 = to.y, bend = (y1 - y0) / 2;
  os << llvm::format("<path class=\"edge\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f "
                     "%.1f %.1f\"",
                     from.x, y0, from.x, y0 + bend, to.x, y1 - bend, to.x, y1)
     << (to.node ? " marker-end=\"url(#arrow)\"/>\n" : "/>\n");
}

void Layout::draw(llvm::raw_ostream &os) const {
  os << llvm::format("<svg class=\"graph\" width=\"%.0f\" height=\"%.0f\">\n",
                     width, height);
  for (const Box &box : boxes)
    for (unsigned below : box.below)
      drawEdge(box, boxes[below], os);
  for (const Box &box : boxes)
    if (box.node)
      drawBox(box, os);
  os << "</svg>\n";
}

void seqc::drawGraph(const Graph &graph, llvm::raw_ostream &os) {
  Layout(graph).draw(os);
}
