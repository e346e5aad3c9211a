// What stands under the results table.
#include <algorithm>
#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/results_table.h>

namespace sonant {
namespace {

constexpr int kFewSpeakers = 10;

// Each of what is said once, in the order of the rows.
void add_once(std::vector<std::string>& lines, const std::string& line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
}

void add_methods(std::vector<std::string>& notes, const std::vector<TableRow>& rows) {
  const auto few = [](const TableRow& r) {
    return r.interval && r.interval->speakers < kFewSpeakers;
  };
  for (const TableRow& row : rows)
    if (row.interval) add_once(notes, method(*row.interval) + ", each with all seeds.");
  if (std::any_of(rows.begin(), rows.end(), few))
    add_once(notes, "Fewer than " + std::to_string(kFewSpeakers) +
                        " speakers: such an interval is too short (docs/statistics.md).");
  for (const TableRow& row : rows)
    if (row.comparison) add_once(notes, "p: " + method(row.comparison->test) + ".");
  for (const TableRow& row : rows) {
    if (!row.comparison) continue;
    const auto family = std::count_if(rows.begin(), rows.end(), [&](const TableRow& other) {
      return other.comparison && other.baseline == row.baseline;
    });
    add_once(notes, "p (Holm): corrected for " + count_of(family, "comparison") + " with " +
                        printable(row.baseline.native()) + ".");
  }
}

}  // namespace

std::vector<std::string> table_notes(const std::vector<TableRow>& rows, bool systems) {
  const auto any = [&](auto what) { return std::any_of(rows.begin(), rows.end(), what); };
  std::string figures;
  for (const bool classes : {true, false})
    if (any([&](const TableRow& row) { return watches_classes(row.result.config) == classes; }))
      figures += (figures.empty() ? "" : ", ") + std::string(figure_name(classes));
  std::vector<std::string> notes{
      figures +
          ": of the pooled predictions of all folds, mean, population standard deviation and "
          "maximum",
      "over the seeds."};
  if (any([](const TableRow& row) { return row.published != nullptr; }))
    notes.push_back("difference: from the published mean, in published standard deviations.");
  add_methods(notes, rows);
  for (const TableRow& row : rows) {
    const std::string run = printable(row.run.native());
    if (!row.no_interval.empty())
      notes.push_back("no interval: " + run + ": " + row.no_interval + ".");
    if (!row.not_compared.empty())
      notes.push_back("not compared: " + run + " with " + printable(row.baseline.native()) + ": " +
                      row.not_compared + ".");
  }
  for (const TableRow& row : rows) {
    std::string others;
    for (const CvHead& head : row.result.heads)
      if (&head != &row.result.heads.front())
        others += (others.empty() ? "" : ", ") + head.head + " " + figure_name(head.of_classes) +
                  " " + shortest_decimal(std::round(1e4 * spread_of(head.figures).mean) / 1e4);
    if (!others.empty())
      notes.push_back("other heads: " + printable(row.run.native()) + ": " + others + ".");
  }
  for (const TableRow& row : rows)
    if (!row.result.mixed.empty())
      notes.push_back("mixed arithmetic: " + printable(row.run.native()) + ": " + row.result.mixed +
                      "; its last bits depend on who trained what.");
  bool shown = false;
  std::vector<std::string> caveats;
  for (const Published& p : published()) {
    if (!any([&](const TableRow& row) {
          return row.published == &p ||
                 (systems && p.model.empty() && row.result.data.corpus == p.corpus);
        }))
      continue;
    shown = true;
    if (!p.caveat.empty()) add_once(caveats, p.source + ": " + p.caveat + ".");
  }
  if (shown) notes.push_back("Published figures are printed as published; none was measured here.");
  notes.insert(notes.end(), caveats.begin(), caveats.end());
  for (const TableRow& row : rows)
    if (const DataFacts& data = row.result.data; !data.leaks.empty())
      add_once(notes, printable(data.protocol) + " leaks: " + printable(data.leaks) + ".");
  return notes;
}

}  // namespace sonant
