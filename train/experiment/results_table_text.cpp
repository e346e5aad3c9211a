// The results table in each of its formats.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/cell_table.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/results_table.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

using Cells = std::vector<std::string>;

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string score(double figure) { return number("%.4f", figure); }
std::string signed_score(double figure) { return number("%+.4f", figure); }

std::string p_text(double p) { return p < 0.0001 ? "<0.0001" : number("%.4f", p); }

std::string range(const Interval& i, std::string (*shown)(double)) {
  return i.known() ? shown(i.low) + " to " + shown(i.high) : "";
}

Cells cells_of(const TableRow& row) {
  const CvResult& r = row.result;
  const Published* p = row.published;
  return {r.config.model,
          r.data.protocol,
          std::to_string(r.parameters),
          std::to_string(r.seeds.size()),
          score(r.figure.mean) + (watches_classes(r.config) ? "" : " CCC"),
          row.interval ? range(*row.interval, score) : "",
          score(r.figure.stddev),
          score(r.figure.max),
          watches_classes(r.config) ? score(r.accuracy.mean) : "",
          p == nullptr ? "" : score(p->mean) + " +- " + score(p->stddev),
          p == nullptr ? "" : number("%+.1f std", row.difference()),
          number("%.0f s", r.cpu_seconds)};
}

Cells cells_of(const Published& p) {
  Cells cells(12);
  cells[0] = p.system + " (" + p.source + ")";
  cells[1] = "published";
  if (p.parameters > 0) cells[2] = number("%.1f M", static_cast<double>(p.parameters) / 1e6);
  cells[9] = score(p.mean);
  if (p.measure == "accuracy") cells[9] += " accuracy";
  if (p.measure == "macro_f1") cells[9] += " macro F1";
  return cells;
}

using Rows = std::span<const TableRow>;

// What is published on the rows' corpora, but for the models that stand beside our own.
std::vector<const Published*> literature(Rows rows) {
  std::vector<const Published*> all;
  for (const Published& p : published())
    if (p.model.empty() && std::ranges::any_of(rows, [&](const TableRow& row) {
          return row.result.data.corpus == p.corpus;
        }))
      all.push_back(&p);
  return all;
}

// With the run in front where two rows would read alike.
void name_runs(CellTable& table, Rows rows) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const TableRow& row : rows) seen.emplace(row.result.config.model, row.result.data.protocol);
  if (seen.size() == rows.size()) return;
  table.header.insert(table.header.begin(), "run");
  ++table.names;
  for (std::size_t k = 0; k < table.rows.size(); ++k)
    table.rows[k].insert(table.rows[k].begin(), k < rows.size() ? rows[k].run.native() : "");
}

CellTable figures(Rows rows, bool systems) {
  CellTable table{{"model", "protocol", "parameters", "seeds", "UAR", "95 % interval", "std", "max",
                   "accuracy", "published", "difference", "CPU time"},
                  {},
                  2};
  for (const TableRow& row : rows) table.rows.push_back(cells_of(row));
  if (systems)
    for (const Published* p : literature(rows)) table.rows.push_back(cells_of(*p));
  name_runs(table, rows);
  return table;
}

std::string seeds_text(const Comparison& c) {
  const std::string ours = std::to_string(c.seeds), theirs = std::to_string(c.baseline_seeds);
  if (c.same_seeds) return std::to_string(c.seeds_ahead) + " of " + ours;
  return ours + " and " + theirs + ", no pairs";
}

// Of the rows that were compared with this baseline.
CellTable comparisons(Rows rows, const std::filesystem::path& baseline) {
  CellTable table{{"run", "model", "difference", "95 % interval", "p", "p (Holm)",
                   "speakers better", "seeds better"},
                  {},
                  2};
  for (const TableRow& row : rows) {
    if (row.baseline != baseline || !row.comparison) continue;
    const Comparison& c = *row.comparison;
    table.rows.push_back(
        {row.run.native(), row.result.config.model, signed_score(c.difference.estimate),
         range(c.difference, signed_score), p_text(c.test.p), p_text(c.p_holm),
         std::to_string(c.speakers_ahead) + " of " + std::to_string(c.test.speakers),
         seeds_text(c)});
  }
  return table;
}

