#include <sonant/train/results_table.h>

#include <algorithm>
#include <cstdio>
#include <tuple>

#include <sonant/core/file.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/json_body.h>
#include <sonant/train/judged.h>

namespace sonant {
namespace {

using Cells = std::vector<std::string>;

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string score(double uar) { return number("%.4f", uar); }

// "reslstm-sa-h64" -> ("reslstm-sa", 64), so that h128 comes after h64.
std::pair<std::string, int> family_and_width(const std::string& model) {
  const std::size_t h = model.rfind("-h");
  if (h == std::string::npos) return {model, 0};
  return {model.substr(0, h), std::atoi(model.c_str() + h + 2)};
}

auto sort_key(const TableRow& row) {
  return std::tuple(row.result.data.corpus, row.result.protocol,
                    family_and_width(row.result.config.model), row.run.native());
}

const Cells kHeader{"model", "protocol", "parameters", "seeds",      "UAR",     "std",
                    "max",   "accuracy", "published",  "difference", "CPU time"};

Cells cells_of(const TableRow& row) {
  const CvResult& r = row.result;
  const PublishedModel* p = row.published;
  return {printable(r.config.model),
          printable(r.protocol),
          std::to_string(r.parameters),
          std::to_string(r.seeds.size()),
          score(r.uar.mean),
          score(r.uar.stddev),
          score(r.uar.max),
          score(r.accuracy.mean),
          p == nullptr ? "-" : score(p->mean) + " +- " + score(p->stddev),
          p == nullptr ? "-" : number("%+.1f std", row.difference()),
          number("%.0f s", r.cpu_seconds)};
}

Cells cells_of(const PublishedSystem& s) {
  return {std::string(s.name) + " (" + std::string(s.source) + ")",
          "published",
          s.millions > 0 ? number("%.1f M", s.millions) : "-",
          "-",
          "-",
          "-",
          "-",
          "-",
          score(s.uar),
          "-",
          "-"};
}

std::string as_text(const std::vector<Cells>& table) {
  std::vector<std::size_t> width(kHeader.size());
  for (const Cells& cells : table) {
    for (std::size_t c = 0; c < cells.size(); ++c) width[c] = std::max(width[c], columns(cells[c]));
  }
  std::string text;
  for (const Cells& cells : table) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const bool number = c >= 2;  // they stand under each other, names begin there
      line += (c == 0 ? "" : "  ") + padded(cells[c], width[c], number);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string as_markdown(const std::vector<Cells>& table) {
  std::string text;
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (const std::string& cell : table[row]) text += "| " + cell + " ";
    text += "|\n";
    if (row > 0) continue;
    for (std::size_t c = 0; c < kHeader.size(); ++c) text += c < 2 ? "|---" : "|---:";
    text += "|\n";
  }
  return text;
}

Json row_json(const TableRow& row) {
  const CvResult& r = row.result;
  Json json = {{"run", row.run.native()},
               {"corpus", r.data.corpus},
               {"model", r.config.model},
               {"protocol", r.protocol},
               {"chosen_by", choosing_part(r.config) + " speakers"},
               {"parameters", r.parameters},
               {"seeds", r.seeds.size()},
               {"uar", {{"mean", r.uar.mean}, {"std", r.uar.stddev}, {"max", r.uar.max}}},
               {"accuracy", r.accuracy.mean},
               {"cpu_seconds", r.cpu_seconds}};
  if (const PublishedModel* p = row.published; p != nullptr) {
    json["published"] = {{"parameters", p->parameters},
                         {"mean", p->mean},
                         {"std", p->stddev},
                         {"max", p->max},
                         {"difference_in_std", row.difference()}};
  }
  return json;
}

// What the published figures are of.
bool is_ravdess(const TableRow& row) { return row.result.data.corpus == "RAVDESS"; }

std::string as_json(const std::vector<TableRow>& rows, bool systems) {
  Json runs = Json::array(), others = Json::array();
  for (const TableRow& row : rows) runs.push_back(row_json(row));
  if (systems && std::ranges::any_of(rows, is_ravdess)) {
    for (const PublishedSystem& s : published_systems())
      others.push_back(
          {{"corpus", "RAVDESS"}, {"name", s.name}, {"source", s.source}, {"uar", s.uar}});
  }
  return json_text({{"runs", runs}, {"published_systems", others}});
}

}  // namespace

double TableRow::difference() const {
  return (result.uar.mean - published->mean) / published->stddev;
}

std::vector<TableRow> read_results(const std::vector<std::filesystem::path>& runs,
                                   std::vector<std::filesystem::path>& unfinished) {
  std::vector<TableRow> rows;
  for (const auto& run : runs) {
    const auto file = std::filesystem::is_directory(run) ? run / "cv.json" : run;
    const bool finished = std::filesystem::exists(file);
    check(finished || std::filesystem::exists(run / "experiment.json"), "table", run.native(),
          ": holds no experiment; expected the folder that `sonant cv` wrote");
    if (!finished) {
      unfinished.push_back(run);
      continue;
    }
    TableRow row{run, cv_from_json(read_text(file, "table"), file.native())};
    if (is_ravdess(row)) row.published = find_published(row.result.config.model);
    rows.push_back(std::move(row));
  }
  check(!rows.empty(), "table", "expects a finished experiment, got ",
        count_of(std::ssize(unfinished), "unfinished one"),
        "; the `sonant cv` commands that began them go on with them");
  std::sort(rows.begin(), rows.end(),
            [](const TableRow& a, const TableRow& b) { return sort_key(a) < sort_key(b); });
  return rows;
}

std::string results_table(const std::vector<TableRow>& rows, TableFormat format, bool systems) {
  if (format == TableFormat::json) return as_json(rows, systems);
  std::string text;
  for (auto row = rows.begin(); row != rows.end();) {
    const std::string& corpus = row->result.data.corpus;
    const auto end = std::find_if(
        row, rows.end(), [&](const TableRow& r) { return r.result.data.corpus != corpus; });
    std::vector<Cells> table{kHeader};
    const bool with_systems = systems && std::any_of(row, end, is_ravdess);
    for (; row != end; ++row) table.push_back(cells_of(*row));
    if (with_systems)
      for (const PublishedSystem& s : published_systems()) table.push_back(cells_of(s));
    if (!text.empty()) text += '\n';
    const bool markdown = format == TableFormat::markdown;
    text += printable(corpus) + (markdown ? "\n\n" : "\n");
    text += markdown ? as_markdown(table) : as_text(table);
  }
  return text;
}

}  // namespace sonant
