#include <sonant/audio/front_end.h>

#include <algorithm>
#include <deque>

#include <sonant/audio/features.h>
#include <sonant/audio/frontends/log_mel.h>
#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/audio/frontends/precomputed.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "front end";

// A deque: rows stay where they are.
std::deque<FrontEndRow>& rows() {
  static std::deque<FrontEndRow> all{mfcc_chroma_row(), log_mel_row(), precomputed_row()};
  return all;
}

}  // namespace

Tensor<double> FrontEnd::read(const std::filesystem::path& file) {
  fail(kAt, file.native(), ": this front end reads sounds, not features");
}

void register_front_end(FrontEndRow row) {
  const auto same = [&](const FrontEndRow& other) { return other.name == row.name; };
  check(!std::ranges::any_of(rows(), same), kAt, "there is one called ", row.name, " already");
  check(row.make != nullptr, kAt, row.name, ": expects a function that makes it");
  const FeatureSettings of_all;
  for (const Setting& setting : row.settings.table())
    check(setting.name != "front_end" && ConstSettings(of_all.around).find(setting.name) == nullptr,
          kAt, row.name, ": every front end has a setting ", setting.name,
          "; expected another name");
  rows().push_back(std::move(row));
}

std::vector<const FrontEndRow*> front_ends() {
  std::vector<const FrontEndRow*> all;
  for (const FrontEndRow& row : rows()) all.push_back(&row);
  return all;
}

std::vector<std::string> front_end_names() {
  std::vector<std::string> names;
  for (const FrontEndRow& row : rows()) names.push_back(row.name);
  return names;
}

const FrontEndRow& find_front_end(const std::string& name) {
  std::string known;
  for (const FrontEndRow& row : rows()) {
    if (row.name == name) return row;
    known += (known.empty() ? "" : ", ") + row.name;
  }
  fail_usage(kAt, "there is no front end \"", name, "\"; expected one of ", known);
}

}  // namespace sonant