// In the order in which they are first used.
std::vector<std::filesystem::path> baselines_of(Rows rows) {
  std::vector<std::filesystem::path> all;
  for (const TableRow& row : rows)
    if (row.comparison && std::find(all.begin(), all.end(), row.baseline) == all.end())
      all.push_back(row.baseline);
  return all;
}

std::string written(const CellTable& table, const std::string& heading, TableFormat format) {
  switch (format) {
    case TableFormat::markdown:
      return markdown_text(heading) + "\n\n" + as_markdown(table);
    case TableFormat::latex:
      return "% " + heading + "\n" + as_latex(table);
    default:
      return heading + "\n" + as_text(table);
  }
}

// All of one corpus.
std::string tables(Rows rows, TableFormat format, bool systems) {
  std::string text =
      written(figures(rows, systems), printable(rows.front().result.data.corpus), format);
  for (const auto& baseline : baselines_of(rows)) {
    const auto one = std::ranges::find_if(
        rows, [&](const TableRow& row) { return row.baseline == baseline && row.comparison; });
    text += "\n" + written(comparisons(rows, baseline),
                           std::string(figure_name(watches_classes(one->result.config))) +
                               " less that of " + printable(baseline.native()) + ":",
                           format);
  }
  return text;
}

std::string full(double value) { return std::isfinite(value) ? shortest_decimal(value) : ""; }

// By column.
std::vector<std::pair<const char*, std::string>> csv_fields(const TableRow& row) {
  const CvResult& r = row.result;
  const Published* p = row.published;
  const Interval interval = row.interval.value_or(Interval{});
  const Comparison c = row.comparison.value_or(Comparison{});
  const auto compared = [&](const std::string& text) { return row.comparison ? text : ""; };
  return {{"corpus", r.data.corpus},
          {"run", row.run.native()},
          {"model", r.config.model},
          {"protocol", r.data.protocol},
          {"parameters", std::to_string(r.parameters)},
          {"speakers", row.judgements ? std::to_string(row.judgements->speakers.size()) : ""},
          {"seeds", std::to_string(r.seeds.size())},
          {"uar", full(r.figure.mean)},
          {"uar_std", full(r.figure.stddev)},
          {"uar_max", full(r.figure.max)},
          {"uar_low", full(interval.low)},
          {"uar_high", full(interval.high)},
          {"interval", row.interval ? method(interval) : ""},
          {"accuracy", watches_classes(r.config) ? full(r.accuracy.mean) : ""},
          {"published_uar", p == nullptr ? "" : full(p->mean)},
          {"published_std", p == nullptr ? "" : full(p->stddev)},
          {"cpu_seconds", full(r.cpu_seconds)},
          {"baseline", row.baseline.native()},
          {"uar_difference", compared(full(c.difference.estimate))},
          {"difference_low", full(c.difference.low)},
          {"difference_high", full(c.difference.high)},
          {"p", compared(full(c.test.p))},
          {"p_holm", compared(full(c.p_holm))},
          {"test", compared(method(c.test))},
          {"note", row.not_compared.empty() ? row.no_interval : row.not_compared},
          {"leaks", r.data.leaks},
          {"figure", figure_key(watches_classes(r.config))}};  // what the columns called uar hold
}

std::string csv(Rows rows, bool systems) {
  CellTable table;
  for (const auto& [name, of_none] : csv_fields({})) table.header.emplace_back(name);
  for (const TableRow& row : rows) {
    Cells& cells = table.rows.emplace_back();
    for (const auto& [name, value] : csv_fields(row)) cells.push_back(value);
  }
  if (systems) {
    for (const Published* p : literature(rows)) {
      Cells cells(table.header.size());
      cells[0] = p->corpus, cells[2] = p->system, cells[3] = "published";
      cells[14] = full(p->mean), cells[24] = p->source, cells[26] = p->measure;
      table.rows.push_back(cells);
    }
  }
  return as_csv(table);
}

