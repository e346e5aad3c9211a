#include <sonant/train/experiment/results_table.h>

#include <algorithm>
#include <tuple>

#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

// "reslstm-sa-h64" -> ("reslstm-sa", {64}), so that h128 comes after h64.
std::pair<std::string, std::vector<int>> family_and_numbers(const TrainConfig& config) {
  const ModelSpec spec = config.model_spec(1, {});
  std::vector<int> numbers;
  for (const NamePart& part : find_family(spec.family).parts)
    numbers.push_back(spec.settings.view().get(*spec.settings.view().find(part.setting)));
  return {spec.family, numbers};
}

auto sort_key(const TableRow& row) {
  return std::tuple(row.result.data.corpus, row.result.data.protocol,
                    family_and_numbers(row.result.config), row.run.native());
}

// The row that `row` is compared with, or rows.size().
std::size_t baseline_of(const std::vector<TableRow>& rows, const TableRow& row,
                        const fs::path& baseline) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const TableRow& other) {
    if (!baseline.empty()) return fs::weakly_canonical(other.run) == fs::weakly_canonical(baseline);
    return other.result.data.corpus == row.result.data.corpus &&
           other.result.data.protocol == row.result.data.protocol &&
           watches_classes(other.result.config) == watches_classes(row.result.config);
  });
  return static_cast<std::size_t>(found - rows.begin());
}

void compare_row(TableRow& row, const TableRow& baseline) {
  row.baseline = baseline.run;
  row.not_compared = row.no_interval;
  if (!row.judgements) return;
  row.not_compared = baseline.no_interval;
  if (!baseline.judgements) return;
  row.not_compared = why_not_comparable(*baseline.judgements, *row.judgements);
  if (row.not_compared.empty()) row.comparison = compare(*row.judgements, *baseline.judgements);
}

void correct(std::vector<TableRow>& rows, const fs::path& baseline) {
  std::vector<Comparison*> family;
  std::vector<double> p;
  for (TableRow& row : rows) {
    if (row.baseline != baseline || !row.comparison) continue;
    family.push_back(&*row.comparison);
    p.push_back(row.comparison->test.p);
  }
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < family.size(); ++i) family[i]->p_holm = corrected[i];
}

}  // namespace

double TableRow::difference() const {
  return (result.figure.mean - published->mean) / published->stddev;
}

TableRow table_row(const fs::path& run, CvResult result) {
  TableRow row{run, std::move(result)};
  if (row.result.config.heads.empty() && row.result.config.labels.empty())
    row.published = find_published(row.result.data.corpus, row.result.config.model);
  row.no_interval = why_no_judgements(row.result);
  if (!row.no_interval.empty()) return row;
  row.judgements = judgements_of(row.result);
  const Interval interval = interval_of(*row.judgements, figure_of(*row.judgements));
  if (interval.known())
    row.interval = interval;
  else
    row.no_interval = "one speaker says nothing of others";
  return row;
}

std::vector<TableRow> read_results(const std::vector<fs::path>& runs,
                                   std::vector<fs::path>& unfinished) {
  std::vector<TableRow> rows;
  for (const auto& run : runs) {
    const auto file = fs::is_directory(run) ? run / "cv.json" : run;
    const bool finished = fs::exists(file);
    check(finished || fs::exists(run / "experiment.json"), "table", run.native(),
          ": holds no experiment; expected the folder that `sonant cv` wrote");
    if (!finished) {
      unfinished.push_back(run);
      continue;
    }
    rows.push_back(table_row(run, cv_from_json(read_text(file, "table"), file.native())));
  }
  check(!rows.empty(), "table", "expects a finished experiment, got ",
        count_of(std::ssize(unfinished), "unfinished one"),
        "; the `sonant cv` commands that began them go on with them");
  std::sort(rows.begin(), rows.end(),
            [](const TableRow& a, const TableRow& b) { return sort_key(a) < sort_key(b); });
  return rows;
}

void compare_rows(std::vector<TableRow>& rows, const fs::path& baseline) {
  std::vector<fs::path> baselines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t b = baseline_of(rows, rows[i], baseline);
    check(b < rows.size(), "table", baseline.native(),
          ": expected the baseline to be a finished experiment of the table");
    if (b == i) continue;
    compare_row(rows[i], rows[b]);
    baselines.push_back(rows[b].run);
  }
  std::sort(baselines.begin(), baselines.end());
  baselines.erase(std::unique(baselines.begin(), baselines.end()), baselines.end());
  for (const fs::path& one : baselines) correct(rows, one);
}

}  // namespace sonant
