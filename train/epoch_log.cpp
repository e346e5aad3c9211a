#include <sonant/train/epoch_log.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <sonant/audio/csv.h>
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/core/numbers.h>
#include <sonant/core/settings.h>
#include <sonant/train/metrics.h>
#include <sonant/train/protocol.h>

namespace sonant {
namespace {

constexpr const char* kAt = "EpochLog";

std::string column(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

std::string csv_header(const EpochFigures& record) {
  std::string line = "epoch";
  for (const auto& [name, value] : record.figures) line += "," + csv_field(column(name));
  return line + "\n";
}

std::string csv_line(const EpochFigures& record) {
  std::string line = std::to_string(record.epoch);
  for (const auto& [name, value] : record.figures)
    line += "," + (std::isfinite(value) ? shortest_decimal(value) : "");
  return line + "\n";
}

std::string json_line(const EpochFigures& record) {
  Json json = Json::object();
  json.append("epoch", record.epoch);
  for (const auto& [name, value] : record.figures) json.append(column(name), value);
  return json.dump() + "\n";
}

// The epoch of a line; 0 if it is no line of a log.
int epoch_of(std::string_view line, bool csv) {
  if (!csv) {
    const Json json = Json::parse_or_null(line);
    if (!json.is_object() || !json.contains("epoch") || !json["epoch"].is_integer()) return 0;
    return json["epoch"].get<int>();
  }
  int epoch = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), epoch);
  const bool whole = end == line.data() + line.size() || *end == ',';
  return error == std::errc() && whole ? epoch : 0;
}

}  // namespace

namespace {

EpochFigures all_figures_of(const EpochRecord& e, const std::string& chooser) {
  if (!e.heads.empty()) {
    EpochFigures all{
        e.epoch, {{"lr", e.lr}, {"train/loss", e.train_loss}, {chooser + "/loss", e.choose_loss}}};
    for (const HeadRecord& h : e.heads) {
      const std::string figure = h.head + "/" + figure_key(h.of_classes);
      all.figures.insert(all.figures.end(), {{"train/" + h.head + "/loss", h.train_loss},
                                             {"train/" + figure, h.train_figure},
                                             {chooser + "/" + h.head + "/loss", h.choose_loss},
                                             {chooser + "/" + figure, h.choose_figure}});
    }
    all.figures.emplace_back("seconds", e.seconds);
    return all;
  }
  return {e.epoch,
          {{"lr", e.lr},
           {"train/loss", e.train_loss},
           {"train/uar", e.train_figure},
           {chooser + "/loss", e.choose_loss},
           {chooser + "/uar", e.choose_figure},
           {chooser + "/accuracy", e.choose_accuracy},
           {"seconds", e.seconds}}};
}

}  // namespace

EpochFigures figures_of(const EpochRecord& e, const std::string& chooser) {
  EpochFigures all = all_figures_of(e, chooser);
  const std::string nobody = std::string(word_of(Chooser::nobody)) + "/";
  std::erase_if(all.figures, [&](const auto& figure) { return figure.first.starts_with(nobody); });
  return all;
}

EpochLog::EpochLog(std::filesystem::path path, int done)
    : path_(std::move(path)), csv_(path_.extension() == ".csv") {
  check(done >= 0, kAt, "expects a number of completed epochs >= 0, got ", done);
  if (std::filesystem::exists(path_) && !std::filesystem::is_regular_file(path_)) return;  // a pipe
  const std::string old =
      done > 0 && std::filesystem::exists(path_) ? read_text(path_, kAt) : std::string();
  std::string kept;
  // Without a line feed behind it, a last line was cut off.
  for (std::size_t from = 0, to; (to = old.find('\n', from)) != std::string::npos; from = to + 1) {
    const std::string line = old.substr(from, to + 1 - from);
    if (csv_ && from == 0 && line.starts_with("epoch")) {
      kept = header_ = line;
      continue;
    }
    const int epoch = epoch_of(std::string_view(line).substr(0, line.size() - 1), csv_);
    check(epoch > last_ && (!csv_ || !header_.empty()), kAt, path_.native(),
          ": expected a log of epochs in their order, got ", line.substr(0, line.size() - 1));
    if (epoch > done) break;
    last_ = epoch;
    kept += line;
  }
  write_file(path_, std::string_view(kept), kAt);
}

void EpochLog::add(const EpochFigures& record) {
  check(record.epoch > last_, kAt, "expects an epoch after ", last_, ", got ", record.epoch);
  std::set<std::string> names{"epoch"};
  for (const auto& [name, value] : record.figures)
    check(names.insert(column(name)).second, kAt, "expects different names, got ", column(name),
          " twice");
  std::string text = csv_ ? csv_line(record) : json_line(record);
  if (csv_) {
    const std::string header = csv_header(record);
    if (header_.empty()) text.insert(0, header);
    check(header_.empty() || header == header_, kAt, path_.native(), ": expects the columns ",
          header_.substr(0, header_.size() - 1), ", got ", header.substr(0, header.size() - 1));
    header_ = header;
  }
  append_file(path_, text, kAt);
  last_ = record.epoch;
}

}  // namespace sonant
