#include <algorithm>

#include <sonant/core/file.h>
#include <sonant/core/usage.h>
#include <sonant/train/json_body.h>
#include <sonant/train/report/report.h>
#include <sonant/train/search/importance.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "report";
constexpr const char* kSeveral = ": expected alone; only experiments of `sonant cv` are compared";

// The folds of the first seed, where they are there.
std::vector<JobEmbeddings> embeddings_in(const fs::path& folder, const CvResult& r) {
  std::vector<JobEmbeddings> all;
  for (const CvJob& job : r.jobs) {
    if (job.seed != r.jobs.front().seed) continue;
    const fs::path path = job_folder(folder, job.fold, job.seed) / "embeddings.safetensors";
    if (fs::exists(path)) all.push_back({job.fold, job.seed, load_embeddings(path)});
  }
  return all;
}

bool belongs_to(const Embeddings& e, const RunResult& r) {
  const auto& tested = r.test.predictions;
  if (!r.config.task().watched_one().column.empty())  // labels are another head's
    return e.class_names == r.data.class_names && std::ssize(e.labels) == r.data.test.files;
  return e.class_names == r.data.class_names &&
         std::equal(e.labels.begin(), e.labels.end(), tested.begin(), tested.end(),
                    [](int label, const FilePrediction& p) { return label == p.label; });
}

// Of the runs but the first, which is the baseline.
std::vector<TableRow> others_of(const std::vector<std::string>& runs, const CvResult& first) {
  if (runs.size() < 2) return {};
  std::vector<TableRow> rows{table_row(runs.front(), first)};
  for (std::size_t i = 1; i < runs.size(); ++i) {
    std::vector<fs::path> unfinished;
    if (!fs::is_directory(runs[i]) && !fs::exists(runs[i])) read_text(runs[i], kAt);
    for (TableRow& row : read_results({runs[i]}, unfinished)) rows.push_back(std::move(row));
  }
  compare_rows(rows, runs.front());
  rows.erase(rows.begin());
  return rows;
}

std::string report_of_json(const fs::path& path, fs::path embeddings,
                           const std::vector<std::string>& runs) {
  const std::string text = read_text(path, kAt);
  // Only a cross-validation has jobs; what is not JSON at all is refused by the reader.
  const Json json = Json::parse_or_null(text);
  const fs::path folder = path.parent_path();
  if (json.is_object() && json.contains("jobs")) {
    check(embeddings.empty(), kAt, path.native(),
          ": expects --embeddings with the result of one training; those of a cross-validation "
          "are found in its folder");
    const CvResult r = cv_from_json(text, path.native());
    return html_report(r, embeddings_in(folder, r), others_of(runs, r));
  }
  check(runs.size() == 1, kAt, path.native(), kSeveral);
  const RunResult r = result_from_json(text, path.native());
  const bool asked = !embeddings.empty();
  if (!asked) embeddings = folder / "embeddings.safetensors";
  if (!asked && !fs::exists(embeddings)) return html_report(r);
  const Embeddings e = load_embeddings(embeddings);
  const bool fits = belongs_to(e, r);
  check(fits || !asked, kAt, embeddings.native(), ": expected the embeddings of ", path.native(),
        ", got those of other utterances");
  return html_report(r, fits ? &e : nullptr);
}

}  // namespace

std::string html_report_of(const std::vector<std::string>& runs, const fs::path& embeddings) {
  check_usage(!runs.empty(), kAt, "expects a run");
  const std::string& run = runs.front();
  const fs::path path = run;
  if (fs::is_directory(path)) {
    for (const char* name : {"cv.json", "result.json"})
      if (fs::exists(path / name)) return report_of_json(path / name, embeddings, runs);
    fail(kAt, run, ": expected a folder of `sonant cv`, which has a cv.json when it is done");
  }
  const bool named_study = run.find('#') != std::string::npos && !fs::exists(path);
  constexpr std::string_view magic = "SQLite format 3";
  if (named_study || read_text(path, kAt).starts_with(magic)) {
    check(embeddings.empty(), kAt, run, ": a study has no embeddings");
    check(runs.size() == 1, kAt, run, kSeveral);
    const Study study = open_study(run);
    constexpr int enough = 10;  // trials, before a tenth of them says anything
    if (study.count(TrialState::complete) < enough) return html_report(study);
    return html_report(study, importance(study));
  }
  return report_of_json(path, embeddings, runs);
}

}  // namespace sonant
