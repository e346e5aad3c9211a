// The results table of a paper, from the folders of experiments.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/train/experiment/comparison.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/published.h>

namespace sonant {

struct TableRow {
  std::filesystem::path run;
  CvResult result;
  const Published* published = nullptr;       // null: none for this model or corpus
  std::optional<Judgements> judgements = {};  // none: `no_interval` says why
  std::optional<Interval> interval = {};      // of its figure, by speaker; none: so, too
  std::string no_interval = {};
  std::filesystem::path baseline = {};        // with which it was to be compared; empty: with none
  std::optional<Comparison> comparison = {};  // none: `not_compared` says why
  std::string not_compared = {};
  // (our mean - published mean) / published standard deviation
  double difference() const;
};

// Reads cv.json of every folder (or the file itself). Rows by corpus, protocol, family and width.
// Folders whose experiment is not finished are added to `unfinished`. Error if none is finished, or
// if one holds no experiment at all.
std::vector<TableRow> read_results(const std::vector<std::filesystem::path>& runs,
                                   std::vector<std::filesystem::path>& unfinished);
// The row of one finished experiment, with its interval.
TableRow table_row(const std::filesystem::path& run, CvResult result);

// Compares every row with the baseline: the row of that run, or, if `baseline` is empty, the first
// row of the same corpus and protocol and with the same figure. p values are corrected for all that
// have the same baseline. Error if no row is of that run.
void compare_rows(std::vector<TableRow>& rows, const std::filesystem::path& baseline);

enum class TableFormat { text, markdown, csv, latex, json };
constexpr std::array<std::string_view, 5> words_of(TableFormat) {
  return {"text", "markdown", "csv", "latex", "json"};
}
// Text, Markdown and LaTeX: a table for each corpus, and one of the comparisons. If `systems`,
// other systems' published figures below that of RAVDESS, which they are of, marked so. CSV: one
// table, with all there is to say in its columns. JSON: an object.
std::string results_table(const std::vector<TableRow>& rows, TableFormat format, bool systems);
// What the tables mean and how it was computed, a line each; what is missing in them, and why.
std::vector<std::string> table_notes(const std::vector<TableRow>& rows, bool systems = true);

}  // namespace sonant
