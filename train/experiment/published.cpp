#include <sonant/train/experiment/published.h>

#include <algorithm>
#include <array>

#include <sonant/audio/csv.h>
#include <sonant/core/error.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

constexpr std::array<std::string_view, 10> kColumns = {
    "corpus", "system", "model", "parameters", "measure", "mean", "std", "max", "source", "caveat"};
constexpr std::array<std::string_view, 3> kMeasures = {"uar", "accuracy", "macro_f1"};

}  // namespace

std::vector<Published> parse_published(std::string_view text, const std::string& publication) {
  const std::string where = publication + "/published.csv";
  std::vector<Published> all;
  bool header = true;
  for (const CsvRow& row : parse_csv(text, where)) {
    const std::string at = where + ":" + std::to_string(row.line);
    check(row.fields.size() == kColumns.size(), "published", at, ": expects the columns ",
          joined(kColumns), ", got ", row.fields.size());
    const auto field = [&](std::string_view name) -> const std::string& {
      const auto k = std::ranges::find(kColumns, name) - kColumns.begin();
      return row.fields[static_cast<std::size_t>(k)].text;
    };
    const auto figure = [&](std::string_view name) {
      if (field(name).empty()) return Published::kUnknown;
      const auto value = parse_number<double>(field(name));
      check(value.has_value(), "published", at, ": expects ", name, " to be a number, got ",
            field(name));
      return *value;
    };
    if (std::exchange(header, false)) {
      for (const std::string_view name : kColumns)
        check(field(name) == name, "published", at, ": expects the columns ", joined(kColumns),
              ", got ", field(name));
      continue;
    }
    const double parameters = figure("parameters");
    Published one{.publication = publication,
                  .corpus = field("corpus"),
                  .system = field("system"),
                  .model = field("model"),
                  .parameters = parameters > 0 ? static_cast<std::int64_t>(parameters) : 0,
                  .measure = field("measure"),
                  .mean = figure("mean"),
                  .stddev = figure("std"),
                  .max = figure("max"),
                  .source = field("source"),
                  .caveat = field("caveat")};
    check(std::ranges::count(kMeasures, one.measure) == 1, "published", at,
          ": expects a measure from ", joined(kMeasures), ", got ", one.measure);
    check(one.mean > 0 && one.mean <= 1, "published", at, ": expects a mean from 0 to 1, got ",
          one.mean);
    check(one.model.empty() || (one.stddev > 0 && one.measure == "uar"), "published", at,
          ": expects the uar, and its deviation, of a model to compare with");
    all.push_back(std::move(one));
  }
  return all;
}

std::span<const Published> published() {
  static const std::vector<Published> all = [] {
    std::vector<Published> rows;
    for (const auto& [publication, text] : published_texts())
      std::ranges::move(parse_published(text, publication), std::back_inserter(rows));
    return rows;
  }();
  return all;
}

const Published* find_published(std::string_view corpus, std::string_view model) {
  const auto all = published();
  const auto found = std::ranges::find_if(
      all, [&](const Published& p) { return p.corpus == corpus && p.model == model; });
  return model.empty() || found == all.end() ? nullptr : &*found;
}

}  // namespace sonant
