#include <sonant/audio/front_end.h>

#include <sonant/audio/features.h>
#include <sonant/audio/frontends/frames36.h>
#include <sonant/audio/frontends/light_sernet_mfcc.h>
#include <sonant/audio/frontends/log_mel.h>
#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/audio/frontends/mfcc_pitch.h>
#include <sonant/audio/frontends/precomputed.h>
#include <sonant/core/rows.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "front end";

Rows<FrontEndRow>& rows() {
  static Rows<FrontEndRow> rows(
      "a front end", {mfcc_chroma_row(), log_mel_row(), light_sernet_mfcc_row(), frames36_row(),
                      mfcc_pitch_row(), precomputed_row()});
  return rows;
}

}  // namespace

Tensor<double> FrontEnd::read(const std::filesystem::path& file) {
  fail(kAt, file.native(), ": this front end reads sounds, not features");
}

void register_front_end(FrontEndRow row) {
  check(row.make != nullptr, kAt, row.name, ": expects a function that makes it");
  const FeatureSettings of_all;
  for (const Setting& setting : row.settings.table())
    check(setting.name != "front_end" && ConstSettings(of_all.around).find(setting.name) == nullptr,
          kAt, row.name, ": every front end has a setting ", setting.name,
          "; expected another name");
  rows().add(std::move(row));
}

std::vector<const FrontEndRow*> front_ends() { return rows().all(); }
std::vector<std::string> front_end_names() { return rows().names(); }
const FrontEndRow& find_front_end(const std::string& name) { return rows().find(name, kAt); }

}  // namespace sonant