Json interval_json(const Interval& i) {
  return {{"low", i.low},           {"high", i.high},           {"level", i.level},
          {"speakers", i.speakers}, {"resamples", i.resamples}, {"method", method(i)}};
}

Json comparison_json(const TableRow& row) {
  const Comparison& c = *row.comparison;
  Json json = {
      {"baseline", row.baseline.native()},
      {figure_key(watches_classes(row.result.config)) + "_difference", c.difference.estimate},
      {"interval", interval_json(c.difference)},
      {"p", c.test.p},
      {"p_holm", c.p_holm},
      {"test", method(c.test)},
      {"speakers", c.test.speakers},
      {"speakers_better", c.speakers_ahead},
      {"speakers_worse", c.speakers_behind},
      {"seeds", c.seeds},
      {"baseline_seeds", c.baseline_seeds}};
  if (c.same_seeds) json["seeds_better"] = c.seeds_ahead;
  return json;
}

Json row_json(const TableRow& row) {
  const CvResult& r = row.result;
  const bool classes = watches_classes(r.config);
  const std::string figure = figure_key(classes);
  Json json = {
      {"run", row.run.native()},
      {"corpus", r.data.corpus},
      {"model", r.config.model},
      {"protocol", r.data.protocol},
      {"chosen_by", choosing_part(r.data)},
      {"leaks", r.data.leaks},
      {"parameters", r.parameters},
      {"seeds", r.seeds.size()},
      {figure, {{"mean", r.figure.mean}, {"std", r.figure.stddev}, {"max", r.figure.max}}}};
  if (classes) json["accuracy"] = r.accuracy.mean;
  json["cpu_seconds"] = r.cpu_seconds;
  if (row.interval) json[figure]["interval"] = interval_json(*row.interval);
  if (!row.no_interval.empty()) json["no_interval"] = row.no_interval;
  if (row.comparison) json["comparison"] = comparison_json(row);
  if (!row.not_compared.empty())
    json["not_compared"] = {{"baseline", row.baseline.native()}, {"reason", row.not_compared}};
  if (const Published* p = row.published; p != nullptr) {
    json["published"] = {{"parameters", p->parameters},
                         {"mean", p->mean},
                         {"std", p->stddev},
                         {"max", p->max},
                         {"difference_in_std", row.difference()},
                         {"source", p->source},
                         {"caveat", p->caveat}};
  }
  return json;
}

std::string as_json(Rows rows, bool systems) {
  Json runs = Json::array(), others = Json::array();
  for (const TableRow& row : rows) runs.push_back(row_json(row));
  if (systems) {
    for (const Published* p : literature(rows)) {
      Json one = {{"corpus", p->corpus},
                  {"publication", p->publication},
                  {"name", p->system},
                  {"source", p->source},
                  {p->measure, p->mean}};
      if (p->parameters > 0) one["parameters"] = p->parameters;
      if (!p->caveat.empty()) one["caveat"] = p->caveat;
      others.push_back(one);
    }
  }
  return json_text({{"runs", runs}, {"published_systems", others}});
}

}  // namespace

std::string results_table(const std::vector<TableRow>& rows, TableFormat format, bool systems) {
  if (format == TableFormat::json) return as_json(rows, systems);
  if (format == TableFormat::csv) return csv(rows, systems);
  std::string text;
  for (auto row = rows.begin(); row != rows.end();) {
    const std::string& corpus = row->result.data.corpus;
    const auto end = std::find_if(
        row, rows.end(), [&](const TableRow& r) { return r.result.data.corpus != corpus; });
    text += (text.empty() ? "" : "\n") + tables({row, end}, format, systems);
    row = end;
  }
  return text;
}

}  // namespace sonant
