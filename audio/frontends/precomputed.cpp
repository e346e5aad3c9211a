#include <sonant/audio/frontends/precomputed.h>

#include <array>
#include <cmath>

#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr std::string_view kGroup = "Features";
constexpr const char* kAt = "precomputed";

using S = PrecomputedSettings;
constexpr std::array kTable{
    setting<&S::width>("width", "numbers in a frame of the files").in(kGroup).between(0, 1 << 16),
    setting<&S::array>("array", "which array of an .npz").in(kGroup),
    setting<&S::hop_seconds>("hop_seconds", "seconds from frame to frame; 0: unknown")
        .in(kGroup)
        .between(0, 60),
    setting<&S::causal>("causal", "no frame depends on what is behind it").in(kGroup)};

Tensor<double> array_of(const std::filesystem::path& file, const std::string& name) {
  if (file.extension() != ".npz")
    return npy_real(decode_npy(read_file(file, kAt), file.native()), file.native());
  const Npz archive = Npz::read(file);
  const auto names = archive.names();
  if (!archive.has(name) && names.size() == 1) return archive.real(names.front());
  check(archive.has(name), kAt, file.native(), ": has no array \"", name, "\"; there are ",
        joined(names));
  return archive.real(name);
}

}  // namespace

SettingTable settings_of(const PrecomputedSettings&) { return kTable; }

Precomputed::Precomputed(const PrecomputedSettings& settings) : settings_(settings) {
  check_settings(settings, kAt);
  check_usage(settings.width > 0, kAt,
              "expects width, the numbers in a frame of the files, as --width 40; got 0");
}

std::vector<std::string> Precomputed::names() const {
  std::vector<std::string> names;
  for (int f = 0; f < settings_.width; ++f) names.push_back("feature " + std::to_string(f));
  return names;
}

Tensor<double> Precomputed::operator()(const Sound&) {
  fail(kAt, "expects a file of features (.npy, .npz), got a sound");
}

Tensor<double> Precomputed::read(const std::filesystem::path& file) {
  Tensor<double> x = array_of(file, settings_.array);
  check(x.rank() == 2 && x.dim(0) > 0 && x.dim(1) == settings_.width, kAt, file.native(),
        ": expects frames (T,", settings_.width, "), got ", x.shape());
  for (const double value : x.span())
    check(std::isfinite(value), kAt, file.native(), ": has numbers that are not finite");
  return x;
}

FrontEndRow precomputed_row() {
  return {.name = "precomputed",
          .idea = "features from .npy or .npz files that a manifest names",
          .revision = 1,
          .settings = PrecomputedSettings{},
          .make = [](const AnySettings& settings) -> std::unique_ptr<FrontEnd> {
            return std::make_unique<Precomputed>(settings.as<PrecomputedSettings>());
          },
          .of_files = true};
}

}  // namespace sonant
