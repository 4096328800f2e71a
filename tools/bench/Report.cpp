//===- Report.cpp - what was measured, as text, Markdown and JSON ---------===//
#include "tools/bench/Report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

using namespace seqc::bench;

namespace {
using Cells = std::vector<std::string>;

const Cells columns = {"contender", "median",   "best",
                       "rate",      "of limit", "seqc is",
                       "quartiles", "verdict",  "max difference"};
} // namespace

std::string Machine::cpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != line.npos)
      return line.substr(line.find(": ") + 2);
  return "unknown CPU";
}

static std::string duration(double seconds) {
  if (seconds < 1e-3)
    return format("%.1f us", seconds * 1e6);
  if (seconds < 1)
    return format("%.3f ms", seconds * 1e3);
  return format("%.3f s", seconds);
}

static std::string shortDuration(double seconds) {
  return seconds < 1e-6 ? format("%.0f ns", seconds * 1e9) : duration(seconds);
}

static const char *verdict(const Entry &entry) {
  if (entry.isVariant)
    return "of seqc";
  return median(entry.ratios) >= 1 ? "win" : "loss";
}

static Cells cellsOf(const RowReport &row, const Entry &entry) {
  if (!entry.absence.empty())
    return {entry.name, "skipped: " + entry.absence, "", "", "", "", "", "",
            ""};
  std::string difference = format("%.1e", entry.difference);
  if (entry.failed)
    return {entry.name, "FAILED", "", "", "", "", "", "", difference};
  double seconds = median(entry.seconds);
  Cells cells = {entry.name, duration(seconds),
                 duration(quantile(entry.seconds, 0)),
                 format("%.4g %s/s", row.items / seconds, row.itemName.c_str()),
                 format("%.0f %%", 100 * row.limit.seconds / seconds)};
  if (entry.ratios.empty())
    cells.insert(cells.end(), {"", "", ""});
  else
    cells.insert(cells.end(),
                 {format("%.2fx", median(entry.ratios)),
                  format("%.2f .. %.2f", quantile(entry.ratios, 0.25),
                         quantile(entry.ratios, 0.75)),
                  verdict(entry)});
  cells.push_back(difference);
  return cells;
}

static std::string roofText(const Roofs &roofs) {
  return format("FMA %.1f GFLOP/s; reads L2 %.1f, L3 %.1f, DRAM %.1f GB/s; "
                "copy %.1f GB/s; exp %.2f G/s",
                roofs.flops * 1e-9, roofs.l2 * 1e-9, roofs.l3 * 1e-9,
                roofs.dram * 1e-9, roofs.copy * 1e-9, roofs.exps * 1e-9);
}

static std::string limitText(const Limit &limit) {
  return duration(limit.seconds) + " (" + limit.what + ")";
}

static std::string loadText(const RowReport &row) {
  size_t kept = 0;
  for (const Entry &entry : row.entries)
    kept = std::max(kept, entry.seconds.size());
  return format("other processes took %.2f cores in the %zu rounds kept of %d",
                row.othersCores, kept, row.roundsAttempted);
}

/// Of streams: how long a step took, and how long all but one in a hundred.
static std::string stepsText(const RowReport &row) {
  std::string text;
  for (const Entry &entry : row.entries)
    if (!entry.steps.empty())
      text +=
          format("%s%s %s, %s", text.empty() ? "  one step, 99 of 100: " : "; ",
                 entry.name.c_str(), shortDuration(median(entry.steps)).c_str(),
                 shortDuration(quantile(entry.steps, 0.99)).c_str());
  return text.empty() ? text : text + "\n";
}

static std::string threadsText(int threads) {
  return format("%d thread%s", threads, threads == 1 ? "" : "s");
}

std::string seqc::bench::machineText(const Machine &machine) {
  return format("%s, %d cores, %s, L2 %.0f KiB, L3 %.0f KiB\n"
                "peers: ONNX Runtime %s, oneDNN %s; %d interleaved rounds\n",
                machine.cpu.c_str(), machine.cores,
                machine.instructionSet.c_str(), machine.caches.l2 / 1024,
                machine.caches.l3 / 1024, machine.onnxRuntime.c_str(),
                machine.oneDnn.c_str(), machine.rounds);
}

std::string seqc::bench::rowText(const RowReport &row) {
  std::string text = row.name + ", " + threadsText(row.threads) + "\n";
  if (!row.missing.empty())
    return text + "  skipped: " + row.missing + "\n";
  text += "  roofs: " + roofText(row.roofs) + "\n";
  text += "  limit: " + limitText(row.limit) + "\n";
  text += "  load: " + loadText(row) + "\n";

  std::vector<Cells> table = {columns};
  for (const Entry &entry : row.entries)
    table.push_back(cellsOf(row, entry));
  std::vector<size_t> widths(columns.size());
  for (const Cells &cells : table)
    for (size_t i = 0; i < cells.size(); ++i)
      if (cells[1].rfind("skipped", 0) != 0 || i == 0)
        widths[i] = std::max(widths[i], cells[i].size());
  for (const Cells &cells : table) {
    std::string line = " ";
    for (size_t i = 0; i < cells.size(); ++i)
      line += format(" %-*s ", int(widths[i]), cells[i].c_str());
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text + stepsText(row);
}

std::string seqc::bench::summaryText(const Report &report) {
  std::string text;
  for (const RowReport &row : report.rows) {
    std::string line;
    for (const Entry &entry : row.entries) {
      if (entry.ratios.empty())
        continue;
      std::string ratio = format("%.2fx", median(entry.ratios));
      line += (line.empty() ? "" : ", ") +
              (entry.isVariant
                   ? entry.name + " " + ratio + " " + verdict(entry)
                   : ratio + " " + entry.name + " (" + verdict(entry) + ")");
    }
    if (!line.empty())
      text += format("%-24s %-10s ", row.name.c_str(),
                     threadsText(row.threads).c_str()) +
              line + "\n";
  }
  return text.empty() ? text : "\nseqc against each peer\n" + text;
}

static std::string markdownLine(const Cells &cells) {
  std::string line = "|";
  for (const std::string &cell : cells)
    line += " " + cell + " |";
  return line + "\n";
}

std::string seqc::bench::markdown(const Report &report) {
  std::string text = machineText(report.machine) + "\n";
  Cells header = {"row", "threads"};
  header.insert(header.end(), columns.begin(), columns.end());
  text += markdownLine(header) + markdownLine(Cells(header.size(), "---"));
  for (const RowReport &row : report.rows) {
    Cells start = {row.name, std::to_string(row.threads)};
    if (!row.missing.empty())
      text += markdownLine({start[0], start[1], "skipped: " + row.missing, "",
                            "", "", "", "", "", "", ""});
    for (const Entry &entry : row.entries) {
      Cells cells = start, more = cellsOf(row, entry);
      cells.insert(cells.end(), more.begin(), more.end());
      text += markdownLine(cells);
    }
  }
  for (const RowReport &row : report.rows)
    if (std::string steps = stepsText(row); !steps.empty())
      text += "\n" + row.name + ":" + steps;
  text += "\n| row | threads | limit | roofs | load |\n"
          "| --- | --- | --- | --- | --- |\n";
  for (const RowReport &row : report.rows)
    if (row.missing.empty())
      text += markdownLine({row.name, std::to_string(row.threads),
                            limitText(row.limit), roofText(row.roofs),
                            loadText(row)});
  return text;
}

static std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      result += format("\\u%04x", c);
    else
      result += c;
  }
  return result + "\"";
}

static std::string numbers(const std::vector<double> &values) {
  std::string text;
  for (double value : values)
    text += format("%s%.9g", text.empty() ? "" : ", ", value);
  return "[" + text + "]";
}

static std::string jsonOf(const Entry &entry) {
  std::string text = "{\"name\": " + quoted(entry.name);
  if (!entry.absence.empty())
    return text + ", \"skipped\": " + quoted(entry.absence) + "}";
  text += format(", \"failed\": %s, \"max_difference\": %.9g",
                 entry.failed ? "true" : "false", entry.difference);
  if (!entry.seconds.empty())
    text += format(", \"median_seconds\": %.9g, \"seconds\": ",
                   median(entry.seconds)) +
            numbers(entry.seconds);
  if (!entry.steps.empty())
    text += format(", \"step_median\": %.4g, \"step_p99\": %.4g",
                   median(entry.steps), quantile(entry.steps, 0.99));
  if (!entry.ratios.empty())
    text += format(", \"variant\": %s, \"median_ratio\": %.9g, \"ratios\": ",
                   entry.isVariant ? "true" : "false", median(entry.ratios)) +
            numbers(entry.ratios);
  return text + "}";
}

static std::string jsonOf(const RowReport &row) {
  std::string text = format("    {\"row\": %s, \"threads\": %d",
                            quoted(row.name).c_str(), row.threads);
  if (!row.missing.empty())
    return text + ", \"skipped\": " + quoted(row.missing) + "}";
  text += format(",\n     \"roofs\": {\"flops\": %.6g, \"l2\": %.6g, "
                 "\"l3\": %.6g, \"dram\": %.6g, \"copy\": %.6g, "
                 "\"exps\": %.6g},\n",
                 row.roofs.flops, row.roofs.l2, row.roofs.l3, row.roofs.dram,
                 row.roofs.copy, row.roofs.exps);
  text += format(
      "     \"limit\": {\"seconds\": %.9g, \"by\": %s},\n"
      "     \"items\": %.9g, \"item\": %s, \"other_processes_cores\": %.3g, "
      "\"rounds_attempted\": %d,\n"
      "     \"contenders\": [",
      row.limit.seconds, quoted(row.limit.what).c_str(), row.items,
      quoted(row.itemName).c_str(), row.othersCores, row.roundsAttempted);
  for (size_t i = 0; i < row.entries.size(); ++i)
    text += (i ? ",\n       " : "\n       ") + jsonOf(row.entries[i]);
  return text + "]}";
}

std::string seqc::bench::json(const Report &report) {
  const Machine &machine = report.machine;
  std::string text = format(
      "{\"cpu\": %s, \"cores\": %d, \"instruction_set\": %s, \"l2\": %.0f, "
      "\"l3\": %.0f, \"onnxruntime\": %s, \"onednn\": %s, \"rounds\": %d,\n"
      "  \"rows\": [\n",
      quoted(machine.cpu).c_str(), machine.cores,
      quoted(machine.instructionSet).c_str(), machine.caches.l2,
      machine.caches.l3, quoted(machine.onnxRuntime).c_str(),
      quoted(machine.oneDnn).c_str(), machine.rounds);
  for (size_t i = 0; i < report.rows.size(); ++i)
    text += (i ? ",\n" : "") + jsonOf(report.rows[i]);
  return text + "]}\n";
}
